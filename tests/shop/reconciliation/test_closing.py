"""The end of the day: figures that can be opened, signed off once, and then locked."""

from datetime import timedelta

import pytest

from shop import clock
from shop.accounts.models import Role
from shop.database import db
from shop.ledger import accounts, entries, periods
from shop.ledger.errors import BooksClosed
from shop.ledger.models import Kind
from shop.reconciliation import closing, matching
from shop.reconciliation.models import DayClose
from tests import make, make_money
from tests.app_fixtures import Person, sign_in

PAGE = "/ban-hang/chot-ngay"


@pytest.fixture
def seller(cast):
    return cast.ours.seller


@pytest.fixture
def yesterday():
    return clock.today() - timedelta(days=1)


def come(seller, content, on, amount_vnd=185_000):
    line = make_money.bank_line(
        seller, content, amount_vnd=amount_vnd, booked_at=clock.midnight(on) + timedelta(hours=9)
    )
    matching.match(line)
    return line


def figure(seller, on, name):
    return next(each for each in closing.figures(seller.id, on) if each.name == name)


def test_the_figures_of_a_day_are_of_that_day(seller, yesterday):
    order = make_money.order(seller)
    come(seller, order.ref, yesterday)
    come(seller, "tien che", yesterday, 50_000)
    come(seller, "tien che", clock.today(), 7_000)
    assert figure(seller, yesterday, "bank_in").amount_vnd == 235_000
    assert figure(seller, yesterday, "suspense").amount_vnd == 50_000
    assert figure(seller, yesterday, "waiting").count == 1
    assert figure(seller, yesterday, "placed").count == 0


def test_a_line_told_after_its_day_was_closed_stands_in_the_day_it_is_booked(seller, yesterday):
    periods.close(seller.id, yesterday)
    come(seller, "tien che", yesterday, 500_000)
    assert figure(seller, yesterday, "bank_in").amount_vnd == 0
    assert figure(seller, clock.today(), "bank_in").amount_vnd == 500_000


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1999-12-31", "2026-13-01", "x"])
def test_a_day_that_is_none_of_ours_is_not_found(cast, seller, day):
    assert cast.ours.get(f"{PAGE}/{seller.ref}/{day}").status_code == 404
    books = f"/ban-hang/so-sach/{seller.ref}/so/hang-hoa?tu={day}&den=9999-12-31"
    assert cast.ours.get(books).status_code == 200


def test_a_day_with_open_lines_needs_a_note_and_is_then_locked(cast, seller, yesterday):
    come(seller, "tien che", yesterday, 50_000)
    url = f"{PAGE}/{seller.ref}/{yesterday}"
    assert cast.ours.post(url, {"note": ""}).status_code == 422
    assert db.session.query(DayClose).count() == 0
    assert cast.ours.post(url, {"note": "chờ khách gọi lại"}).status_code == 303
    row = db.session.query(DayClose).one()
    assert (row.on, row.by, row.figures["suspense"]) == (yesterday, "Đào Thanh Hảo", [None, 50_000])
    assert periods.closed_until(seller.id) == yesterday
    with pytest.raises(BooksClosed):
        entries.post(
            seller.id,
            {accounts.CASH: 1, accounts.SALES: -1},
            key="late",
            kind=Kind.CASH,
            on=yesterday,
            text="muộn",
            by="Ai đó",
        )


def test_what_comes_late_is_booked_on_the_first_open_day_and_the_signed_figures_stay(
    cast, seller, yesterday
):
    url = f"{PAGE}/{seller.ref}/{yesterday}"
    cast.ours.post(url, {"note": ""})
    come(seller, "tien che", yesterday, 50_000)
    assert entries.balance_vnd(seller.id, accounts.SUSPENSE, until=yesterday) == 0
    assert entries.balance_vnd(seller.id, accounts.SUSPENSE) == -50_000
    assert db.session.query(DayClose).one().figures["bank_in"] == [0, 0]
    assert "đã chốt" in cast.ours.get(url).text


def test_signed_off_twice_it_is_once(cast, seller, yesterday):
    url = f"{PAGE}/{seller.ref}/{yesterday}"
    for _time in range(2):
        cast.ours.post(url, {"note": ""})
    assert db.session.query(DayClose).count() == 1


def test_a_day_that_is_not_over_stays_open(cast, seller):
    cast.ours.post(f"{PAGE}/{seller.ref}/{clock.today()}", {"note": "x"})
    assert db.session.query(DayClose).count() == 0


def test_every_figure_leads_to_its_rows(cast, seller, yesterday):
    import html
    import re

    come(seller, "tien che", yesterday, 50_000)
    page = cast.ours.get(f"{PAGE}/{seller.ref}/{yesterday}").text
    links = re.findall(r'class="tall" href="([^"]+)"', page)
    assert len(links) == len(closing.LABELS)
    for link in set(links):
        assert cast.ours.get(html.unescape(link)).status_code == 200, link


def test_an_outsider_and_a_host_do_not_sign(cast, seller, yesterday, database):
    host = make.member(seller, role=Role.HOST)
    person = Person(host, sign_in(database, host))
    for who in (cast.theirs, person):
        url = f"{PAGE}/{seller.ref}/{yesterday}"
        assert who.get(url).status_code == 404
        assert who.post(url, {"note": "x"}).status_code == 404


def test_the_terms_are_kept_and_wrong_ones_refused(cast, seller):
    from shop.reconciliation import terms

    cast.ours.post(f"{PAGE}/{seller.ref}", {"tolerance_vnd": "2.000", "quiet_hours": "48"})
    kept = terms.of(seller.id)
    assert (kept.tolerance_vnd, kept.quiet_hours) == (2_000, 48)
    cast.ours.post(f"{PAGE}/{seller.ref}", {"tolerance_vnd": "9.000.000", "quiet_hours": ""})
    assert terms.of(seller.id).tolerance_vnd == 2_000
