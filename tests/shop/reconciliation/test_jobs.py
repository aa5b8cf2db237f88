"""From notice to paid order: once, however often and from however many workers."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from shop import clock, outbox
from shop.database import db, transaction
from shop.orders import jobs as order_jobs
from shop.orders.models import Order, OrderEvent, State
from shop.payments.bank_feeds.protocol import BadNotice
from shop.payments.models import FeedConnection, Notice
from shop.reconciliation import jobs
from shop.reconciliation.models import Allocation, BankLine, LineState, Reason
from tests import make, make_money


@pytest.fixture
def visitor(database):
    return database.test_client()


@pytest.fixture
def bank(database, visitor, run_tasks):
    """Report a movement as SePay does, and let the workers finish; the newest line."""

    def report(content, **more):
        raw = make_money.notice(report.feed, content, **more)
        answer = make_money.send(visitor, report.feed, raw, report.secret)
        assert answer.json == {"success": True}
        run_tasks()
        return db.session.scalars(select(BankLine).order_by(BankLine.id.desc())).first()

    report.order, report.feed, report.secret = make_money.asked(make.seller())
    return report


def counts(*models):
    return [db.session.scalar(select(func.count()).select_from(model)) for model in models]


def test_the_same_notice_three_times_pays_once(bank, visitor, run_tasks):
    raw = make_money.notice(bank.feed, bank.order.ref)
    for _time in range(3):
        assert make_money.send(visitor, bank.feed, raw, bank.secret).status_code == 200
        run_tasks()
    assert counts(Notice, BankLine, Allocation) == [1, 1, 1]
    assert (bank.order.state, bank.order.paid_vnd) == (State.PAID, 185_000)


def deliver(app, work):
    """Send the notice as a feed does, then read it as a worker does."""
    feed = db.session.get_one(FeedConnection, work["feed_id"])
    sent = make_money.send(app.test_client(), feed, work["raw"], work["secret"])
    if sent.status_code == 200:
        db.session.rollback()
        jobs.process_notice(db.session.scalars(select(Notice.id)).one())
    return sent.status_code


def test_the_same_notice_in_six_processes_at_once_pays_once(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            order, feed, secret = make_money.asked(make.seller())
            raw = make_money.notice(feed, order.ref)
            work = {"feed_id": feed.id, "raw": raw, "secret": secret}
        assert make_money.at_once(app, [partial(deliver, app, work)] * 6) == [200] * 6
        assert counts(Notice, BankLine, Allocation) == [1, 1, 1]
        paid = db.session.scalars(select(Order)).one()
        assert (paid.state, paid.paid_vnd) == (State.PAID, 185_000)
        told = select(func.count()).where(outbox.Task.event == "order_paid")
        moved = select(func.count()).where(OrderEvent.to_state == "paid")
        assert [db.session.scalar(told), db.session.scalar(moved)] == [1, 1]


def test_six_halves_at_once_pay_two_halves_and_the_rest_is_the_buyers(
    fresh_database, redis_url, tmp_path
):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            order, feed, _secret = make_money.asked(make.seller())
            rows = [
                Notice(
                    connection_id=feed.id,
                    external_id=str(n),
                    raw=make_money.notice(feed, order.ref, transferAmount=92_500),
                )
                for n in range(6)
            ]
            db.session.add_all(rows)
            db.session.flush()
            works = [partial(jobs.process_notice, row.id) for row in rows]
        assert make_money.at_once(app, works) == [None] * 6
        settled = db.session.execute(select(BankLine.state, BankLine.reason))
        assert (
            sorted(map(tuple, settled))
            == [
                (LineState.MATCHED, Reason.REFERENCE),
                (LineState.MATCHED, Reason.SHORT),
            ]
            + [(LineState.PARTLY, Reason.SURPLUS)] * 4
        )
        paid = db.session.scalars(select(Order)).one()
        assert (paid.state, paid.paid_vnd) == (State.PAID, 185_000)


def test_the_same_line_under_another_notice_is_one_line(bank):
    bank(bank.order.ref, id=1, referenceCode="FT1")
    bank(bank.order.ref, id=2, referenceCode="FT1")
    assert counts(Notice, BankLine, Allocation) == [2, 1, 1]
    assert bank.order.paid_vnd == 185_000


def test_a_line_about_another_account_is_left_out(bank):
    _order, other, _secret = make_money.asked(make.seller(name="HTX khác"))
    assert bank(bank.order.ref, accountNumber=other.bank_account.account_number) is None
    assert bank(bank.order.ref, accountNumber="0000") is None
    assert counts(Notice, BankLine, Allocation) == [2, 0, 0]
    assert db.session.scalars(select(Notice.id).where(Notice.processed_at.is_(None))).all() == []
    assert bank.order.state == State.AWAITING_PAYMENT


def test_a_notice_is_read_once_though_the_job_runs_twice(bank):
    bank("tien che")
    (notice,) = db.session.scalars(select(Notice))
    before = notice.processed_at
    jobs.process_notice(notice.id)
    assert (notice.processed_at, counts(BankLine)) == (before, [1])


def test_a_notice_that_cannot_be_read_is_kept_unread(bank):
    row = Notice(connection_id=bank.feed.id, external_id="x", raw=b'{"id": 1}')
    db.session.add(row)
    db.session.commit()
    with pytest.raises(BadNotice):
        jobs.process_notice(row.id)
    assert (row.processed_at, counts(Notice, BankLine)) == (None, [1, 0])


def test_money_that_comes_after_the_order_expired_waits_with_its_reason(bank):
    with clock.at(bank.order.placed_at + timedelta(hours=25)):
        order_jobs.expire_orders()
    assert bank.order.state == State.EXPIRED
    line = bank(bank.order.ref)
    assert (line.state, line.reason, line.allocations) == (
        LineState.SUSPENSE,
        Reason.CLOSED_ORDER,
        [],
    )
    assert (bank.order.state, bank.order.paid_vnd) == (State.EXPIRED, 0)


def test_the_order_log_names_the_bank_and_its_reference(bank):
    bank(bank.order.ref, referenceCode="FT26165000")
    event = db.session.scalars(select(OrderEvent).where(OrderEvent.to_state == "paid")).one()
    assert (event.who, event.why) == ("Ngân hàng báo có", "FT26165000")
