"""Asking feeds for their list, because calls get lost and nobody says so.

Each night; while buyers' payments are awaited and no call comes, with growing gaps; and when an
accountant asks. A line that a call, a file or another list told of is known again.
"""

import random
from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, or_, select

from shop import clock
from shop.database import db, transaction
from shop.orders.models import Order, PayBy, State
from shop.payments import feeds
from shop.payments.bank_feeds.protocol import FeedLine, NotListed
from shop.payments.models import FeedConnection, PaymentRequest
from shop.reconciliation import bank_lines, matching
from shop.reconciliation.models import BankLine

log = structlog.get_logger()

# What was told late is looked for again so many days back; a bank books on Mondays for Fridays.
OVERLAP = timedelta(days=3)
FIRST_TIME = timedelta(days=7)
# A buyer has paid after so long, or the call is late; then half as long as it has been waited.
SOON, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=24)
FIRST_AGAIN, LONGEST_AGAIN = timedelta(minutes=10), timedelta(hours=6)
NIGHT_HOURS = (1, 4)
MOST_AT_ONCE = 20


def due() -> list[int]:
    """Feeds whose list is to be asked for now; each is put off as it is taken."""
    now = clock.now()
    with transaction():
        query = select(FeedConnection).where(
            FeedConnection.sealed_list_key.is_not(None),
            or_(FeedConnection.next_pull_at <= now, FeedConnection.id.in_(_awaited(now))),
        )
        query = query.order_by(FeedConnection.next_pull_at).limit(MOST_AT_ONCE)
        found = db.session.scalars(query.with_for_update(skip_locked=True)).all()
        for connection in found:
            connection.next_pull_at = now + FIRST_AGAIN
        return [connection.id for connection in found]


def _awaited(now: datetime) -> list[int]:
    """Feeds of accounts into which a buyer should have paid, and of which nothing was heard."""
    newest = (
        select(PaymentRequest.bank_account_id, func.max(PaymentRequest.opened_at).label("at"))
        .join(Order, Order.id == PaymentRequest.order_id)
        .where(
            Order.state == State.AWAITING_PAYMENT,
            Order.pay_by == PayBy.CASHLESS,
            PaymentRequest.opened_at > now - LONGEST_WAIT,
            PaymentRequest.opened_at <= now - SOON,
        )
        .group_by(PaymentRequest.bank_account_id)
        .subquery()
    )
    query = (
        select(FeedConnection.id, newest.c.at, FeedConnection.pulled_at)
        .join(newest, newest.c.bank_account_id == FeedConnection.bank_account_id)
        .where(FeedConnection.sealed_list_key.is_not(None), FeedConnection.pull_failures == 0)
    )
    return [
        feed_id
        for feed_id, opened_at, pulled_at in db.session.execute(query)
        if pulled_at is None or now - pulled_at >= max(SOON, (now - opened_at) / 2)
    ]


def ask_now(seller_ids: Collection[int]) -> int:
    """The lists of these sellers' feeds are asked for within a minute; how many there are."""
    query = select(FeedConnection).where(
        FeedConnection.seller_id.in_(seller_ids), FeedConnection.sealed_list_key.is_not(None)
    )
    found = db.session.scalars(query.order_by(FeedConnection.id).with_for_update()).all()
    for connection in found:
        connection.next_pull_at = clock.now()
    return len(found)


def pull(connection_id: int) -> int:
    """Ask one feed for its list, record and match what is new; how many lines that were.

    When it does not tell, why is noted, and it is asked again after a gap that grows.
    """
    with transaction():
        connection = db.session.get_one(FeedConnection, connection_id)
        account, key = connection.bank_account, feeds.list_key(connection)
        provider, number, first = connection.provider, account.account_number, _since(connection)
    if not key:
        return 0
    try:
        listed = feeds.FEEDS[provider].listed(
            feeds.host(provider), key, number, first.date(), clock.today()
        )
    except NotListed as error:
        _note_failure(connection_id, str(error.facts["what"]))
        return 0
    return _take(connection_id, [line for line in listed if line.account_number == number])


def _since(connection: FeedConnection) -> datetime:
    last = db.session.scalar(
        select(func.max(BankLine.booked_at)).where(
            BankLine.bank_account_id == connection.bank_account_id
        )
    )
    start = clock.now() - FIRST_TIME
    return clock.vietnam(max(start, last - OVERLAP) if last else start)


def _take(connection_id: int, lines: list[FeedLine]) -> int:
    with transaction():
        connection = db.session.get_one(FeedConnection, connection_id, with_for_update=True)
        account = connection.bank_account
        counted = bank_lines.occurrences(account, lines)
        fresh = [i for i, new in bank_lines.record_all(account, lines, counted) if new]
        query = select(BankLine).where(BankLine.id.in_(fresh)).order_by(BankLine.id)
        for line in db.session.scalars(query.with_for_update(of=BankLine)):
            matching.match(line)
        now = clock.now()
        connection.pulled_at, connection.pull_fresh = now, len(fresh)
        if fresh:
            connection.pulled_fresh_at = now
        connection.pull_failed, connection.pull_failures = "", 0
        connection.next_pull_at = _next_night(now)
    return len(fresh)


def _note_failure(connection_id: int, what: str) -> None:
    log.warning("feed did not tell its list", connection=connection_id, what=what)
    with transaction():
        connection = db.session.get_one(FeedConnection, connection_id, with_for_update=True)
        connection.pull_failed = what[:200]
        gap = min(LONGEST_AGAIN, FIRST_AGAIN * 2 ** min(connection.pull_failures, 10))
        connection.pull_failures += 1
        connection.next_pull_at = clock.now() + gap


def _next_night(now: datetime) -> datetime:
    """Some moment of the next night, so that not all feeds are asked at once."""
    first, last = NIGHT_HOURS
    midnight = clock.midnight(clock.vietnam(now).date() + timedelta(days=1))
    return midnight + timedelta(hours=random.uniform(first, last))  # noqa: S311
