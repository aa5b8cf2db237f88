"""Faults of a session: a worker that is killed, batches thrice and out of order, money too late.

Whatever happened, in the end nothing is oversold, each claim holds just what it says, and the books
balance (`tests/invariants.py`).
"""

import os
import random
import re
import signal
import time
from datetime import timedelta
from decimal import Decimal
from multiprocessing import get_context

import pytest
from sqlalchemy import func, select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db, transaction
from shop.inventory import reservations, stock
from shop.livestream import broadcasts, claims, comments, desk, jobs, waiting
from shop.livestream.models import Broadcast, Buyer, Claim, ClaimState, Comment, CommentState
from shop.orders import checkout, states
from shop.orders import jobs as order_jobs
from shop.orders.models import Order, State
from shop.payments import feeds, refunds
from shop.payments.models import RefundBy
from shop.reconciliation import matching
from shop.reconciliation.models import BankLine, LineState, Reason
from tests import invariants, make, make_livestream, make_money

LAN = checkout.Buyer("Nguyễn Thị Lan", "+84912345678", "Xóm 3, xã Tân Cương, Thái Nguyên")
KILLS, BATCH = 8, 15
WORDS = [
    "A1 x1",
    "A1 x2",
    "A1 x3",
    "thêm 1 hộp A1",
    "hủy A1",
    "A2 x1",
    "A1 giá sao",
    "hủy",
    "A2 x2",
]


def session_of(seller, on_hand, *, cap=None):
    """A session on the air with A1 (`on_hand`, a cap maybe) and A2 (plenty)."""
    on = make_livestream.on_air(seller)
    first = make_livestream.pin(on, "A1", make.variant(make.product(seller), on_hand=on_hand))
    first.cap = cap
    make_livestream.pin(on, "A2", make.variant(make.product(seller), on_hand=10_000))
    make_livestream.live(on)
    db.session.flush()
    return on


def talk(dice, length, people):
    """A session's comments: who said what, second by second."""
    return [
        make_livestream.said(
            dice.choice(WORDS), at=at, author=f"b{dice.randrange(people)}", platform_id=f"{at:05d}"
        )
        for at in range(length)
    ]


def standing(on):
    """Author, code → state and quantity of every claim that came of it, in its order."""
    query = select(Claim).where(Claim.broadcast_id == on.id).order_by(Claim.id)
    made = {}
    for found in db.session.scalars(query.execution_options(populate_existing=True)):
        key = found.buyer.author_id, found.code
        made.setdefault(key, []).append((found.state, found.quantity))
    return made


def unread(on):
    query = select(func.count()).select_from(Comment)
    new = Comment.broadcast_id == on.id, Comment.state == CommentState.NEW
    return db.session.scalar(query.where(*new))


def slowly(read):
    """Read as ever, in so much time that whoever kills finds it at work."""

    def reading(*said):
        time.sleep(0.002)
        return read(*said)

    return reading


def work(app, broadcast_id):
    jobs.BATCH = BATCH
    desk.reading.read = slowly(desk.reading.read)
    with app.app_context():
        jobs.read_comments(broadcast_id)
        db.session.remove()
        db.engine.dispose()


def wait_until_less(broadcast_id, before):
    """Until a worker has read some of what was unread."""
    for _try in range(2000):
        db.session.rollback()
        if unread(db.session.get_one(Broadcast, broadcast_id)) < before:
            return
        time.sleep(0.005)
    raise AssertionError("nobody reads")


def test_a_reader_that_is_killed_again_and_again_makes_the_claims_of_one_that_was_not(
    fresh_database, redis_url, tmp_path
):
    dice = random.Random(7)
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        said = talk(dice, 500, 60)
        with transaction():
            seller = make.seller()
            killed, calm = (session_of(seller, 40, cap=Decimal(30)) for _each in range(2))
            for on in (killed, calm):
                comments.ingest(on, said)
        while unread(calm):
            jobs.read_comments(calm.id)
        broadcast_id, calm_id = killed.id, calm.id
        db.session.remove()
        db.engine.dispose()
        fork, seen = get_context("fork"), []
        for _kill in range(KILLS):
            victim = fork.Process(target=work, args=(app, broadcast_id))
            victim.start()
            wait_until_less(broadcast_id, seen[-1] if seen else len(said))
            time.sleep(dice.uniform(0, 0.08))
            os.kill(victim.pid, signal.SIGKILL)
            victim.join(10)
            assert victim.exitcode == -signal.SIGKILL, "it did not die of itself"
            db.session.rollback()
            seen.append(unread(db.session.get_one(Broadcast, broadcast_id)))
            db.session.remove()
            db.engine.dispose()
        assert 0 < seen[-1] < seen[0] < len(said), "it was killed midway, again and again"
        # A reader works in turns of a few seconds.
        while unread(db.session.get_one(Broadcast, broadcast_id)):
            jobs.read_comments(broadcast_id)
        killed, calm = (
            db.session.get_one(Broadcast, broadcast_id),
            db.session.get_one(Broadcast, calm_id),
        )
        assert unread(killed) == 0
        assert standing(killed) == standing(calm)
        invariants.hold()


