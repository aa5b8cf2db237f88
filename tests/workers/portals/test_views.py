from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import func, select

from shop import clock, spreadsheets
from shop.database import db, transaction
from shop.inventory import stock
from shop.orders.models import Order
from tests import make, make_portals
from workers.channels.models import Connection, Listing
from workers.channels.order_models import ChannelOrder
from workers.portals import templates
from workers.portals.models import PortalExport, PortalFile
from workers.sync import jobs
from workers.sync.models import Difference

HEADINGS = ["Mã đơn", "Mã SKU", "Số lượng", "Đơn giá"]
ORDER = {
    "number": "PM-1",
    "state": "confirmed",
    "placed_on": "2026-11-27",
    "buyer": "Chị Lan",
    "phone": "0912 345 678",
    "sku-1": "CHE-200",
    "quantity-1": "2",
    "price_vnd-1": "180.000",
    "fee_vnd": "30.000",
}


@pytest.fixture
def portal(cast):
    make.variant(make.product(cast.ours.seller), on_hand=10, sku="CHE-200")
    return make_portals.portal(cast.ours.seller)


def count(model):
    return db.session.scalar(select(func.count(model.id)))


def table(*rows):
    return BytesIO(spreadsheets.write(HEADINGS, rows)), "don.xlsx"


def test_a_portal_is_opened_from_the_list_of_channels(cast):
    assert "/ban-hang/cong/mo" in cast.ours.get("/ban-hang/san").text
    data = {"seller": cast.ours.seller.ref, "kind": "voso"}
    answer = cast.ours.post("/ban-hang/cong/mo", data)
    ref = db.session.scalar(select(Connection.ref))
    assert answer.headers["Location"] == f"/ban-hang/cong/{ref}"
    assert "Vỏ Sò" in cast.ours.get(answer.headers["Location"]).text
    assert cast.ours.get(f"/ban-hang/san/{ref}").headers["Location"] == f"/ban-hang/cong/{ref}"
    assert "Vỏ Sò" in cast.ours.get("/ban-hang/san").text


def test_a_portal_we_do_not_know_needs_a_name_and_a_host(cast):
    data = {"seller": cast.ours.seller.ref, "kind": "other"}
    assert cast.ours.post("/ban-hang/cong/mo", data).status_code == 422
    named = data | {"name": "Chợ quê", "host": "http://choque.example.vn/x"}
    assert cast.ours.post("/ban-hang/cong/mo", named).status_code == 303
    row = db.session.scalars(select(Connection)).one()
    assert (row.name, templates.of(row).host) == ("Chợ quê", "choque.example.vn")


def test_a_products_page_says_how_it_stands_on_a_portal(cast, portal):
    product = db.session.scalars(select(make.Product)).one()
    page = cast.ours.get(f"/ban-hang/san-pham/{product.ref}").text
    assert f'<a class="tall" href="/ban-hang/san/{portal.ref}">Postmart</a>' in page


def test_nobody_opens_a_portal_for_another_seller(cast):
    data = {"seller": cast.theirs.seller.ref, "kind": "voso"}
    assert cast.ours.post("/ban-hang/cong/mo", data).status_code == 404
    assert count(Connection) == 0


def test_a_link_is_pasted_and_a_change_said_to_be_done(cast, portal, run_tasks):
    listing = db.session.scalars(select(Listing)).one()
    url = f"/ban-hang/cong/dong/{listing.ref}"
    cast.ours.post(f"{url}/lien-ket", {"link": "http://postmart.vn/1"})
    assert (
        "Địa chỉ phải bắt đầu bằng https://" in cast.ours.get(f"/ban-hang/cong/{portal.ref}").text
    )
    cast.ours.post(f"{url}/lien-ket", {"link": "https://postmart.vn/san-pham/1"})
    run_tasks()
    assert "Không còn việc nào" in cast.ours.get(f"/ban-hang/cong/{portal.ref}").text
    db.session.get(Listing, listing.id).variant.price_vnd = 190_000
    db.session.commit()
    jobs.mark(listing.variant.product_id)
    run_tasks()
    page = cast.ours.get(f"/ban-hang/cong/{portal.ref}").text
    assert "Sửa giá thành 190.000" in page
    mark = page.split('name="mark" value="')[1].split('"')[0]
    cast.ours.post(f"{url}/xong", {"mark": "khac"})
    assert "Sửa giá thành" in cast.ours.get(f"/ban-hang/cong/{portal.ref}").text
    cast.ours.post(f"{url}/xong", {"mark": mark})
    assert "Không còn việc nào" in cast.ours.get(f"/ban-hang/cong/{portal.ref}").text


