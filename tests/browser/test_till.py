"""The till on a phone: two taps for cash, sent once whatever the signal does, a code until paid."""

import io
import json
import urllib.request
from datetime import UTC, datetime

import browsing
import psycopg
import pytest
import zxingcpp
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]

SALES = """
SELECT pay_by, state, total_vnd, paid_vnd, placed_at FROM orders
WHERE source LIKE 'booth:%%' AND total_vnd = ANY(%s) ORDER BY placed_at
"""


@pytest.fixture
def sold(market):
    """What the database holds of sales of these sums at booths, oldest first."""
    port = market.servers()["postgres"]
    password = (market.var_dir / "secrets" / "postgres").read_text().strip()

    def rows(*sums):
        with psycopg.connect(
            host="127.0.0.1", port=port, user="postgres", password=password, dbname="ocop"
        ) as connection:
            return connection.execute(SALES, [list(sums)]).fetchall()

    return rows


def open_till(visit):
    """From the overview to the till, kept for when there is no signal; its path."""
    visit.go("/ban-hang")
    visit.send(visit.page.get_by_role("link", name="Thu tiền"))
    visit.page.locator("html[data-kept]").wait_for(state="attached")
    return browsing.path_of(visit.page.url)


def cash(page, *notes):
    """Tap notes, then cash: the two taps of a sale."""
    for note in notes:
        page.get_by_role("button", name=note, exact=True).click()
    page.get_by_role("button", name="Tiền mặt").click()


def waiting(page, count):
    page.get_by_role("heading", name=f"Chờ gửi ({count})").wait_for()


def test_cash_is_two_taps_and_the_day_shows_it(guests, sold):
    with guests.visit("owner") as visit:
        open_till(visit)
        page = visit.page
        page.get_by_role("button", name="+500k", exact=True).click()
        page.locator("[data-amount]", has_text="500.000 ₫").wait_for()
        page.get_by_role("button", name="Xóa").click()
        page.get_by_label("Khách trả bao nhiêu").fill("12")
        page.get_by_role("button", name="000", exact=True).click()
        page.locator("[data-amount]", has_text="12.000 ₫").wait_for()
        page.get_by_role("button", name="Xóa").click()
        cash(page, "+200k", "+10k")
        page.locator("[data-today] .lines", has_text="210.000 ₫").wait_for()
        assert page.get_by_label("Khách trả bao nhiêu").input_value() == ""
        found = [row[:4] for row in sold(210_000)]
        assert found == [("cash", "delivered", 210_000, 210_000)]
        assert visit.look() == []


def test_cash_without_signal_survives_a_reload_and_is_recorded_once_each(guests, sold):
    with guests.visit("owner") as visit:
        open_till(visit)
        page = visit.page
        visit.context.set_offline(True)
        began = datetime.now(UTC)
        cash(page, "+20k", "+5k")
        waiting(page, 1)
        cash(page, "+50k", "+5k")
        ended = datetime.now(UTC)
        waiting(page, 2)
        page.reload()
        waiting(page, 2)
        page.wait_for_timeout(1500)
        assert sold(25_000, 55_000) == []
        visit.context.set_offline(False)
        page.get_by_text("Đã ghi vào sổ.", exact=True).wait_for()
        waiting(page, 0)
        page.reload()
        found = sold(25_000, 55_000)
        assert [row[2] for row in found] == [25_000, 55_000]
        assert all(began <= row[4] <= ended for row in found)


def test_a_sale_whose_answer_was_lost_is_sent_again_and_is_one(guests, sold):
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
        visit.go("/ban-hang")
        visit.send(visit.page.get_by_role("link", name="Thu tiền"))
        page = visit.page
        page.route("**/ban-hang/quay/*", lose_the_first)
        cash(page, "+20k", "+10k", "+5k")
        page.get_by_text("Đã ghi vào sổ.", exact=True).wait_for()
        waiting(page, 0)
        assert len(posts) == 2
        assert len(sold(35_000)) == 1


def test_without_signal_the_printed_code_is_shown_instead_of_a_new_one(guests, sold):
    with guests.visit("owner") as visit:
        open_till(visit)
        page = visit.page
        visit.context.set_offline(True)
        page.get_by_role("button", name="+20k", exact=True).click()
        page.get_by_role("button", name="Hiện mã QR").click()
        page.get_by_text("Đang mất sóng").wait_for()
        assert page.locator("#plate svg").is_visible()
        assert "/quay/" in page.url
        assert sold(20_000) == []


def test_a_sum_the_server_refuses_says_why_and_can_be_dropped(guests, sold):
    with guests.visit("owner") as visit:
        open_till(visit)
        page = visit.page
        page.get_by_label("Khách trả bao nhiêu").fill("45")
        page.get_by_role("button", name="Tiền mặt").click()
        page.get_by_text("Số tiền nằm ngoài mức cho phép.").wait_for()
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Bỏ", exact=True).first.click()
        waiting(page, 0)
        assert sold(45) == []


def scan_and_pay(market, page):
    """A buyer's phone reads the code off the screen; their bank pays and reports it."""
    picture = Image.open(io.BytesIO(page.locator(".qr svg").screenshot()))
    payload = zxingcpp.read_barcodes(picture)[0].text
    body = {"vietqr": payload, "style": "vietcombank", "client_id": f"till-{payload[-4:]}"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{market.sandbox_port}/bank/transfers",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20):
        pass


def test_a_code_is_large_and_turns_green_when_the_bank_tells(guests, market, sold):
    with guests.visit("owner") as visit:
        open_till(visit)
        page = visit.page
        page.get_by_label("Khách trả bao nhiêu").fill("77k")
        visit.send(page.get_by_role("button", name="Hiện mã QR"))
        assert page.locator(".qr svg").bounding_box()["width"] >= 200
        assert visit.look() == []
        assert [row[:4] for row in sold(77_000)] == [("cashless", "awaiting_payment", 77_000, 0)]
        scan_and_pay(market, page)
        page.get_by_text("Đã nhận đủ tiền").wait_for()
        assert [row[:4] for row in sold(77_000)] == [("cashless", "delivered", 77_000, 77_000)]


def test_without_a_script_the_form_is_a_plain_one(guests, sold):
    with guests.visit("owner", java_script_enabled=False) as visit:
        visit.go("/ban-hang")
        visit.send(visit.page.get_by_role("link", name="Thu tiền"))
        visit.page.get_by_label("Khách trả bao nhiêu").fill("19.000")
        visit.send(visit.page.get_by_role("button", name="Tiền mặt"))
        assert "19.000" in visit.page.locator("[data-today]").inner_text()
        assert [row[:3] for row in sold(19_000)] == [("cash", "delivered", 19_000)]


def test_signing_out_forgets_the_kept_till(guests):
    with guests.visit("owner") as visit:
        path = open_till(visit)
        kept = "caches.keys().then((names) => names.filter((name) => name.startsWith('till')))"
        assert visit.page.evaluate(kept) == [f"till:{path}"]
        visit.page.locator(".site-menu summary").click()
        visit.send(visit.page.get_by_role("button", name="Đăng xuất").last)
        assert visit.page.evaluate(kept) == []
