"""What is typed into a long form survives a lost connection, and only that."""

import pytest
from playwright.sync_api import Error

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]

FORM = "/ban-hang/san-pham/them"
OFFER = "Khôi phục bản đang gõ dở"
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length"


def type_in(page, name):
    page.get_by_label("Tên sản phẩm").fill(name)
    page.get_by_label("Mô tả").fill("Sao tay, ướp hoa.")
    page.get_by_label("Tháng 9").check()
    page.get_by_label("Quy cách").fill("hộp 100 g")
    page.get_by_label("Đơn vị").select_option("hộp")
    page.get_by_label("Giá (đồng)").fill("250k")
    page.wait_for_function(f"{KEPT} > 0")


def send(page):
    page.get_by_role("button", name="Tạo bản nháp").click()


def test_without_a_connection_nothing_is_sent_and_nothing_lost(guests):
    with guests.visit("owner") as visit:
        page = visit.page
        visit.go(FORM)
        type_in(page, "Trà gõ dở")
        visit.context.set_offline(True)
        send(page)
        page.get_by_text("Đang mất mạng nên chưa gửi.").wait_for()
        assert page.get_by_label("Tên sản phẩm").input_value() == "Trà gõ dở"
        visit.context.set_offline(False)
        visit.go(FORM)
        assert page.get_by_label("Tên sản phẩm").input_value() == ""
        page.get_by_role("button", name=OFFER).click()
        assert page.get_by_label("Tên sản phẩm").input_value() == "Trà gõ dở"
        assert page.get_by_label("Mô tả").input_value() == "Sao tay, ướp hoa."
        assert page.get_by_label("Tháng 9").is_checked()
        assert not page.get_by_label("Tháng 8").is_checked()
        with page.expect_navigation():
            send(page)
        assert page.get_by_role("heading", level=1).inner_text() == "Trà gõ dở"
        assert page.evaluate(KEPT) == 0
        visit.go(FORM)
        assert page.get_by_role("button", name=OFFER).count() == 0


def test_a_submit_that_dies_on_the_way_is_offered_again(guests):
    with guests.visit("owner") as visit:
        page = visit.page
        visit.go(FORM)
        type_in(page, "Trà đứt mạng")
        page.route(
            "**/them",
            lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
        )
        send(page)
        page.wait_for_timeout(500)
        page.unroute("**/them")
        for _ in range(2):  # the page of the browser itself may still be on its way
            try:
                visit.go(FORM)
                break
            except Error:
                continue
        page.get_by_role("button", name=OFFER).click()
        assert page.get_by_label("Tên sản phẩm").input_value() == "Trà đứt mạng"
        visit.go(FORM)
        page.get_by_role("button", name="Bỏ bản đó").click()
        assert page.evaluate(KEPT) == 0


def test_a_refused_form_stays_a_draft_and_signing_out_forgets_it(guests):
    with guests.visit("owner") as visit:
        page = visit.page
        visit.go(FORM)
        type_in(page, "Trà sai giá")
        page.get_by_label("Giá (đồng)").fill("rẻ")
        with page.expect_navigation():
            send(page)
        assert page.get_by_label("Tên sản phẩm").input_value() == "Trà sai giá"
        assert page.get_by_role("button", name=OFFER).count() == 0
        assert page.evaluate(KEPT) == 1
        page.evaluate("document.querySelector(\"form[action$='/dang-xuat']\").dispatchEvent("
                      "new SubmitEvent('submit', {bubbles: true, cancelable: true}))")  # fmt: skip
        assert page.evaluate(KEPT) == 0
