"""Work entered in the field reaches the record once, whatever the signal does meanwhile."""

import json
from datetime import UTC, datetime

import psycopg
import pytest
from playwright.sync_api import Error

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]

PAGE = "/ban-hang/ngoai-dong"
ONE_BY_ONE = """
SELECT w.note, e.kind, e.happened_at, e.payload FROM trace_events e
JOIN trace_words w ON w.event_id = e.id WHERE w.note = ANY(%s) ORDER BY e.happened_at
"""


@pytest.fixture
def record(market):
    """What the database holds of entries with these notes, oldest first."""
    port = market.servers()["postgres"]
    password = (market.var_dir / "secrets" / "postgres").read_text().strip()

    def rows(*notes):
        with psycopg.connect(
            host="127.0.0.1", port=port, user="postgres", password=password, dbname="ocop"
        ) as connection:
            return connection.execute(ONE_BY_ONE, [list(notes)]).fetchall()

    return rows


def open_page(visit):
    """Open the page and wait until it would open without signal."""
    visit.go(PAGE)
    visit.page.locator("html[data-kept]").wait_for(state="attached")


def enter(page, work, note, **facts):
    page.locator("summary", has_text=work).click()
    form = page.locator("details[open] form")
    for label, text in facts.items():
        form.get_by_label(label.replace("_", " ")).fill(text)
    form.get_by_label("Ghi thêm").fill(note)
    form.get_by_role("button", name="Ghi", exact=True).click()
    page.locator("details[open]").wait_for(state="detached")


def waiting(page, count):
    page.get_by_role("heading", name=f"Chờ gửi ({count})").wait_for()


def fertilise(page, note):
    enter(page, "Bón phân", note, Tên_phân="NPK 16-16-8", Liều_lượng="20 kg")


def test_two_entries_without_signal_survive_a_reload_and_are_recorded_once_each(guests, record):
    notes = ("không sóng 1", "không sóng 2")
    with guests.visit("owner") as visit:
        page = visit.page
        open_page(visit)
        visit.context.set_offline(True)
        began = datetime.now(UTC)
        enter(page, "Tưới nước", notes[0])
        fertilise(page, notes[1])
        ended = datetime.now(UTC)
        waiting(page, 2)
        page.reload()
        assert page.get_by_role("heading", level=1).inner_text() == "Ghi ngoài đồng"
        waiting(page, 2)
        page.wait_for_timeout(1500)
        assert record(*notes) == []
        visit.context.set_offline(False)
        page.get_by_text("Đã ghi.", exact=True).wait_for()
        waiting(page, 0)
        page.reload()
        found = record(*notes)
        assert [(note, kind) for note, kind, _at, _payload in found] == [
            (notes[0], "care"),
            (notes[1], "fertilising"),
        ]
        assert all(began <= at <= ended for _note, _kind, at, _payload in found)
        facts = {"input": "NPK 16-16-8", "dose": "20 kg"}
        assert json.loads(found[1][3])["facts"] == facts


def test_an_entry_whose_answer_was_lost_is_sent_again_and_is_one(guests, record):
    posts = []

    def lose_the_first(route):
        if route.request.method != "POST":
            return route.continue_()
        posts.append(route.request.url)
        if len(posts) > 1:
            return route.continue_()
        route.fetch()  # the server has it; the phone does not hear so
        return route.abort()

    with guests.visit("owner", service_workers="block") as visit:
        page = visit.page
        visit.go(PAGE)
        page.route(f"**{PAGE}", lose_the_first)
        enter(page, "Tưới nước", "mất trả lời")
        page.get_by_text("Đã ghi.", exact=True).wait_for()
        waiting(page, 0)
        assert len(posts) == 2
        assert len(record("mất trả lời")) == 1


def test_with_an_expired_sign_in_the_queue_stays_and_says_so(guests, record):
    with guests.visit("owner") as visit:
        page = visit.page
        open_page(visit)
        cookies = visit.context.cookies()
        visit.context.clear_cookies()
        enter(page, "Tưới nước", "hết phiên")
        page.get_by_role("link", name="Đăng nhập để gửi").wait_for()
        waiting(page, 1)
        assert record("hết phiên") == []
        visit.context.add_cookies(cookies)
        page.get_by_role("button", name="Gửi ngay").click()
        page.get_by_text("Đã ghi.", exact=True).wait_for()
        waiting(page, 0)
        assert len(record("hết phiên")) == 1


def test_what_another_person_entered_waits_for_that_person(guests, record):
    with guests.visit("owner") as visit:
        page = visit.page
        open_page(visit)
        visit.context.set_offline(True)
        enter(page, "Tưới nước", "của người khác")
        waiting(page, 1)
        visit.context.clear_cookies()
        with guests.visit("administrator") as other:
            visit.context.add_cookies(other.context.cookies())
        visit.context.set_offline(False)
        page.get_by_text("Có việc do người khác ghi trên máy này").wait_for()
        waiting(page, 1)
        assert record("của người khác") == []


def test_what_the_server_refuses_says_why_and_can_be_put_right(guests, record):
    with guests.visit("owner") as visit:
        page = visit.page
        open_page(visit)
        enter(page, "Phun thuốc", "sai ngày", Tên_phân="Abamectin", Liều="10 ml", Thời_gian="vài")
        page.get_by_text("ghi một số nguyên từ 0 đến 3650").wait_for()
        refused_at = datetime.now(UTC)
        assert record("sai ngày") == []
        page.get_by_role("button", name="Sửa").click()
        page.locator("details[open] form").get_by_label("Thời gian").fill("7")
        page.locator("details[open] form").get_by_role("button", name="Ghi", exact=True).click()
        waiting(page, 0)
        [(_note, kind, at, _payload)] = record("sai ngày")
        assert kind == "spraying"
        assert at < refused_at  # the moment it was first entered


def test_after_signing_out_the_page_is_not_kept(guests):
    with guests.visit("owner") as visit:
        page = visit.page
        open_page(visit)
        page.evaluate("document.querySelector(\"form[action$='/dang-xuat']\").dispatchEvent("
                      "new SubmitEvent('submit', {bubbles: true, cancelable: true}))")  # fmt: skip
        page.wait_for_timeout(500)
        assert page.evaluate("caches.has('field')") is False
        visit.context.set_offline(True)
        with pytest.raises(Error, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
            page.reload()
