"""Acts at the desk taken back: once, exactly, and only while nobody built on them."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, select

from shop import clock
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import NotFound
from shop.livestream import acts, claims, holds, queue, waiting, wishes
from shop.livestream.acts import Deed
from shop.livestream.desk_models import Act
from shop.livestream.errors import CannotUndo
from shop.livestream.models import Broadcast, Buyer, Claim, ClaimState, Comment

SHOWN = 20


def get(broadcast: Broadcast, ref: str) -> Act:
    """An act of the session, locked. Raises NotFound."""
    query = select(Act).where(Act.broadcast_id == broadcast.id, Act.ref == ref)
    query = query.where(Act.kind != Deed.UNDO).with_for_update()
    act = db.session.scalar(query.execution_options(populate_existing=True))
    if act is None:
        raise NotFound(ref=ref)
    return act


def standing(broadcast: Broadcast) -> Select[Any]:
    """The session's acts that stand, newest first, twenty at most."""
    query = select(Act).where(
        Act.broadcast_id == broadcast.id, Act.kind != Deed.UNDO, Act.undone_at.is_(None)
    )
    return query.order_by(Act.at.desc(), Act.id.desc()).limit(SHOWN)


def undo(actor: Actor, act: Act) -> list[Claim]:
    """Put everything back as it was before the locked act; returns claims that now wait for goods.

    Goods are held anew as far as there are any; what came too late waits in its old place. Raises
    CannotUndo, and nothing changes, when it was undone before, something came of it since (an
    order, a later act or word), or there is not enough for what was held.
    """
    if act.undone_at is not None:
        raise CannotUndo(_("việc này đã được hoàn tác rồi."))
    kept = dict(act.before)
    comment = _locked(Comment, act.comment_id)
    buyer = _locked(Buyer, act.buyer_id)
    for row, name, columns in (
        (comment, "comment", acts.OF_COMMENT),
        (buyer, "buyer", acts.OF_BUYER),
    ):
        if row is not None and name in kept:
            queue.expect_free(actor, row)
            _put_back(row, kept[name], columns)
        kept.pop(name, None)
    found = _claims(buyer, kept) if buyer is not None and kept else []
    for claim in found:
        _restore(claim, kept[claim.ref])
    act.undone_at = clock.now()
    db.session.add(_undone(actor, act))
    if comment is not None and "comment" in act.before:
        queue.take(actor, comment)
    return [claim for claim in found if claim.state == ClaimState.WAITING]


def _locked(model: Any, row_id: int | None) -> Any:
    if row_id is None:
        return None
    locking = {"key_share": True}
    return db.session.get(model, row_id, with_for_update=locking, populate_existing=True)


def _put_back(row: Comment | Buyer, pair: dict[str, Any], columns: tuple[str, ...]) -> None:
    if acts.shot(row, columns) != pair["after"]:
        raise CannotUndo(_("sau đó đã có người làm tiếp. Hoàn tác việc sau trước."))
    acts.put_back(row, pair["before"])


def _claims(buyer: Buyer, kept: dict[str, Any]) -> list[Claim]:
    concerned = select(Claim).where(Claim.buyer_id == buyer.id, Claim.ref.in_(kept))
    variants = {claim.variant_id for claim in db.session.scalars(concerned)}
    claims.lock([buyer.id], variants)
    again = concerned.order_by(Claim.id).execution_options(populate_existing=True)
    return list(db.session.scalars(again.with_for_update()))


def _restore(claim: Claim, pair: dict[str, Any]) -> None:
    before, after = pair["before"], pair["after"]
    if claim.state == ClaimState.ORDERED:
        raise CannotUndo(_("%(code)s đã thành đơn %(ref)s.", code=claim.code, ref=claim.order_ref))
    lives = claim.state in wishes.LIVE
    if before is None and not lives:
        return  # it lapsed or was given back meanwhile: there is nothing left to take back
    if not _as_left(claim, after):
        raise CannotUndo(_("%(code)s đã thay đổi sau đó.", code=claim.code))
    if before is None:
        holds.end(claim, ClaimState.CANCELLED)
    elif before["state"] in wishes.LIVE:
        _hold_again(claim, before)


def _as_left(claim: Claim, after: dict[str, Any]) -> bool:
    """Whether the claim still says what the act made of it; to be served meanwhile is no change."""
    if (claim.state in wishes.LIVE) != (after["state"] in wishes.LIVE):
        return False
    return claim.state not in wishes.LIVE or claim.quantity == Decimal(after["quantity"])


def _hold_again(claim: Claim, before: dict[str, Any]) -> None:
    quantity = Decimal(before["quantity"])
    told = {name: value for name, value in before.items() if name not in {"state", "quantity"}}
    acts.put_back(claim, told)
    if claim.state == ClaimState.HELD:
        if quantity != claim.quantity and not wishes.alter(claim, quantity):
            name = claim.variant.product.name
            raise CannotUndo(_("“%(name)s” không còn đủ hàng.", name=name))
        return
    if claim.state not in wishes.LIVE:
        _expect_alone(claim)
    claim.state, claim.quantity = ClaimState.WAITING, quantity
    db.session.flush()
    waiting.offer([claim.variant_id])


def _expect_alone(claim: Claim) -> None:
    """The buyer may have claimed the same goods anew."""
    query = select(Claim.id).where(
        Claim.buyer_id == claim.buyer_id,
        Claim.variant_id == claim.variant_id,
        Claim.state.in_(wishes.LIVE),
    )
    if db.session.scalar(query) is not None:
        raise CannotUndo(_("người này đã chốt lại %(code)s.", code=claim.code))


def _undone(actor: Actor, act: Act) -> Act:
    """That it was undone, and by whom, is an act too, which stays."""
    concerned = {"comment_id": act.comment_id, "buyer_id": act.buyer_id}
    return Act(
        broadcast_id=act.broadcast_id,
        user_id=actor.user_id,
        kind=Deed.UNDO,
        before={"undone": act.ref},
        at=clock.now(),
        **concerned,
    )