def sweep(seconds):
    """What the timetable and the changes of stock ask for, meanwhile."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        jobs.lapse_claims()
        jobs.offer_waiting(
            [row[0] for row in db.session.execute(select(Claim.variant_id).distinct())]
        )
        db.session.rollback()
    return "swept"


def test_a_batch_delivered_three_times_out_of_order_and_at_once_sells_each_unit_once(
    fresh_database, redis_url, tmp_path
):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        said = [
            make_livestream.said("A1 x1", at=at, author=f"b{at}", platform_id=f"{at:05d}")
            for at in range(120)
        ]
        with transaction():
            on = session_of(make.seller(), 50, cap=Decimal(40))
            on_id, key = on.id, broadcasts.ingest_key(on)
        works = [
            lambda seed=seed: make_livestream.deliver(app, on_id, key, list(said), seed)
            for seed in range(3)
        ]
        answers = make_money.at_once(app, [*works, lambda: sweep(2)])
        assert sum(answers[:3]) == 120
        on = db.session.get_one(Broadcast, on_id)
        assert unread(on) == 0
        states_of = [made for each in standing(on).values() for made in each]
        assert sorted(states_of) == sorted([("held", 1)] * 40 + [("waiting", 1)] * 80)
        line = db.session.scalars(
            select(Claim).where(Claim.state == ClaimState.WAITING).order_by(Claim.said_at)
        ).all()
        places = waiting.places(line)
        assert [places[found.id] for found in line] == list(range(1, 81))
        invariants.hold()


def test_buyers_who_confirm_cancel_and_lapse_at_once_leave_nothing_oversold(
    fresh_database, redis_url, tmp_path
):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            seller = make.seller()
            make.bank_account(seller)
            on = session_of(seller, 30)
            comments.ingest(on, talk(random.Random(3), 200, 40))
            on_id = on.id
        jobs.read_comments(on_id)

        def confirm(seed):
            on = db.session.get_one(Broadcast, on_id)
            query = select(Claim.buyer_id).where(Claim.broadcast_id == on.id).distinct()
            buyers = sorted(db.session.scalars(query))
            random.Random(seed).shuffle(buyers)
            db.session.rollback()
            for number, buyer_id in enumerate(buyers):
                with transaction():
                    buyer = db.session.get_one(Buyer, buyer_id)
                    claims.lock([buyer.id])
                    if number % 4 == seed:
                        claims.cancel(buyer, None)
                    elif any(c.state == ClaimState.HELD for c in claims.live(buyer)):
                        claims.confirm(buyer, LAN)
            return "done"

        works = [lambda seed=seed: confirm(seed) for seed in range(3)]
        answers = make_money.at_once(app, [*works, lambda: sweep(2)])
        assert answers == ["done", "done", "done", "swept"]
        jobs.lapse_claims()
        invariants.hold()
        invariants.nobody_is_passed_over()


class Late:
    """A session of 5 hộp; Lan ordered 3 of them from her page and has not paid."""

    def __init__(self, app, run_tasks):
        self.visitor, self.run = app.test_client(), run_tasks
        seller = make.seller()
        self.feed, self.secret = feeds.connect(SYSTEM, make.bank_account(seller))
        self.on = session_of(seller, 5)
        self.variant_id = self.on.pins[0].variant_id
        self.said("A1 x3", "lan", 0)
        self.order = self.confirm("lan")

    def said(self, text, author, at):
        raw = make_livestream.body([make_livestream.said(text, at=at, author=author)])
        headers = make_livestream.headers(broadcasts.ingest_key(self.on), raw)
        path = f"/api/v1/livestreams/{self.on.ref}/comments"
        assert self.visitor.post(path, data=raw, headers=headers).status_code == 202
        self.run()

    def confirm(self, author):
        """Fill in the buyer's page and agree to what it shows."""
        path = f"/chot/{make_livestream.buyer(self.on, author).token}"
        typed = {"name": author.title(), "phone": "0912345678", "address": "Xóm 3, xã Tân Cương"}
        page = self.visitor.get(path).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        page = self.visitor.post(path, data={"csrf_token": token} | typed).text
        form = page[page.index("Xem lại và đặt hàng") :].partition("</form>")[0]
        agreed = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
        assert self.visitor.post(path, data=agreed).status_code == 303
        self.run()
        return claims.ordered(make_livestream.buyer(self.on, author))[-1]

    def pay(self, order):
        """The bank tells of the whole of it; the line it becomes."""
        raw = make_money.notice(self.feed, order.ref, transferAmount=order.total_vnd)
        sent = make_money.send(self.visitor, self.feed, raw, self.secret)
        assert sent.json == {"success": True}
        self.run()
        return db.session.scalars(select(BankLine).order_by(BankLine.id.desc())).first()

    def page(self):
        token = make_livestream.buyer(self.on, "lan").token
        return self.visitor.get(f"/chot/{token}").text

    def lapse(self):
        jobs.lapse_claims()
        self.run()


