"""Whatever comes, goes back and is undone: the books sum to zero, no more goes back than came."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from shop.database import db
from shop.errors import DomainError
from shop.ledger import accounts, entries
from shop.orders import states
from shop.orders.models import State
from shop.payments import refunds
from shop.payments.models import Refund, RefundState
from shop.reconciliation import giving_back, matching
from shop.reconciliation.models import Allocation, BankLine, LineState
from tests import make, make_money

DEEDS = ["known", "unknown", "match", "undo", "back", "back", "out", "give_up", "lapse", "reverse"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(DEEDS),
        st.integers(0, 20),
        st.sampled_from([1_000, 185_000, 200_000, 370_000]),
    ),
    max_size=14,
)


class World:
    """A seller with three orders on one account, and what its bank told."""

    def __init__(self):
        self.seller = make.seller()
        pack = make.variant(make.product(self.seller), on_hand=1000)
        self.orders = [make_money.order(variant=pack, quantity=n) for n in (1, 2, 1)]
        self.account = make.bank_account(self.seller)
        self.lines = []

    def tell(self, content, amount_vnd, direction="in"):
        line = make_money.bank_line(
            self.seller,
            content,
            amount_vnd=amount_vnd,
            direction=direction,
            bank_account_id=self.account.id,
        )
        matching.match(line)
        self.lines.append(line)

    def refunds(self, *in_states):
        query = select(Refund).where(Refund.state.in_(in_states or list(RefundState)))
        mine = query.where(Refund.seller_id == self.seller.id).order_by(Refund.id)
        return db.session.scalars(mine).all()

    def do(self, deed, number, amount_vnd):
        order = self.orders[number % 3]
        if deed in ("known", "unknown"):
            self.tell(order.ref if deed == "known" else "tien che", amount_vnd)
        elif deed == "lapse":
            states.move(order, State.EXPIRED if number % 2 else State.CANCELLED, who="thử")
        elif deed in ("out", "give_up"):
            self.end_refund(deed, number, amount_vnd)
        elif self.lines:
            self.say(deed, self.lines[number % len(self.lines)], order)

    def say(self, deed, line, order):
        if deed == "match":
            matching.match_to(line, {order.ref: None}, "Kế toán")
        elif deed == "undo":
            matching.undo(line, "Kế toán")
        elif deed == "back":
            giving_back.decide(line, "Kế toán", "trả lại")
        else:
            for twin in giving_back.twins(line)[:1]:
                giving_back.reversed_by(line, twin, "Kế toán")

    def end_refund(self, deed, number, amount_vnd):
        due = self.refunds(RefundState.DUE)
        if not due:
            self.tell("chi", amount_vnd, "out")
            return
        refund = due[number % len(due)]
        if deed == "out":
            self.tell(f"tra lai {refund.reference}", refund.amount_vnd, "out")
            return
        refunds.fail(refunds.locked(refund.id), "given_up", "")
        meant = select(Allocation).where(
            Allocation.refund_id == refund.id, Allocation.undone_at.is_(None)
        )
        allocation = db.session.scalars(meant).one()
        giving_back.keep(db.session.get_one(BankLine, allocation.bank_line_id), allocation)

    def check(self):
        came = {line.id: line.amount_vnd for line in self.lines if line.direction == "in"}
        went = sum(line.amount_vnd for line in self.lines) - sum(came.values())
        given = sum(r.amount_vnd for r in self.refunds(RefundState.DUE, RefundState.PAID))
        assert given <= sum(came.values())
        assert all(matching.left_vnd(line) >= 0 for line in self.lines)
        books = entries.balances(self.seller.id)
        assert sum(books.values()) == 0
        assert set(books) <= {
            accounts.bank(self.account.ref),
            *(accounts.RECEIVABLE, accounts.CREDIT, accounts.SUSPENSE),
        }
        due = sum(r.amount_vnd for r in self.refunds(RefundState.DUE))
        assert books.get(accounts.bank(self.account.ref), 0) == sum(came.values()) - went
        assert books.get(accounts.RECEIVABLE, 0) == -sum(o.paid_vnd for o in self.orders)
        assert books.get(accounts.CREDIT, 0) == -self.left(LineState.PARTLY) - due
        assert books.get(accounts.SUSPENSE, 0) == -self.left(LineState.SUSPENSE)

    def left(self, state):
        signs = {"in": 1, "out": -1}
        there = [line for line in self.lines if line.state == state]
        return sum(signs[line.direction] * matching.left_vnd(line) for line in there)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_whatever_comes_goes_back_and_is_undone_the_books_agree(app, steps):
    with app.app_context():
        try:
            world = World()
            for deed, number, amount_vnd in steps:
                with suppress(DomainError), db.session.begin_nested():
                    world.do(deed, number, amount_vnd)
                db.session.flush()
                world.check()
        finally:
            db.session.rollback()
