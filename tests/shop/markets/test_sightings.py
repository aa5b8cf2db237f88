"""Without a feed the trader says that money came; a statement confirms it or somebody decides."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.errors import BadInput
from shop.ledger.models import Entry
from shop.markets import days, plates, sightings, takings, till
from shop.markets.days import Counted
from shop.orders import states
from shop.orders.models import Order, State
from shop.payments import feeds, requests
from shop.reconciliation import matching
from tests import make, make_markets, make_money

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
MONTH = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def booth(database):
    """A booth whose account no feed reports."""
    with clock.at(NOON):
        row = make_markets.booth()
        make.bank_account(row.seller)
        yield row


def entries():
    return db.session.scalar(select(func.count(Entry.id)))


def seen(booth, amount_vnd=45_000, key="1"):
    order = till.ask(SYSTEM, booth, amount_vnd, key=key)
    return sightings.see(SYSTEM, booth, order.ref)


def line(booth, content="", amount_vnd=45_000, **more):
    account = feeds.active(booth.seller_id)[0]
    row = make_money.bank_line(
        booth.seller, content, bank_account_id=account.id, amount_vnd=amount_vnd, **more
    )
    matching.match(row)
    return row


def totals(booth):
    sold = till.sold(booth, clock.today())
    found = till.totals(sold, requests.seen(sold))
    return found.transfers, found.transfers_vnd, found.seen, found.seen_vnd, found.waiting


def closing(booth, note=""):
    covered = days.due(booth)
    return Counted(0, covered.cash_vnd, note, covered.mark)


def test_what_the_trader_saw_is_shown_apart_and_nothing_is_booked(booth):
    order = seen(booth)
    asked = requests.of(order)
    assert (asked.seen_at, asked.seen_by) == (NOON, SYSTEM.name)
    assert (order.state, order.paid_vnd, entries()) == (State.AWAITING_PAYMENT, 0, 0)
    assert totals(booth) == (0, 0, 1, 45_000, 0)
    noted = select(AuditEntry.action).where(AuditEntry.subject_ref == order.ref)
    assert db.session.scalars(noted).all() == ["till.seen"]


def test_seen_twice_is_once(booth):
    order = seen(booth)
    with clock.at(NOON + timedelta(hours=1)):
        sightings.see(SYSTEM, booth, order.ref)
    assert requests.of(order).seen_at == NOON


def test_it_does_not_lapse_while_the_statement_is_awaited(booth):
    order, other = seen(booth), till.ask(SYSTEM, booth, 20_000, key="2")
    with clock.at(NOON + timedelta(days=5)):
        states.expire()
    assert (order.state, other.state) == (State.AWAITING_PAYMENT, State.EXPIRED)


def test_a_line_of_the_statement_that_names_it_confirms_it(booth):
    order = seen(booth)
    before = entries()
    with clock.at(NOON + timedelta(days=4)):
        row = line(booth, f"CK {order.ref}")
        assert (order.state, order.paid_vnd, row.state) == (State.DELIVERED, 45_000, "matched")
        assert sightings.open_ones(booth) == []
        assert entries() == before + 2
    assert totals(booth) == (1, 45_000, 0, 0, 0)


def test_a_line_that_names_nothing_confirms_the_sale_of_its_amount_and_makes_no_second_one(booth):
    order, other = seen(booth), seen(booth, 60_000, "2")
    row = line(booth, "chuyen tien")
    assert sightings.is_sale(booth, row, "Chị Thúy") == order
    assert (order.paid_vnd, other.paid_vnd) == (45_000, 0)
    again = sightings.is_sale(booth, line(booth, "chuyen tien"), "Chị Thúy")
    assert again not in (order, other)
    assert db.session.scalar(select(func.count(Order.id))) == 3


def test_a_buyer_asked_by_a_code_who_scans_the_plate_makes_one_sale(booth):
    order = seen(booth)
    row = line(booth, content=f"MBVCB {plates.content(booth)} CT")
    sightings.count_plate_money(row.id)
    assert (order.state, order.paid_vnd) == (State.DELIVERED, 45_000)
    assert db.session.scalar(select(func.count(Order.id))) == 1
    assert takings.transactions(*MONTH).unknown == 1  # one digital sale, and no cash told of
    assert sightings.open_ones(booth) == []


def test_a_plate_scanned_hours_later_is_another_sale(booth):
    order = seen(booth)
    later = NOON + timedelta(hours=3)
    row = line(booth, content=f"MBVCB {plates.content(booth)} CT", booked_at=later)
    sightings.count_plate_money(row.id)
    assert order.paid_vnd == 0
    assert db.session.scalar(select(func.count(Order.id))) == 2


def test_a_line_long_after_is_another_sale(booth):
    order = seen(booth)
    late = line(booth, "chuyen tien", booked_at=NOON + timedelta(days=3))
    assert sightings.is_sale(booth, late, "Chị Thúy") != order


def test_where_a_feed_tells_the_trader_waits_for_the_bank(booth):
    order = till.ask(SYSTEM, booth, 45_000, key="1")
    feeds.connect(SYSTEM, feeds.active(booth.seller_id)[0])
    with pytest.raises(BadInput):
        sightings.see(SYSTEM, booth, order.ref)
    assert requests.of(order).seen_at is None


def test_what_is_paid_or_fell_through_cannot_be_seen(booth):
    paid, gone = (till.ask(SYSTEM, booth, 45_000, key=key) for key in "12")
    line(booth, paid.ref)
    till.undo(SYSTEM, booth, gone.ref, key="u")
    for order in (paid, gone):
        with pytest.raises(BadInput):
            sightings.see(SYSTEM, booth, order.ref)


def test_taken_back_the_code_waits_and_lapses_again(booth):
    order = sightings.unsee(SYSTEM, booth, seen(booth).ref)
    assert (requests.of(order).seen_at, totals(booth)) == (None, (0, 0, 0, 0, 1))
    with clock.at(NOON + timedelta(hours=73)):
        states.expire()
    assert order.state == State.EXPIRED


def test_thrown_away_it_counts_nowhere(booth):
    order = seen(booth)
    till.undo(SYSTEM, booth, order.ref, key="u")
    assert (order.state, totals(booth)) == (State.CANCELLED, (0, 0, 0, 0, 0))
    assert takings.merchants(*MONTH).numerator == 0


def test_a_closing_shows_it_apart_and_the_day_it_is_confirmed_covers_it_once(booth):
    order = seen(booth)
    assert days.due(booth).figures["seen"] == [1, 45_000]
    first = days.close(SYSTEM, booth, closing(booth))
    assert (first.figures["seen"], first.rows) == ([1, 45_000], [])
    with clock.at(NOON + timedelta(days=1)):
        line(booth, order.ref)
        second = days.close(SYSTEM, booth, closing(booth))
        assert (second.figures["seen"], second.figures["transfer"]) == ([0, 0], [1, 45_000])
        assert [row.subject for row in second.rows] == [f"order:{order.ref}"]


def test_after_72_hours_somebody_has_to_decide_or_say_why_not(booth):
    seen(booth)
    assert not days.due(booth).undecided
    with clock.at(NOON + timedelta(hours=72)):
        assert days.due(booth).undecided == 1
        with pytest.raises(BadInput):
            days.close(SYSTEM, booth, closing(booth))
        assert days.close(SYSTEM, booth, closing(booth, "ngân hàng bảo trì")).note


def test_a_closing_page_lists_the_oldest_that_wait_and_counts_the_rest(cast, booth):
    booth.seller_id = cast.ours.seller.id
    make.bank_account(cast.ours.seller)
    for number in range(23):
        seen(booth, amount_vnd=10_000 + number, key=f"k{number}")
    db.session.commit()
    page = cast.ours.get(f"/ban-hang/quay/{booth.ref}/chot-ngay").text.replace("\u00a0", " ")
    assert "10.019 ₫" in page
    assert "10.020 ₫" not in page
    assert "Còn 3 khoản mới hơn" in page
    assert 'href="/ban-hang/sao-ke"' in page


def test_so_it_is_when_the_bank_told_of_later_money(booth):
    seen(booth)
    line(booth, "tien hang", amount_vnd=9_000, booked_at=NOON + timedelta(hours=20))
    assert days.due(booth).undecided == 1


def test_it_counts_as_a_digital_sale_of_the_day_it_was_seen(booth):
    order = seen(booth)
    make_markets.cash(booth, 10_000, key="c")
    october, november = (date(2026, 10, 1), date(2026, 10, 31)), MONTH
    december = (date(2026, 12, 1), date(2026, 12, 31))

    def counted():
        found = [takings.transactions(*month) for month in (october, november, december)]
        return [(share.numerator, share.denominator) for share in found]

    assert counted() == [(0, 0), (1, 2), (0, 0)]
    (month,) = takings.months(booth, *MONTH)
    assert (month.digital, month.digital_vnd) == (1, 45_000)
    with clock.at(datetime(2026, 12, 2, 5, tzinfo=UTC)):
        line(booth, order.ref)
    assert counted() == [(0, 0), (1, 2), (0, 0)]
    assert takings.merchants(*MONTH).numerator == 1