def test_what_a_person_took_off_the_portal_is_asked_for_no_more(cast, portal, run_tasks):
    make_portals.linked(portal)
    listing = db.session.scalars(select(Listing)).one()
    listing.variant.price_vnd = 190_000
    db.session.commit()
    jobs.mark(listing.variant.product_id)
    run_tasks()
    page = f"/ban-hang/cong/{portal.ref}"
    deed = f"/ban-hang/cong/dong/{listing.ref}/da-go"
    assert f'action="{deed}"' in cast.ours.get(page).text
    assert cast.theirs.post(deed).status_code == 404
    assert listing.external_id is not None
    cast.ours.post(deed)
    assert listing.external_id is None
    assert "Không còn việc nào" in cast.ours.get(page).text


def test_what_the_portals_own_list_lacks_can_be_said_to_be_taken_off(cast, portal):
    make_portals.linked(portal)
    listing = db.session.scalars(select(Listing)).one()
    row = Difference(connection_id=portal.id, listing_id=listing.id, external_id="x")
    row.kind, row.ours, row.theirs, row.at = "missing", "", "", clock.now()
    db.session.add(row)
    db.session.commit()
    page = f"/ban-hang/cong/{portal.ref}/chenh-lech"
    deed = f"/ban-hang/cong/dong/{listing.ref}/da-go"
    assert f'action="{deed}"' in cast.ours.get(page).text
    cast.ours.post(deed)
    assert f'action="{deed}"' not in cast.ours.get(page).text


def test_the_template_is_changed_on_its_page(cast, portal):
    url = f"/ban-hang/cong/{portal.ref}/mau"
    page = cast.ours.get(url)
    assert 'value="Mã"' in page.text
    data = {
        "host": "postmart.vn",
        "place": ["2", "1", "3"],
        "heading": ["Mã hàng", "Tên gọi", ""],
        "source": ["sku", "name", "sku"],
        "longest": ["20", "", ""],
        "fixed": ["", "", ""],
        "required": ["0"],
    }
    assert cast.ours.post(url, data).status_code == 303
    found = [(each.heading, each.source, each.longest, each.required) for each in kept(portal)]
    assert found == [("Tên gọi", "name", None, False), ("Mã hàng", "sku", 20, True)]


def test_a_template_with_a_heading_twice_is_refused(cast, portal):
    before = kept(portal)
    data = {
        "host": "postmart.vn",
        "place": ["1", "2"],
        "heading": ["Mã", "Mã"],
        "source": ["sku", "name"],
        "longest": ["", ""],
        "fixed": ["", ""],
    }
    answer = cast.ours.post(f"/ban-hang/cong/{portal.ref}/mau", data)
    assert answer.status_code == 422
    assert "Tiêu đề lặp lại: Mã." in answer.text
    assert kept(portal) == before


def kept(portal):
    return templates.columns(templates.of(db.session.get(Connection, portal.id)))


def test_the_files_are_made_and_downloaded(cast, portal, run_tasks):
    asked = cast.ours.post(f"/ban-hang/cong/{portal.ref}/xuat")
    url = asked.headers["Location"]
    assert 'data-every="2"' in cast.ours.get(url).text
    assert cast.ours.get(f"{url}/bang.xlsx").status_code == 404
    run_tasks()
    assert "1 dòng trong bảng" in cast.ours.get(f"{url}/trang-thai").text
    sheet = cast.ours.get(f"{url}/bang.xlsx")
    rows = [row.cells for row in spreadsheets.read(BytesIO(sheet.data), "x.xlsx")]
    assert rows[1][:1] == ["CHE-200"]
    assert cast.ours.get(f"{url}/anh.zip").data[:2] == b"PK"
    cast.ours.post(f"{url}/da-tai-len")
    assert db.session.scalars(select(PortalExport)).one().uploaded_at is not None
    assert "Đã tải lên cổng lúc" in cast.ours.get(url).text


