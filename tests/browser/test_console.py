"""The screens of a running session: alive without a reload, honest when the line is lost."""

import os
import re
import signal
from pathlib import Path

import browsing
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]

SECONDS = 1000


@pytest.fixture
def console(guests, office):
    """Opens the demo's session, at `path` below it, as somebody who looks at it."""
    entered = []

    def open_it(path="", **options):
        visit = guests.visit("administrator", **options)
        entered.append(visit)
        opened = visit.__enter__()
        opened.asked = []
        opened.page.on("request", lambda request: opened.asked.append(request.url))
        opened.go(office["console"] + path)
        if options.get("java_script_enabled", True):
            opened.page.evaluate("window.neverReloaded = true")
        return opened

    yield open_it
    for visit in entered:
        visit.__exit__(None, None, None)


@pytest.fixture
def says(guests, office):
    """Says something in the demo's session."""

    def say(author, words):
        with guests.visit("administrator") as visit:
            browsing.say(visit, office["console"], author, words)

    return say


def claim_of(visit, author):
    return visit.page.locator(".comments > li", has_text=author).locator("[data-buyer-link]")


def test_a_claim_shows_on_every_console_without_a_reload_and_all_agree(console, says):
    helpers = [console(), console(viewport=browsing.DESK)]
    for visit in helpers:
        visit.page.locator("[data-live][data-alive]").wait_for()
    says("Chị Thảo Tân Cương", "chốt 07 1 chai")
    for visit in helpers:
        claim_of(visit, "Chị Thảo Tân Cương").wait_for(timeout=20 * SECONDS)
        assert visit.page.evaluate("window.neverReloaded") is True
        # All of it came by the stream: nothing was asked for.
        assert [url for url in visit.asked if url.endswith("/bang")] == []
        assert visit.noise == []
    words = {visit.page.locator("[data-live]").inner_text() for visit in helpers}
    assert len(words) == 1


def test_the_host_changes_the_table_and_helpers_see_it(console):
    host, helper = console("/san-khau"), console()
    codes = host.page.locator(".stage-codes button[value]:not([value=''])")
    code = codes.last.get_attribute("value")
    host.send(codes.last)
    assert host.page.locator(".stage-code").inner_text() == code
    helper.page.locator(".big-number", has_text=code).wait_for(timeout=10 * SECONDS)
    assert helper.page.evaluate("window.neverReloaded") is True
    assert host.look() == []


def test_a_button_is_pressed_though_the_figures_change_under_the_finger(console, says):
    host = console("/san-khau")
    host.page.locator("[data-live][data-alive]").wait_for()
    button = host.page.locator(".stage-codes button[value]:not([value=''])").first
    button.scroll_into_view_if_needed()
    code, box = button.get_attribute("value"), button.bounding_box()
    host.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    host.page.mouse.down()
    held = host.page.locator(".stage-sum").inner_text()
    says("Bà Tư Định Hóa", "chốt 07 1 chai")
    host.page.wait_for_timeout(1500)
    assert host.page.locator(".stage-sum").inner_text() == held
    with host.page.expect_navigation():
        host.page.mouse.up()
    assert host.page.locator(".stage-code").inner_text() == code
    host.page.locator(".stage-sum", has_text=re.compile(r"[1-9]\d* món đang giữ")).wait_for()


def test_while_the_server_is_away_a_console_says_how_old_it_is_and_catches_up_after(
    console, says, market
):
    visit = console()
    visit.page.locator("[data-live][data-alive]").wait_for()
    os.kill(web_of(market), signal.SIGTERM)
    note = visit.page.locator("[data-stale-note]")
    note.wait_for(timeout=20 * SECONDS)
    said = re.sub(r"\s+", " ", note.inner_text())
    assert re.fullmatch(
        r"Mất kết nối, số liệu lúc \d\d:\d\d:\d\d \(\d+ giây trước\)\. Đang thử lại\.", said
    )
    market.wait_for(lambda: market.status("/readyz") == 200, 60)
    says("Anh Hùng Đại Từ", "chốt 07 1 chai")
    claim_of(visit, "Anh Hùng Đại Từ").wait_for(timeout=30 * SECONDS)
    assert claim_of(visit, "Anh Hùng Đại Từ").count() == 1
    note.wait_for(state="hidden", timeout=20 * SECONDS)
    assert visit.page.evaluate("window.neverReloaded") is True


def web_of(market) -> int:
    """The process of the web server, whose worker ends with it."""

    def words(pid: int) -> list[str]:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")

    return next(pid for pid in market.children() if words(pid)[1:4] == ["-m", "shop.cli", "web"])


def test_without_a_stream_a_console_asks_and_without_scripts_it_says_of_when_it_is(
    console, says, guests, office
):
    visit = console("?")
    visit.page.add_init_script("delete window.EventSource")
    visit.page.reload()
    says("Cô Mận Phú Lương", "chốt 07 1 chai")
    claim_of(visit, "Cô Mận Phú Lương").wait_for(timeout=20 * SECONDS)
    assert [url for url in visit.asked if url.endswith("/bang")]
    plain = console("/san-khau", java_script_enabled=False)
    assert re.search(r"Số liệu lúc \d\d:\d\d:\d\d\.", plain.page.inner_text("main"))
