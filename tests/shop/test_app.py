import re

import pytest

from shop.menu import MENU, MENU_PLACES

# Below these addresses lies whatever is about selling elsewhere.
CHANNELS = ("/ban-hang/san/", "/ban-hang/cong/", "/ban-hang/nguon/")


def here(page):
    """The entries of the menu that the page says it belongs to."""
    nav = re.search(r"<nav.*?</nav>", page, re.DOTALL)[0]
    return re.findall(r'aria-current="page">([^<]+)</a>', nav)


@pytest.mark.parametrize(
    "address",
    [
        "/ban-hang/san",
        "/ban-hang/san/ket-noi",
        "/ban-hang/san/bang",
        "/ban-hang/san/tu-choi",
        "/ban-hang/san/don",
        "/ban-hang/cong/mo",
        "/ban-hang/nguon",
    ],
)
def test_every_page_of_the_channels_is_found_under_one_entry(cast, address):
    answer = cast.ours.get(address, follow_redirects=True)
    assert answer.status_code == 200
    assert here(answer.text) == ["Sàn"]


def test_no_page_about_channels_is_without_its_place_in_the_menu(app):
    rooms = {
        rule.endpoint.split(".")[0]
        for rule in app.url_map.iter_rules()
        if f"{rule.rule}/".startswith(CHANNELS)
    }
    assert {MENU_PLACES.get(room, room) for room in rooms} == {"channels"}


def test_no_page_about_sessions_is_without_its_place_in_the_menu(app):
    rooms = {
        rule.endpoint.split(".")[0]
        for rule in app.url_map.iter_rules()
        if f"{rule.rule}/".startswith("/ban-hang/livestream/")
    }
    assert {MENU_PLACES.get(room, room) for room in rooms} == {"livestream"}


def test_every_place_in_the_menu_is_there(app):
    entries = {endpoint.split(".")[0] for _label, endpoint, _needs in MENU}
    assert set(MENU_PLACES.values()) <= entries
    assert set(MENU_PLACES) <= set(app.blueprints)


def test_who_is_signed_in_is_led_back_to_work_from_a_page_that_is_not_there(cast):
    assert 'href="/ban-hang">Về tổng quan' in cast.ours.get("/khong-co-trang-nay").text
    assert "Về tổng quan" not in cast.visitor.get("/khong-co-trang-nay").text
