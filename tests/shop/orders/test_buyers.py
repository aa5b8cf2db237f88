"""A seller knows its own orders of a buyer, and for a while the parcels they did not take."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts import access
from shop.accounts.access import Actor
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.orders import buyers, jobs, returns
from shop.orders.buyer_models import BuyerMark
from shop.orders.buyers import History
from shop.orders.errors import NoMark
from shop.orders.models import Order, State
from tests import make, make_money

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)  # already the 29th in Vietnam
WHY = "bưu tá gọi ba lần"


@pytest.fixture
def seller(database: Any) -> Any:
    owner = make.seller()
    with database.test_request_context():
        yield owner


@pytest.fixture
def hao(seller: Any) -> Actor:
    return access.of(make.member(seller, name="Hảo"))


def order(seller: Any, quantity: int = 2) -> Order:
    return make_money.order(variant=make.variant(make.product(seller)), quantity=quantity)


def sent(seller: Any, *more: str) -> Order:
    made = order(seller)
    for step in ("paid", "packing", "shipped", *more):
        make_money.go(made, State(step))
    return made


def came_back(made: Order, quantity: int = 2) -> Order:
    came = {made.lines[0].id: Decimal(quantity)}
    returns.take(made, came, restock=True, who="Kho", why="không nhận", key=f"r{made.ref}")
    return made


@pytest.fixture
def refused(seller: Any) -> Order:
    """An order that was sent and came back, never delivered."""
    with clock.at(NOW):
        return came_back(sent(seller))


def marks() -> list[BuyerMark]:
    return list(db.session.scalars(select(BuyerMark).order_by(BuyerMark.id)))


def test_a_history_counts_what_was_bought_paid_and_returned(seller: Any) -> None:
    first, paid, back = order(seller), order(seller), sent(seller, "delivered")
    gone = order(seller)
    make_money.go(gone, State.CANCELLED)
    make_money.go(paid, State.PAID)
    for made in (paid, back):
        made.paid_vnd = made.total_vnd
    db.session.flush()
    came_back(back, 1)
    each = first.total_vnd
    assert buyers.history(seller.id, first.buyer_phone) == History(
        bought=3,
        bought_vnd=3 * each,
        paid=2,
        paid_vnd=2 * each,
        returned=1,
        returned_vnd=back.returned_vnd,
        marks=[],
    )


def test_a_history_is_of_one_seller_and_one_phone(seller: Any) -> None:
    made = order(seller)
    other = order(make.seller(name="HTX Miến"))
    assert other.buyer_phone == made.buyer_phone
    none = History(0, 0, 0, 0, 0, 0, [])
    assert buyers.history(seller.id, made.buyer_phone).bought == 1
    assert buyers.history(seller.id, "+84900000000") == none
    assert buyers.history(seller.id, None) is None
    assert buyers.history(seller.id, "") is None


def test_a_parcel_not_taken_is_marked_with_its_reason_for_twelve_months(
    hao: Actor, refused: Order
) -> None:
    with clock.at(NOW):
        made = buyers.mark(hao, refused, WHY)
        assert buyers.history(refused.seller_id, refused.buyer_phone).marks == [date(2026, 11, 29)]
    assert (made.reason, made.expires_at) == (WHY, clock.midnight(date(2027, 11, 29)))
    trail = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "buyer.mark")).one()
    assert (trail.actor_name, trail.subject, trail.changes["reason"]) == (
        "Hảo",
        refused.ref,
        [None, WHY],
    )


def test_a_mark_names_nobody(hao: Actor, refused: Order) -> None:
    with clock.at(NOW):
        made = buyers.mark(hao, refused, WHY)
    kept = " ".join(str(getattr(made, column.name)) for column in BuyerMark.__table__.columns)
    for secret in (
        refused.buyer_name,
        refused.buyer_phone,
        refused.buyer_phone.removeprefix("+84"),
    ):
        assert secret not in kept
    assert len(made.phone_hash) == 64


def test_another_seller_sees_nothing_of_it(hao: Actor, refused: Order) -> None:
    with clock.at(NOW):
        buyers.mark(hao, refused, WHY)
        other = order(make.seller(name="HTX Miến"))
        assert other.buyer_phone == refused.buyer_phone
        assert buyers.history(other.seller_id, other.buyer_phone).marks == []


@pytest.mark.parametrize("steps", [(), ("delivered",)])
def test_what_is_on_its_way_or_was_taken_is_not_marked(
    seller: Any, hao: Actor, steps: tuple[str, ...]
) -> None:
    made = sent(seller, *steps)
    if steps:
        came_back(made)
    with pytest.raises(NoMark):
        buyers.mark(hao, made, WHY)
    assert marks() == []


def test_a_part_that_came_back_is_not_marked(seller: Any, hao: Actor) -> None:
    made = came_back(sent(seller), 1)
    assert made.state == State.PARTLY_RETURNED
    with pytest.raises(NoMark):
        buyers.mark(hao, made, WHY)
    assert marks() == []


def test_an_order_is_marked_once(hao: Actor, refused: Order) -> None:
    with clock.at(NOW):
        buyers.mark(hao, refused, WHY)
        with pytest.raises(NoMark):
            buyers.mark(hao, refused, WHY)
    assert len(marks()) == 1


def test_a_mark_ends_by_itself_and_is_forgotten(hao: Actor, refused: Order) -> None:
    with clock.at(NOW):
        made = buyers.mark(hao, refused, WHY)
        db.session.commit()
    with clock.at(made.expires_at - timedelta(seconds=1)):
        jobs.forget_marks()
        assert len(buyers.marks(refused.seller_id, refused.buyer_phone)) == 1
    with clock.at(made.expires_at):
        assert buyers.marks(refused.seller_id, refused.buyer_phone) == []
        assert buyers.mark_of(refused) is None
        jobs.forget_marks()
        jobs.forget_marks()
        assert marks() == []
        with pytest.raises(NoMark):  # what is forgotten is not brought up again
            buyers.mark(hao, refused, WHY)


def test_a_lifted_mark_counts_no_more(hao: Actor, refused: Order) -> None:
    with clock.at(NOW):
        made = buyers.mark(hao, refused, WHY)
        buyers.appeal(refused, "Tôi đi viện, đã gọi báo trước")
        buyers.decide(hao, refused, lift=True, answer="Xin lỗi bác, đã gỡ")
        assert buyers.marks(refused.seller_id, refused.buyer_phone) == []
    assert (made.appeal, made.answer) == ("Tôi đi viện, đã gọi báo trước", "Xin lỗi bác, đã gỡ")
    assert (made.lifted_at, made.decided_at, made.decided_by) == (NOW, NOW, hao.user_id)
    assert db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == (
        "buyer.lift"
    )


def test_a_kept_mark_counts_on_and_is_decided_once(hao: Actor, refused: Order) -> None:
    with clock.at(NOW):
        made = buyers.mark(hao, refused, WHY)
        buyers.appeal(refused, "không phải tôi")
        buyers.decide(hao, refused, lift=False, answer="Bưu tá có ghi lại cuộc gọi")
        assert len(buyers.marks(refused.seller_id, refused.buyer_phone)) == 1
        with pytest.raises(NoMark):
            buyers.decide(hao, refused, lift=True, answer="thôi gỡ")
        with pytest.raises(NoMark):
            buyers.appeal(refused, "xét lại đi")
    assert (made.lifted_at, made.appeal) == (None, "không phải tôi")


def test_nothing_is_kept_that_nobody_appealed_against(hao: Actor, refused: Order) -> None:
    with clock.at(NOW):
        made = buyers.mark(hao, refused, WHY)
        with pytest.raises(NoMark):
            buyers.decide(hao, refused, lift=False, answer="giữ")
        assert made.decided_at is None
        buyers.decide(hao, refused, lift=True, answer="ghi nhầm đơn")
        assert made.lifted_at == NOW


def test_there_is_nothing_to_appeal_against_without_a_mark(refused: Order) -> None:
    with pytest.raises(NoMark):
        buyers.appeal(refused, "không phải tôi")
