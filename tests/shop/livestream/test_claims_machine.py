"""Whatever buyers, comments, clock and money do: claims, stock, cap and the line stand.

Hypothesis looks for a sequence that breaks it. What is offered is checked against a line kept
here by hand: down the line in the platform's time, who fits whole is served, others passed over.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from shop import clock
from shop.database import db
from shop.inventory import reservations, stock
from shop.livestream import caps, claims, waiting
from shop.livestream.errors import NotEnough, NothingHeld, OverLimit
from shop.livestream.models import Buyer, Claim, ClaimState
from shop.orders import checkout, states
from shop.orders.models import Order, State
from shop.reconciliation import matching
from tests import invariants, make, make_livestream, make_money

LAN = checkout.Buyer("Nguyễn Thị Lan", "+84912345678", "Xóm 3, xã Tân Cương, Thái Nguyên")
PEOPLE = st.sampled_from(["an", "binh", "chi", "dung", "hoa", "lan", "mai"])
QUANTITY = st.integers(1, 4)
WORDS = st.sampled_from(["A1 x1", "A1 x2", "A1 x3", "A1 x4", "thêm 1 hộp A1", "hủy A1"])
LATE = st.sampled_from([0, 0, 0, 5, 50])


class Session(RuleBasedStateMachine):
    """One session of A1: five hộp on hand, a cap of eight, three to a buyer."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.savepoint = db.session.begin_nested()
        self.context = app.test_request_context()
        self.context.push()
        self.now, self.second = clock.now(), 100
        with clock.at(self.now):
            self.seller = make.seller()
            make.bank_account(self.seller)
            self.on = make_livestream.broadcast(self.seller)
            variant = make.variant(make.product(self.seller), on_hand=5)
            self.pin = make_livestream.pin(self.on, "A1", variant)
            self.pin.cap, self.pin.per_buyer = Decimal(8), Decimal(3)
            self.variant_id = variant.id
            db.session.flush()

    def teardown(self) -> None:
        self.context.pop()
        self.savepoint.rollback()
        db.session.expire_all()

    def buyer(self, author: str) -> Buyer | None:
        query = select(Buyer).where(Buyer.broadcast_id == self.on.id, Buyer.author_id == author)
        return db.session.scalar(query)

    def line(self) -> list[Claim]:
        query = select(Claim).where(
            Claim.broadcast_id == self.on.id, Claim.state == ClaimState.WAITING
        )
        rows = db.session.scalars(query.execution_options(populate_existing=True))
        return sorted(rows, key=lambda c: (c.said_at, c.comment_id, c.id))

    def orders(self, *among: State) -> list[Order]:
        query = select(Order).where(Order.seller_id == self.seller.id, Order.state.in_(among))
        return list(db.session.scalars(query.order_by(Order.id)))

    @rule(said=st.lists(st.tuples(PEOPLE, WORDS, LATE), min_size=1, max_size=6))
    def hear(self, said: list[tuple[str, str, int]]) -> None:
        """Comments are read, most of them orders; now and then one comes late."""
        for author, text, late_by in said:
            self.say(text, author, late_by)

    def say(self, text: str, author: str, late_by: int) -> None:
        self.second += 1
        held = self.held()
        with clock.at(self.now):
            said = make_livestream.said(text, at=self.second - late_by, author=author)
            make_livestream.hear(self.on, said)
        for ref, who in held.items():
            if who != author:
                assert self.held().get(ref) == who, "a word of another takes nothing away"

    def held(self) -> dict[str, str]:
        query = select(Claim).where(Claim.broadcast_id == self.on.id)
        rows = db.session.scalars(query.where(Claim.state == ClaimState.HELD))
        return {found.ref: found.buyer.author_id for found in rows}

    @rule(author=PEOPLE, quantity=st.integers(0, 4))
    def change(self, author: str, quantity: int) -> None:
        """A buyer corrects the quantity on their page."""
        buyer = self.buyer(author)
        if buyer is None:
            return
        with clock.at(self.now):
            for found in claims.live(buyer):
                before = found.state, found.quantity
                try:
                    claims.change(buyer, found.ref, Decimal(quantity))
                except (NotEnough, OverLimit):
                    assert (found.state, found.quantity) == before

    @rule(author=PEOPLE)
    def confirm(self, author: str) -> None:
        """A buyer confirms; when their time was over others may have come first."""
        buyer = self.buyer(author)
        if buyer is None:
            return
        nested = db.session.begin_nested()
        with clock.at(self.now):
            try:
                claims.confirm(buyer, LAN)
                db.session.flush()
                nested.commit()
            except (NothingHeld, NotEnough):
                nested.rollback()

    @rule(data=st.data())
    @precondition(lambda self: self.orders(State.AWAITING_PAYMENT))
    def pay(self, data: st.DataObject) -> None:
        """The bank tells of all the money of an order, in time or after its hold lapsed."""
        order = data.draw(st.sampled_from(self.orders(State.AWAITING_PAYMENT)))
        with clock.at(self.now):
            line = make_money.bank_line(self.seller, order.ref, amount_vnd=order.total_vnd)
            matching.match(line)
            db.session.flush()
        assert order.state == State.PAID
        if not order.short:
            assert reservations.live(states.holder(order)) == states.goods(order)

    @rule(minutes=st.sampled_from([1, 14, 15, 16, 60 * 24]), swept=st.booleans())
    def wait(self, minutes: int, swept: bool) -> None:
        """Time passes; the sweeps come round, or not yet."""
        self.now += timedelta(minutes=minutes)
        if swept:
            with clock.at(self.now):
                claims.lapse()
                states.expire(Order.seller_id == self.seller.id)
                db.session.flush()

    @rule(quantity=QUANTITY, cap=st.booleans())
    def more(self, quantity: int, cap: bool) -> None:
        """Goods come, or the session may sell more of them; nobody has offered it yet."""
        with clock.at(self.now):
            self.second += 1
            stock.receive(self.variant_id, Decimal(quantity), source=f"more:{self.second}")
            if cap and self.pin.cap is not None:
                self.pin.cap += quantity
            db.session.flush()
        self.offer()

    @rule()
    def offer(self) -> None:
        """What a change of stock asks for, against a line kept by hand."""
        with clock.at(self.now):
            free = stock.saleable([self.variant_id])[self.variant_id]
            room = caps.left(self.on.id, "A1", self.variant_id)
            assert room is not None
            expected, left = [], min(free, room)
            for found in self.line():
                if found.quantity <= left:
                    expected.append(found.ref)
                    left -= found.quantity
            before = {found.ref for found in self.line()}
            assert waiting.offer([self.variant_id]) == len(expected)
            db.session.flush()
            assert before - {found.ref for found in self.line()} == set(expected)
            assert waiting.offer([self.variant_id]) == 0, "once"

    @invariant()
    def everything_stands(self) -> None:
        with clock.at(self.now):
            invariants.hold()

    @invariant()
    def places_are_in_the_platforms_order_of_time(self) -> None:
        line = self.line()
        assert [waiting.places(line)[found.id] for found in line] == list(range(1, len(line) + 1))


def test_no_sequence_of_words_clock_and_money_breaks_a_session(database: Any) -> None:
    chosen = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        # Each step is a dozen queries: to shrink a failure would take half an hour.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lambda: Session(database), settings=chosen)
