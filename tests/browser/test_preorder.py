"""Goods sold ahead, on a phone: a cooperative offers a harvest, a buyer orders of it."""

from datetime import date, timedelta

import browsing
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]

HARVESTS = "/ban-hang/vu-thu-hoach"


@pytest.fixture(scope="module")
def offered(guests):
    """What an owner offers: the pages seen, and the name of the product."""
    seen = {}
    with guests.visit("owner") as visit:
        page = visit.page
        visit.go(f"{HARVESTS}/chon")
        first = page.locator(".table td.title a").first
        product = first.inner_text()
        visit.send(first)
        page.get_by_label("Tên vụ").fill("chè xuân, hái tay trên nương cao")
        for label, days in (("Giao từ", 30), ("Giao đến", 45), ("Nhận đặt đến", 20)):
            day = date.today() + timedelta(days=days)
            page.get_by_label(label).fill(day.isoformat())
        page.get_by_label("Số lượng bán trước").fill("150,5")
        seen["harvest_new"] = visit.look()
        visit.send(page.get_by_role("button", name="Mở bán"))
        seen["harvest"] = visit.look()
        path = browsing.path_of(page.url)
        visit.go(f"{path}/sua")
        seen["harvest_change"] = visit.look()
        visit.go(HARVESTS)
        seen["harvests"] = visit.look()
        yield product, path, seen


def test_the_pages_of_a_harvest_fit_a_phone(offered):
    _product, _path, seen = offered
    assert {name: said for name, said in seen.items() if said} == {}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_buyer_orders_ahead_and_sees_deposit_and_rest(guests, offered, scripts):
    product, path, _seen = offered
    with guests.visit(java_script_enabled=scripts) as visit:
        page, looked = visit.page, {}

        def look(name):
            if scripts:
                looked[name] = visit.look()

        visit.go(browsing.first_link(visit, f"/tim?q={product}", ".product-name a"))
        assert page.get_by_text("chè xuân, hái tay trên nương cao").count() == 1
        look("product")
        visit.send(page.get_by_role("button", name="Đặt trước"))
        look("basket")
        visit.send(page.get_by_role("link", name="Đặt hàng", exact=True))
        page.get_by_label("Họ và tên người nhận").fill("Nguyễn Thị Phương Mai")
        page.get_by_label("Số điện thoại").fill("0912 345 678")
        page.get_by_label("Địa chỉ nhận hàng").fill("xóm 5, xã Tân Cương, Thái Nguyên")
        look("order")
        visit.send(page.get_by_role("button", name="Xem lại đơn"))
        look("review")
        assert page.get_by_text("Đặt cọc ngay").count() == 1
        visit.send(page.get_by_role("button", name="Đặt hàng ·"))
        look("ordered")
        visit.send(page.get_by_role("link", name="Trả tiền hoặc xem đơn"))
        look("pay")
        assert page.get_by_role("heading", name="Đang chờ tiền cọc").count() == 1
        assert page.locator(".qr svg").count() == 1
        assert {name: said for name, said in looked.items() if said} == {}
        assert visit.noise == []
    with guests.visit("owner") as visit:
        visit.go(path)
        assert visit.page.get_by_text("Nguyễn Thị Phương Mai").count() > 0
        assert visit.look() == []
