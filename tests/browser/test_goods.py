"""A product from its first word to the shop, with and without scripts."""

import browsing
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_product_is_created_edited_and_published(guests, scripts):
    name = f"Trà ướp sen Hồ Tây {scripts:d}"
    with guests.visit("owner", java_script_enabled=scripts) as visit:
        page = visit.page
        visit.go("/ban-hang/san-pham/them")
        page.get_by_label("Tên sản phẩm").fill(name)
        page.get_by_label("Quy cách").fill("hộp 100 g")
        page.get_by_label("Đơn vị").select_option("hộp")
        page.get_by_label("Giá (đồng)").fill("250k")
        visit.send(page.get_by_role("button", name="Tạo bản nháp"))
        assert page.get_by_role("heading", level=1).inner_text() == name
        assert page.locator(".badge", has_text="Nháp").count() == 1
        page.get_by_label("Giá (đồng)").fill("265.000")
        visit.send(page.get_by_role("button", name="Lưu", exact=True))
        assert page.locator("[role=status]", has_text="Đã lưu").count() == 1
        visit.send(page.get_by_role("button", name="Đăng bán"))
        assert page.locator(".badge", has_text="Chờ duyệt").count() == 1
        assert page.get_by_role("link", name="Xem trang bán").count() == 0
        own_page = browsing.path_of(page.url)
        pass_product(guests, name, scripts)
        visit.go(own_page)
        visit.send(page.get_by_role("link", name="Xem trang bán"))
        assert page.get_by_role("heading", level=1).inner_text() == name
        assert page.locator(".price").inner_text() == "265.000\N{NO-BREAK SPACE}₫"
        assert page.locator(".price-note").count() == 0
        assert visit.noise == []


def pass_product(guests, name, scripts):
    """A reviewer finds the product in the queue and passes it."""
    with guests.visit("administrator", java_script_enabled=scripts) as visit:
        visit.go("/quan-tri/duyet/san-pham")
        visit.send(visit.page.get_by_role("link", name=name))
        visit.send(visit.page.get_by_role("button", name="Duyệt", exact=True))
        assert visit.page.locator("[role=status]", has_text="Đã duyệt").count() == 1
        assert visit.noise == []


def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_wrong_field(guests):
    with guests.visit("owner") as visit:
        page = visit.page
        visit.go("/ban-hang/san-pham/them")
        page.get_by_label("Tên sản phẩm").fill("Chè búp")
        page.get_by_label("Quy cách").fill("gói 1 kg")
        page.get_by_label("Đơn vị").select_option("gói")
        page.get_by_label("Giá (đồng)").fill("rẻ thôi")
        visit.send(page.get_by_role("button", name="Tạo bản nháp"))
        price = page.get_by_label("Giá (đồng)")
        assert price.get_attribute("aria-invalid") == "true"
        assert price.input_value() == "rẻ thôi"
        assert page.get_by_label("Tên sản phẩm").input_value() == "Chè búp"
        assert page.evaluate("document.activeElement.name") == "price_vnd"
        page.locator("[role=alert] a").first.click()
        assert page.evaluate("document.activeElement.name") == "price_vnd"
        assert visit.look() == []
