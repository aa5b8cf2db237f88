"""The pages of product spreadsheets."""

from io import BytesIO

from shop import spreadsheets
from shop.catalogue.models import ProductImport
from shop.database import db
from tests import make
from tests.make_spreadsheets import TEA, packs, xlsx

DESK = "/ban-hang/nhap-bang"


def send(person, data, name="gia.xlsx", **more):
    form = {"csrf_token": person.csrf(), "file": (BytesIO(data), name)} | more
    return person.client.post(f"{DESK}/{person.seller.ref}", data=form)


def test_a_file_is_sent_shown_agreed_to_and_its_result_downloaded(cast, run_tasks):
    assert cast.ours.get(DESK).headers["Location"] == f"{DESK}/{cast.ours.seller.ref}"
    answer = send(cast.ours, xlsx(TEA))
    assert answer.status_code == 303
    page = answer.headers["Location"]
    waiting = cast.ours.get(page).text
    assert "Đang đọc và kiểm tra từng dòng" in waiting
    assert f'data-refresh="{page}/trang-thai"' in waiting
    run_tasks()
    assert "Đồng ý, ghi cả bảng" in cast.ours.get(page).text
    assert "data-done" in cast.ours.get(f"{page}/trang-thai").text
    assert cast.ours.post(f"{page}/ghi").status_code == 303
    assert "Đang ghi vào danh mục" in cast.ours.get(f"{page}/trang-thai").text
    run_tasks()
    assert "Đã ghi xong cả bảng." in cast.ours.get(page).text
    assert [pack.sku for pack in packs(cast.ours.seller)] == ["CHE-1"]
    result = cast.ours.get(f"{page}/ket-qua.xlsx")
    assert result.headers["Content-Disposition"].startswith("attachment")
    assert [r.cells[-1] for r in spreadsheets.read(BytesIO(result.data), "r.xlsx")] == [
        "Kết quả",
        "Thêm mới",
    ]
    assert "gia.xlsx" in cast.ours.get(f"{DESK}/{cast.ours.seller.ref}").text


def test_faults_are_named_cell_by_cell_and_cannot_be_applied(cast, run_tasks):
    page = send(cast.ours, xlsx(TEA | {"price_vnd": "rẻ"})).headers["Location"]
    run_tasks()
    assert "Dòng 2, cột Giá (đồng): Ghi số đồng, ví dụ 185.000." in cast.ours.get(page).text
    cast.ours.post(f"{page}/ghi")
    assert "còn lỗi hoặc chưa đọc xong" in cast.ours.get(page).text
    assert packs(cast.ours.seller) == []


def test_the_same_form_sent_twice_is_one_import(cast):
    first = send(cast.ours, xlsx(TEA), _once="mot-lan")
    assert send(cast.ours, xlsx(TEA), _once="mot-lan").location == first.location
    assert db.session.query(ProductImport).count() == 1


def test_what_is_no_table_is_refused_where_it_was_chosen(cast):
    for data, name, why in (
        (b"", "x.xlsx", "Tệp rỗng"),
        (b"\xd0\xcf\x11\xe0rest", "x.xls", "lưu thành .xlsx"),
        (b"PK\x03\x04 no zip", "x.xlsx", "Không đọc được tệp"),
        (b"a,b\n1,2", "x.csv", "Không thấy cột “Mã hàng (SKU)”"),
    ):
        answer = send(cast.ours, data, name)
        assert (answer.status_code, why in answer.text) == (422, True), why
    assert "Chưa chọn tệp nào." in cast.ours.post(f"{DESK}/{cast.ours.seller.ref}").text


def test_template_and_exports_are_downloaded(cast):
    make.variant(make.product(cast.ours.seller), sku="A")
    base = f"{DESK}/{cast.ours.seller.ref}"
    for name in ("mau.xlsx", "san-pham.xlsx", "san-pham.csv"):
        data = cast.ours.get(f"{base}/{name}").data
        rows = list(spreadsheets.read(BytesIO(data), name))
        assert (rows[0].cells[0], len(rows)) == ("Mã hàng (SKU)", 2)


def test_who_has_several_sellers_chooses(cast):
    page = cast.administrator.get(DESK).text
    assert cast.ours.seller.name in page
    assert cast.theirs.seller.name in page
