"""Spreadsheets and the table of prices, as their people see them."""

from io import BytesIO

import openpyxl
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]

HEADINGS = ["Mã hàng (SKU)", "Tên sản phẩm", "Quy cách", "Đơn vị tính", "Giá (đồng)"]


def table_of(*rows):
    book = openpyxl.Workbook()
    for row in (HEADINGS, *rows):
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "gia.xlsx", "mimeType": kind, "buffer": out.getvalue()}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_table_is_sent_looked_at_and_written(guests, scripts):
    with guests.visit("owner", java_script_enabled=scripts) as visit:
        page = visit.page
        visit.go("/ban-hang/san-pham")
        visit.send(page.get_by_role("link", name="Nhập, xuất bảng tính"))
        sku = f"TRINH-DUYET-{scripts:d}"
        page.get_by_label("Tệp Excel (.xlsx) hoặc CSV").set_input_files(
            table_of([sku, f"Chè từ bảng {scripts:d}", "hộp 50 g", "hộp", 75_000])
        )
        visit.send(page.get_by_role("button", name="Gửi và xem trước"))
        agree = page.get_by_role("button", name="Đồng ý, ghi cả bảng")
        _until(page, agree, scripts)
        if scripts:
            assert visit.look() == []
        visit.send(agree)
        _until(page, page.get_by_text("Đã ghi xong cả bảng."), scripts)
        assert page.get_by_role("link", name="Tải tệp kết quả từng dòng").count() == 1
        assert visit.noise == []


def _until(page, wanted, scripts):
    for _ in range(40):
        if wanted.count():
            return
        page.wait_for_timeout(1000)
        if not scripts:
            page.reload()
    raise AssertionError(page.inner_text("main"))


def test_prices_and_packs_fit_a_phone_and_are_saved(guests):
    with guests.visit("owner") as visit:
        page = visit.page
        visit.go("/ban-hang/bang-gia")
        assert visit.look() == []
        price = page.locator("input.in-table").first
        price.fill("123.000")
        visit.send(page.get_by_role("button", name="Lưu cả trang"))
        assert page.get_by_text("Đã lưu 1 quy cách.").count() == 1
        assert page.locator("input.in-table").first.input_value() == "123.000"
        page.get_by_role("cell").get_by_role("link").first.click()
        assert visit.look() == []
        page.get_by_role("link", name="Quy cách", exact=True).click()
        assert visit.look() == []
        visit.send(page.get_by_role("link", name="Thêm quy cách"))
        page.get_by_label("Quy cách").fill("túi 2 kg")
        page.get_by_label("Đơn vị").select_option("túi")
        page.get_by_label("Giá (đồng)").fill("300k")
        page.get_by_text("Khối lượng, mã vạch, mã hàng").click()
        page.get_by_label("Mã vạch (GTIN)").fill("8938505970012")
        visit.send(page.get_by_role("button", name="Thêm quy cách"))
        assert page.get_by_text("số cuối phải là 1").count() > 0
        page.get_by_label("Mã vạch (GTIN)").fill("8938505970011")
        visit.send(page.get_by_role("button", name="Thêm quy cách"))
        assert page.get_by_role("cell", name="túi 2 kg").count() == 1
        assert visit.look() == []
