"""What people do at the desk is noted, and taken back once and exactly."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from shop.accounts import access
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import NotFound
from shop.inventory import stock
from shop.livestream import acts, claims, queue, undoing
from shop.livestream.acts import Line
from shop.livestream.desk_models import Act
from shop.livestream.errors import (
    CannotUndo,
    Handled,
    HasAll,
    NoGoods,
    NoSuchCode,
    NotEnough,
    NotWhole,
    Taken,
)
from shop.livestream.models import Broadcast, Claim, Comment
from shop.orders.checkout import Buyer as Recipient
from tests import make, make_livestream
from tests.make_livestream import START, said

LAN = Recipient("Nguyễn Thị Lan", "+84912345678", "Xóm 3, xã Tân Cương, Thái Nguyên")


@pytest.fixture
def session(database: Any) -> Any:
    """A session with A1 (ten on hand) and B2, under which nothing is sold yet."""
    ours = make.seller()
    make.bank_account(ours)
    with database.test_request_context():
        row = make_livestream.broadcast(ours)
        make_livestream.pin(row, "A1", make.variant(make.product(ours)))
        make_livestream.pin(row, "B2")
        yield row


@pytest.fixture
def hao(session: Broadcast) -> Actor:
    return access.of(make.member(db.session.get(make.Seller, session.seller_id), name="Hảo"))


@pytest.fixture
def unclear(session: Broadcast) -> Comment:
    """Lan said something that a person must look at."""
    make_livestream.hear(session, said("chốt 2 hộp", at=7))
    return make_livestream.comment(session, "chốt 2 hộp")


def held(on: Broadcast, words: str = "A1 x2") -> Claim:
    make_livestream.hear(on, said(words))
    (found,) = claims.live(make_livestream.buyer(on))
    return found


def kinds() -> list[str]:
    return list(db.session.scalars(select(Act.kind).order_by(Act.id)))


def last() -> Act:
    return db.session.scalars(select(Act).order_by(Act.id.desc())).first()


def standing(on: Broadcast) -> list[Act]:
    return list(db.session.scalars(undoing.standing(on)))


def left(variant_id: int) -> Decimal:
    return stock.saleable([variant_id])[variant_id]


def test_a_reviewed_comment_becomes_claims_by_whoever_confirmed_it(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    (claim,) = acts.confirm(hao, unclear, [Line("A1", Decimal(2))])
    assert (claim.state, claim.code, claim.quantity) == ("held", "A1", 2)
    assert (claim.made_by, claim.comment_id, claim.said_at) == (
        hao.user_id,
        unclear.id,
        unclear.posted_at,
    )
    assert (unclear.state, unclear.handled_by, unclear.reason) == ("claimed", hao.user_id, None)
    assert [item.work for item in queue.listed(session)] == ["tell"]
    act = last()
    assert (act.kind, act.user_id, act.comment_id) == ("confirm", hao.user_id, unclear.id)
    assert act.before["comment"]["before"]["state"] == "review"
    assert act.before[claim.ref]["before"] is None


def test_other_goods_than_those_pinned_can_be_chosen(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    seller = db.session.get(make.Seller, session.seller_id)
    other = make.variant(make.product(seller, name="Trà nụ"))
    (claim,) = acts.confirm(hao, unclear, [Line("B2", Decimal(3), other)])
    assert (claim.variant_id, claim.code, claim.quantity) == (other.id, "B2", 3)


def test_what_cannot_be_claimed_says_why_and_changes_nothing(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    for line, refusal in (
        (Line("Z9", Decimal(1)), NoSuchCode),
        (Line("B2", Decimal(1)), NoGoods),
        (Line("A1", Decimal("1.5")), NotWhole),
    ):
        with pytest.raises(refusal):
            acts.confirm(hao, unclear, [line])
    assert (unclear.state, unclear.handled_at) == ("review", None)
    assert (kinds(), db.session.scalars(select(Claim)).all()) == ([], [])


def test_more_than_is_there_waits_in_its_place(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    (claim,) = acts.confirm(hao, unclear, [Line("A1", Decimal(11))])
    assert (claim.state, claim.quantity, claim.said_at) == ("waiting", 11, unclear.posted_at)


def test_what_is_held_is_not_raised_over_what_is_there(session: Broadcast, hao: Actor) -> None:
    claim = held(session)
    make_livestream.hear(session, said("chốt 2 hộp", at=9))
    unclear = make_livestream.comment(session, "chốt 2 hộp")
    with pytest.raises(NotEnough):
        acts.confirm(hao, unclear, [Line("A1", Decimal(11))])
    assert (claim.quantity, unclear.state, kinds()) == (2, "review", [])


def test_a_buyer_who_has_all_that_one_may_have_gets_no_more(session: Broadcast, hao: Actor) -> None:
    claim = held(session)
    session.pins[0].per_buyer = Decimal(2)
    make_livestream.hear(session, said("chốt 2 hộp", at=9))
    unclear = make_livestream.comment(session, "chốt 2 hộp")
    with pytest.raises(HasAll):
        acts.confirm(hao, unclear, [Line("A1", Decimal(5))])
    assert (claim.quantity, unclear.state, kinds()) == (2, "review", [])


def test_one_comment_is_handled_once(session: Broadcast, hao: Actor, unclear: Comment) -> None:
    acts.dismiss(hao, unclear)
    assert (unclear.state, unclear.handled_by) == ("ignored", hao.user_id)
    with pytest.raises(Handled, match="Hảo đã làm việc này rồi"):
        acts.confirm(hao, unclear, [Line("A1", Decimal(1))])
    assert kinds() == ["dismiss"]


def test_what_the_reader_claimed_is_confirmed_by_nobody(session: Broadcast, hao: Actor) -> None:
    held(session)
    with pytest.raises(Handled, match="Máy"):
        acts.dismiss(hao, make_livestream.comment(session, "A1 x2"))
    assert kinds() == []


def test_a_question_is_answered(session: Broadcast, hao: Actor) -> None:
    make_livestream.hear(session, said("A1 bao tiền ạ?"))
    asked = make_livestream.comment(session, "A1 bao tiền ạ?")
    acts.answer(hao, asked)
    assert (asked.state, asked.handled_by, queue.listed(session)) == ("question", hao.user_id, [])


def test_a_buyer_was_told_and_a_phone_hidden(session: Broadcast, hao: Actor) -> None:
    make_livestream.hear(session, said("A1 x2 0912345678"))
    buyer, spoken = (
        make_livestream.buyer(session),
        make_livestream.comment(session, "A1 x2 0912345678"),
    )
    assert sorted(item.work for item in queue.listed(session)) == ["hide", "tell"]
    acts.tell(hao, buyer)
    acts.hide(hao, spoken)
    assert (buyer.told_by, queue.listed(session)) == (hao.user_id, [])
    assert spoken.hidden_at is not None
    with pytest.raises(Handled):
        acts.hide(hao, spoken)
    undoing.undo(hao, last())
    assert (spoken.hidden_at, kinds()) == (None, ["tell", "hide", "undo"])


def test_a_quantity_is_changed_and_put_back(session: Broadcast, hao: Actor) -> None:
    claim = held(session)
    acts.change(hao, claim.buyer, claim.ref, Decimal(5))
    assert (claim.quantity, left(claim.variant_id)) == (5, 5)
    undoing.undo(hao, last())
    assert (claim.state, claim.quantity, left(claim.variant_id)) == ("held", 2, 8)


def test_a_cancelled_claim_is_held_anew(session: Broadcast, hao: Actor) -> None:
    claim = held(session)
    acts.change(hao, claim.buyer, claim.ref, Decimal(0))
    assert (claim.state, left(claim.variant_id)) == ("cancelled", 10)
    assert undoing.undo(hao, last()) == []
    assert (claim.state, claim.quantity, left(claim.variant_id)) == ("held", 2, 8)


def test_a_comment_that_asks_to_cancel_is_handled_with_the_claim(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    claim = held(session)
    acts.cancel(hao, claim.buyer, claim.ref, unclear)
    assert (claim.state, unclear.state, unclear.handled_by) == (
        "cancelled",
        "cancelled",
        hao.user_id,
    )
    undoing.undo(hao, last())
    assert (claim.state, unclear.state, unclear.handled_by) == ("held", "review", None)


def test_goods_that_went_meanwhile_are_waited_for_in_the_old_place(
    session: Broadcast, hao: Actor
) -> None:
    claim = held(session)
    acts.change(hao, claim.buyer, claim.ref, Decimal(0))
    act = last()
    make_livestream.hear(session, said("A1 x10", author="an", at=60))
    assert undoing.undo(hao, act) == [claim]
    assert (claim.state, claim.quantity, claim.said_at) == ("waiting", 2, START)


def test_more_that_went_meanwhile_is_not_put_back(session: Broadcast, hao: Actor) -> None:
    claim = held(session)
    acts.change(hao, claim.buyer, claim.ref, Decimal(1))
    act = last()
    make_livestream.hear(session, said("A1 x9", author="an", at=60))
    with pytest.raises(CannotUndo, match="không còn đủ hàng"):
        undoing.undo(hao, act)
    assert (claim.state, claim.quantity, act.undone_at) == ("held", 1, None)


def test_a_confirmed_comment_comes_back_to_who_took_it_back(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    (claim,) = acts.confirm(hao, unclear, [Line("A1", Decimal(2))])
    undoing.undo(hao, last())
    assert (claim.state, left(claim.variant_id)) == ("cancelled", 10)
    assert (unclear.state, unclear.handled_at, unclear.handled_by) == ("review", None, None)
    assert queue.mine(hao, session).row is unclear
    assert unclear.reason == "no_code"


def test_a_confirmation_on_top_of_a_claim_leaves_the_claim_as_it_was(
    session: Broadcast, hao: Actor
) -> None:
    claim = held(session)
    make_livestream.hear(session, said("chốt 2 hộp", at=9))
    unclear = make_livestream.comment(session, "chốt 2 hộp")
    before = acts.shot(claim, acts.OF_CLAIM)
    acts.confirm(hao, unclear, [Line("A1", Decimal(6))])
    assert (claim.quantity, claim.comment_id) == (6, unclear.id)
    undoing.undo(hao, last())
    assert acts.shot(claim, acts.OF_CLAIM) == before


def test_an_act_is_undone_once(session: Broadcast, hao: Actor, unclear: Comment) -> None:
    acts.dismiss(hao, unclear)
    act = last()
    undoing.undo(hao, act)
    acts.dismiss(hao, unclear)
    with pytest.raises(CannotUndo, match="đã được hoàn tác rồi"):
        undoing.undo(hao, act)
    assert (unclear.state, kinds()) == ("ignored", ["dismiss", "undo", "dismiss"])


def test_what_became_an_order_is_not_undone(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    (claim,) = acts.confirm(hao, unclear, [Line("A1", Decimal(2))])
    act = last()
    (order,) = claims.confirm(claim.buyer, LAN)
    with pytest.raises(CannotUndo, match=f"A1 đã thành đơn {order.ref}"):
        undoing.undo(hao, act)
    assert (claim.state, claim.order_ref, order.state) == ("ordered", order.ref, "awaiting_payment")


def test_what_was_changed_since_is_not_undone(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    (claim,) = acts.confirm(hao, unclear, [Line("A1", Decimal(2))])
    act = last()
    claims.change(claim.buyer, claim.ref, Decimal(4))
    with pytest.raises(CannotUndo, match="A1 đã thay đổi sau đó"):
        undoing.undo(hao, act)
    assert (claim.state, claim.quantity) == ("held", 4)


def test_what_was_claimed_anew_is_not_held_twice(session: Broadcast, hao: Actor) -> None:
    claim = held(session)
    acts.change(hao, claim.buyer, claim.ref, Decimal(0))
    act = last()
    make_livestream.hear(session, said("A1 x3", at=60))
    with pytest.raises(CannotUndo, match="đã chốt lại A1"):
        undoing.undo(hao, act)
    assert [
        (c.state, c.quantity) for c in db.session.scalars(select(Claim).order_by(Claim.id))
    ] == [
        ("cancelled", 2),
        ("held", 3),
    ]


def test_acts_are_undone_from_the_last_one_back(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    (claim,) = acts.confirm(hao, unclear, [Line("A1", Decimal(2))])
    acts.change(hao, claim.buyer, claim.ref, Decimal(5))
    acts.change(hao, claim.buyer, claim.ref, Decimal(0))
    assert [act.kind for act in standing(session)] == ["cancel", "change", "confirm"]
    with pytest.raises(CannotUndo):
        undoing.undo(hao, standing(session)[1])
    assert claim.state == "cancelled"
    for expected in (("held", 5), ("held", 2), ("cancelled", 2)):
        undoing.undo(hao, standing(session)[0])
        assert (claim.state, claim.quantity) == expected
    assert (unclear.state, standing(session)) == ("review", [])


def test_another_runner_of_the_session_undoes_too_but_not_what_somebody_has_in_hand(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    mai = access.of(make.member(db.session.get(make.Seller, session.seller_id), name="Mai"))
    acts.dismiss(hao, unclear)
    act = last()
    queue.take(hao, unclear)
    with pytest.raises(Taken, match="Hảo"):
        undoing.undo(mai, act)
    assert (unclear.state, act.undone_at) == ("ignored", None)
    queue.release(unclear)
    undoing.undo(mai, act)
    assert (unclear.state, last().user_id, last().kind) == ("review", mai.user_id, "undo")


def test_an_act_of_another_session_is_not_found(
    session: Broadcast, hao: Actor, unclear: Comment
) -> None:
    acts.dismiss(hao, unclear)
    other = make_livestream.broadcast(make.seller(name="HTX Miến"))
    with pytest.raises(NotFound):
        undoing.get(other, last().ref)
    assert undoing.get(session, last().ref) is last()