def test_an_order_is_typed_in_once(cast, portal):
    url = f"/ban-hang/cong/{portal.ref}/nhap-don"
    assert cast.ours.get(url).status_code == 200
    answer = cast.ours.post(url, ORDER)
    order = db.session.scalars(select(Order)).one()
    assert answer.headers["Location"].endswith(order.ref)
    assert (order.total_vnd, order.fee_vnd, order.buyer_phone) == (390_000, 30_000, "+84912345678")
    assert cast.ours.get(answer.headers["Location"]).status_code == 200
    for number in ("PM-1", " pm-1 ", "PM\u202e-1"):
        again = cast.ours.post(url, ORDER | {"number": number})
        assert (again.status_code, count(Order)) == (422, 1)
        assert "Đơn số PM-1 đã có ở đây." in again.text


def test_an_order_sent_before_its_goods_were_written_down_goes_on_when_they_are(
    cast, portal, run_tasks
):
    url = f"/ban-hang/cong/{portal.ref}/nhap-don"
    cast.ours.post(url, ORDER | {"state": "completed", "quantity-1": "12"})
    waits = db.session.scalars(select(ChannelOrder)).one()
    assert (waits.intake, waits.order.state) == ("trouble", "packing")
    with transaction():
        stock.receive(waits.lines[0].variant_id, Decimal(5), source="test:more")
    answer = cast.ours.post(f"/ban-hang/san/don/{waits.ref}/thu-lai")
    assert "Đang thử lại với hàng có trong kho." in cast.ours.get(answer.headers["Location"]).text
    run_tasks()
    db.session.expire_all()
    assert (waits.intake, waits.trouble, waits.order.state) == ("taken", None, "completed")
    assert stock.on_hand([waits.lines[0].variant_id])[waits.lines[0].variant_id] == 3


def test_every_page_of_a_portal_leads_to_all_the_others(cast, portal):
    places = ("", "/chenh-lech", "/mau", "/nhap-don", "/don")
    addresses = {f'href="/ban-hang/cong/{portal.ref}{place}"' for place in places}
    for place in (*places, "/danh-sach"):
        page = cast.ours.get(f"/ban-hang/cong/{portal.ref}{place}").text
        assert {each for each in addresses if each in page} == addresses, place


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"number": ""}, "Ô này cần điền."),
        ({"sku-1": "LA"}, "Không có mã hàng này."),
        ({"sku-1": "", "quantity-1": "", "price_vnd-1": ""}, "Đơn cần ít nhất một dòng hàng."),
        ({"quantity-1": "1,5"}, "Ghi một số nguyên."),
        ({"discount_vnd": "999.000"}, "Giảm giá lớn hơn tiền hàng."),
        ({"placed_on": "2099-01-01"}, "Ngày đặt chưa tới."),
    ],
)
def test_a_wrong_order_is_refused_and_nothing_is_kept(cast, portal, wrong, why):
    answer = cast.ours.post(f"/ban-hang/cong/{portal.ref}/nhap-don", ORDER | wrong)
    assert answer.status_code == 422
    assert why in answer.text
    assert (count(Order), count(ChannelOrder)) == (0, 0)


