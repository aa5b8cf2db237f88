"""Hands off the mouse."""

import browsing
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]

FOCUSED = "document.activeElement.name || document.activeElement.id || document.activeElement.href"


def test_the_first_tab_offers_to_skip_the_menu(guests):
    with guests.visit("owner", viewport=browsing.DESK) as visit:
        visit.go("/ban-hang/san-pham/them")
        visit.page.keyboard.press("Tab")
        skip = visit.page.locator(".skip-link")
        assert skip.evaluate("e => e === document.activeElement")
        assert skip.bounding_box()["y"] >= 0
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "main"


def test_a_product_is_made_by_keys_alone(guests):
    typed = {"name": "Mật ong bạc hà", "pack": "chai 500 ml", "unit": "chai", "price_vnd": "350000"}
    seen = []
    with guests.visit("owner") as visit:
        visit.go("/ban-hang/san-pham/them")
        for key in ("Tab", "Enter"):
            visit.page.keyboard.press(key)
        for _step in range(40):
            visit.page.keyboard.press("Tab")
            seen.append(visit.page.evaluate(FOCUSED))
            visit.page.keyboard.type(typed.get(seen[-1], ""))
            if visit.page.evaluate("document.activeElement.type") == "submit":
                break
        visit.send(visit.page.locator(":focus"))
        assert visit.page.get_by_role("heading", level=1).inner_text() == "Mật ong bạc hà"
    about = ["name", "name_en", "criteria_set", "description", "ingredients", "storage"]
    pack = ["shelf_life", "months", "pack", "unit", "price_vnd"]
    assert list(dict.fromkeys(filter(None, seen[1:]))) == ["seller", *about, *pack]


def test_the_menu_of_a_phone_opens_by_keys(guests):
    with guests.visit("owner") as visit:
        visit.go("/ban-hang")
        visit.page.locator(".site-menu summary").focus()
        visit.page.keyboard.press("Enter")
        visit.page.keyboard.press("Tab")
        assert visit.page.locator(".site-menu-sheet a").first.is_visible()
        assert visit.page.evaluate(FOCUSED).endswith("/ban-hang")


def test_a_question_is_asked_before_something_is_undone_and_escape_leaves_it(guests, office):
    with guests.visit("administrator") as visit:
        visit.go(office["product"])
        pause = visit.page.get_by_role("button", name="Tạm dừng bán")
        pause.focus()
        visit.page.keyboard.press("Enter")
        dialog = visit.page.get_by_role("dialog")
        assert dialog.inner_text().startswith("Tạm dừng bán sản phẩm này?")
        # Named as the deed is: “agree” or “stop, go back” answered no question with a “stop” in it.
        answers = dialog.get_by_role("button").all_inner_texts()
        assert answers == ["Tạm dừng bán", "Quay lại"]
        visit.page.keyboard.press("Escape")
        assert not visit.page.locator("dialog").is_visible()
        assert visit.page.locator(".badge", has_text="Đang bán").count() == 1
