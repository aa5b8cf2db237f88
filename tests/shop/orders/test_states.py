"""The moves of an order, walked at random against a table of their own."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from shop.database import db, transaction
from shop.inventory import stock
from shop.inventory.errors import OutOfStock
from shop.inventory.models import StockEntry
from shop.orders import states
from shop.orders.errors import NotAllowed
from shop.orders.models import OrderEvent, State
from shop.outbox import Task
from tests import make, make_money

BACK = {"returned", "partly_returned"}
# Of an order that is paid cashless and delivered, which is what the walk places.
LEGAL = {
    "draft": {"awaiting_payment", "cancelled"},
    "awaiting_payment": {"paid", "cancelled", "expired"},
    "cod_confirmed": {"paid", "packing", "cancelled"},
    "paid": {"packing", "cancelled"},
    "packing": {"shipped", "cancelled"},
    "shipped": {"delivered"} | BACK,
    "delivered": {"completed"} | BACK,
    "completed": BACK,
    "partly_returned": {"completed"} | BACK,
    "returned": set(),
    "cancelled": set(),
    "expired": set(),
}
GOODS = 6
HELD = {"awaiting_payment", "paid", "packing"}
SENT = {"shipped", "delivered", "completed"} | BACK


class Sales(RuleBasedStateMachine):
    """Orders of one pack, of which there are six."""

    orders = Bundle("orders")

    def __init__(self):
        super().__init__()
        self.pack = make.variant(on_hand=GOODS)
        self.bought, self.stands = {}, {}
        db.session.commit()

    @rule(target=orders, quantity=st.integers(1, 4))
    def place(self, quantity):
        free = GOODS - self.sold() - self.promised()
        try:
            with transaction():
                order = make_money.order(variant=self.pack, quantity=quantity)
        except OutOfStock:
            assert quantity > free
            return None
        assert quantity <= free
        self.bought[order.ref], self.stands[order.ref] = quantity, "awaiting_payment"
        return order

    @rule(order=orders, to=st.sampled_from(State))
    def move(self, order, to):
        if order is None:
            return
        before = self.stands[order.ref]
        try:
            with transaction():
                paid = to is State.PAID and to in LEGAL[before]
                make_money.go(order, to) if paid else states.move(order, to, who="thử")
        except NotAllowed:
            assert to not in LEGAL[before]
            return
        assert to in LEGAL[before]
        self.stands[order.ref] = to.value

    def sold(self):
        return sum(self.bought[ref] for ref in self.bought if self.stands[ref] in SENT)

    def promised(self):
        return sum(q for ref, q in self.bought.items() if self.stands[ref] in HELD)

    @invariant()
    def stock_adds_up(self):
        pack = self.pack.id
        assert stock.on_hand([pack])[pack] == GOODS - self.sold() >= self.promised()
        assert stock.saleable([pack])[pack] == GOODS - self.sold() - self.promised() >= 0

    @invariant()
    def every_order_that_was_sent_was_sold_exactly_once(self):
        entries = select(StockEntry).where(
            StockEntry.variant_id == self.pack.id, StockEntry.kind == "sale"
        )
        sales = {row.source: row.quantity for row in db.session.scalars(entries)}
        sent = [ref for ref, state in self.stands.items() if state in SENT]
        assert sales == {f"order:{r}:{self.pack.id}": -self.bought[r] for r in sent}


def test_no_walk_of_moves_breaks_the_table_or_the_stock(database):
    with_less = settings(
        max_examples=10,
        stateful_step_count=15,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Sales, settings=with_less)


def test_the_table_is_the_one_that_was_agreed():
    moves = {before: set(after) for before, after in states.MOVES.items() if before}
    only_then = {
        "awaiting_payment": {"cod_confirmed"},
        "packing": {"delivered"},
        "paid": {"awaiting_payment", "cod_confirmed"},
        "expired": {"paid"},
    }
    assert moves == {state: to | only_then.get(state, set()) for state, to in LEGAL.items()}
    assert states.MOVES[None] == {State.DRAFT, State.AWAITING_PAYMENT}


def test_every_move_is_logged_with_who_and_why(database):
    order = make_money.order()
    states.move(order, State.PAID, who="Ngân hàng báo có", why="FT1")
    states.move(order, State.PACKING, who="Đào Thanh Hảo")
    db.session.flush()
    events = db.session.scalars(select(OrderEvent).order_by(OrderEvent.id)).all()
    assert [(e.from_state, e.to_state, e.who, e.why) for e in events[1:]] == [
        ("awaiting_payment", "paid", "Ngân hàng báo có", "FT1"),
        ("paid", "packing", "Đào Thanh Hảo", ""),
    ]


def test_a_refused_move_changes_and_logs_nothing(database):
    order = make_money.order()
    with pytest.raises(NotAllowed, match="không thể chuyển") as refusal:
        states.move(order, State.SHIPPED, who="thử")
    assert refusal.value.facts == {"state": "awaiting_payment", "to": State.SHIPPED}
    assert order.state == State.AWAITING_PAYMENT
    assert db.session.scalar(select(func.count()).select_from(OrderEvent)) == 1


def test_a_paid_order_has_its_instant_and_tells_the_seller_once(database):
    order = make_money.order()
    make_money.go(order, State.PAID)
    assert order.paid_at is not None
    told = db.session.scalars(select(Task).where(Task.event == "order_paid")).all()
    assert [task.arguments for task in told] == [{"order_id": order.id}]


@pytest.mark.parametrize("path", [["paid"], ["paid", "packing"]], ids=["paid", "packing"])
def test_goods_of_an_order_cancelled_before_it_is_sent_are_for_sale_again(database, path):
    pack = make.variant(on_hand=5)
    order = make_money.order(variant=pack, quantity=2)
    for step in path:
        make_money.go(order, State(step))
    assert stock.saleable([pack.id]) == {pack.id: Decimal(3)}
    states.move(order, State.CANCELLED, who="thử")
    assert stock.saleable([pack.id]) == stock.on_hand([pack.id]) == {pack.id: Decimal(5)}