def test_a_file_of_orders_is_sent_looked_at_and_taken_in(cast, portal, run_tasks):
    url = f"/ban-hang/cong/{portal.ref}/don"
    file = table(["PM-1", "CHE-200", 2, 180_000], ["PM-2", "LA", 1, 90_000])
    sent = cast.ours.post(url, {"file": file}, content_type="multipart/form-data")
    at = sent.headers["Location"]
    page = cast.ours.get(at).text
    assert '<option value="Mã đơn" selected>' in page
    columns = {"number": "Mã đơn", "sku": "Mã SKU", "quantity": "Số lượng", "price": "Đơn giá"}
    cast.ours.post(f"{at}/cot", columns)
    run_tasks()
    page = cast.ours.get(at).text
    assert "Chưa biết hàng nào" in page
    assert "360.000" in page
    cast.ours.post(f"{at}/gan", {"item": "LA", "sku": "CHE-200"})
    run_tasks()
    assert cast.ours.get(at).text.count("Đơn mới") == 2
    cast.ours.post(f"{at}/ghi")
    run_tasks()
    assert "Đã nhận xong 2 đơn" in cast.ours.get(f"{at}/trang-thai").text
    totals = db.session.scalars(select(Order.total_vnd).order_by(Order.total_vnd)).all()
    assert totals == [90_000, 360_000]


def test_a_file_without_needed_columns_is_not_read(cast, portal):
    file = table(["PM-1", "CHE-200", 2, 180_000])
    url = f"/ban-hang/cong/{portal.ref}/don"
    at = cast.ours.post(url, {"file": file}, content_type="multipart/form-data").headers["Location"]
    cast.ours.post(f"{at}/cot", {"number": "Mã đơn"})
    assert "Chọn cột cho: Số lượng, Đơn giá." in cast.ours.get(at).text
    assert db.session.scalars(select(PortalFile)).one().state == "sent"


def test_a_list_of_the_portal_is_compared(cast, portal, run_tasks):
    make_portals.linked(portal)
    headings = ["SKU", "Giá bán", "Tồn kho"]
    file = BytesIO(spreadsheets.write(headings, [["CHE-200", 170_000, 10]])), "ds.xlsx"
    url = f"/ban-hang/cong/{portal.ref}/danh-sach"
    at = cast.ours.post(url, {"file": file}, content_type="multipart/form-data").headers["Location"]
    cast.ours.post(f"{at}/cot", {"sku": "SKU", "price": "Giá bán", "stock": "Tồn kho"})
    run_tasks()
    assert "Xem chênh lệch" in cast.ours.get(at).text
    page = cast.ours.get(f"/ban-hang/cong/{portal.ref}/chenh-lech").text
    assert "185.000" in page
    assert "170.000" in page


def test_another_sellers_portal_is_not_found_and_not_touched(cast, portal, run_tasks):
    cast.ours.post(f"/ban-hang/cong/{portal.ref}/xuat")
    run_tasks()
    export = db.session.scalars(select(PortalExport)).one()
    listing = db.session.scalars(select(Listing)).one()
    base = "/ban-hang/cong"
    for path in (
        f"{base}/{portal.ref}",
        f"{base}/{portal.ref}/mau",
        f"{base}/{portal.ref}/chenh-lech",
        f"{base}/{portal.ref}/don",
        f"{base}/{portal.ref}/nhap-don",
        f"{base}/xuat/{export.ref}",
        f"{base}/xuat/{export.ref}/bang.xlsx",
        f"{base}/xuat/{export.ref}/anh.zip",
    ):
        assert cast.theirs.get(path).status_code == 404, path
    for path in (
        f"{base}/{portal.ref}/xuat",
        f"{base}/{portal.ref}/nhap-don",
        f"{base}/dong/{listing.ref}/lien-ket",
        f"{base}/dong/{listing.ref}/xong",
        f"{base}/xuat/{export.ref}/da-tai-len",
    ):
        data = ORDER | {"link": "https://postmart.vn/san-pham/1"}
        assert cast.theirs.post(path, data).status_code == 404, path
    assert count(PortalExport) == 1
    assert db.session.scalars(select(Listing.external_id)).one() is None
    assert count(Order) == 0


def test_the_portals_page_asks_the_same_number_of_queries_however_long_it_is(
    cast, portal, query_count
):
    url = f"/ban-hang/cong/{portal.ref}"

    def queries():
        cast.ours.get(url)
        with query_count() as sent:
            assert cast.ours.get(url).status_code == 200
        return len(sent)

    before = queries()
    for _ in range(4):
        make.variant(make.product(cast.ours.seller))
    templates.take_all(db.session.get(Connection, portal.id))
    db.session.commit()
    assert queries() == before