@pytest.fixture
def late(database, run_tasks):
    return Late(database, run_tasks)


DAY_AFTER = timedelta(hours=25)


def test_money_after_the_hold_lapsed_takes_the_goods_again_when_they_are_there(late):
    with clock.at(clock.now() + DAY_AFTER):
        assert reservations.live(states.holder(late.order)) == {}
        line = late.pay(late.order)
        assert (line.state, line.reason) == (LineState.MATCHED, Reason.REFERENCE)
        assert (late.order.state, late.order.short) == (State.PAID, False)
        assert reservations.live(states.holder(late.order)) == {late.variant_id: Decimal(3)}
        assert stock.saleable([late.variant_id]) == {late.variant_id: 2}
        invariants.hold()


def test_money_after_the_goods_went_to_who_waited_is_paid_no_stock_and_goes_back(late):
    late.said("A1 x4", "an", 1)
    with clock.at(clock.now() + DAY_AFTER):
        late.lapse()
        (an,) = claims.live(make_livestream.buyer(late.on, "an"))
        assert (an.state, an.quantity) == ("held", 4)
        late.pay(late.order)
        assert (late.order.state, late.order.short) == (State.PAID, True)
        assert "Đã trả tiền, hết hàng" in late.page()
        invariants.hold()
        path = f"/don/{late.order.token}"
        page = late.visitor.get(path).text
        assert "Hủy đơn và nhận lại tiền" in page
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        assert late.visitor.post(f"{path}/huy", data={"csrf_token": token}).status_code == 303
        assert late.order.state == State.CANCELLED
        with transaction():
            why = {"reason": "hết hàng", "by": "Kế toán", "key": "late"}
            refunds.decide(late.order, 555_000, RefundBy.CASH, **why)
        assert (late.order.paid_vnd, late.order.refunded_vnd) == (555_000, 555_000)
        assert (an.state, stock.saleable([late.variant_id])) == ("held", {late.variant_id: 1})
        invariants.hold()


def test_who_paid_late_is_served_before_who_waits_when_goods_come(late):
    late.said("A1 x4", "an", 1)
    late.said("A1 x3", "binh", 2)
    with clock.at(clock.now() + DAY_AFTER):
        late.lapse()
        late.pay(late.order)
        assert late.order.short
        with transaction():
            stock.receive(late.variant_id, Decimal(3), source="more")
        late.run()
        assert not late.order.short
        assert reservations.live(states.holder(late.order)) == {late.variant_id: Decimal(3)}
        (binh,) = claims.live(make_livestream.buyer(late.on, "binh"))
        assert binh.state == "waiting"
        invariants.hold()


def test_money_for_an_order_that_expired_waits_for_a_person_who_takes_it_up_again(late):
    with clock.at(clock.now() + DAY_AFTER):
        order_jobs.expire_orders()
        late.run()
        assert late.order.state == State.EXPIRED
        line = late.pay(late.order)
        assert (line.state, line.reason) == (LineState.SUSPENSE, Reason.CLOSED_ORDER)
        invariants.hold()
        with transaction():
            matching.match_to(line, {late.order.ref: None}, "Kế toán")
        late.run()
        assert (late.order.state, late.order.short) == (State.PAID, False)
        assert reservations.live(states.holder(late.order)) == {late.variant_id: Decimal(3)}
        invariants.hold()


def test_a_session_from_comments_to_paid_orders_stands_when_it_is_closed(late):
    late.said("A1 x2", "an", 1)
    late.said("A1 x5", "binh", 2)
    late.pay(late.order)
    with clock.at(clock.now() + timedelta(minutes=1)):
        with transaction():
            on = db.session.scalars(select(Broadcast).with_for_update()).one()
            broadcasts.close(SYSTEM, on)
            settled = claims.settle_unpaid(on)
        late.run()
        assert (settled.claims, settled.orders, settled.on_delivery) == (1, 0, 0)
        assert standing(late.on) == {
            ("lan", "A1"): [("ordered", 3)],
            ("an", "A1"): [("lapsed", 2)],
            ("binh", "A1"): [("waiting", 5)],
        }
        assert db.session.scalars(select(Order.state)).all() == ["paid"]
        invariants.hold()
