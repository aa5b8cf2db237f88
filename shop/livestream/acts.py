"""What people do at the desk, each noted with how it was before, so that it can be undone.

Every verb takes a locked comment or buyer (`queue.comment`, `queue.buyer`) and refuses what
somebody else has in hand.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop import clock, outbox
from shop.accounts.access import Actor
from shop.catalogue.models import Variant
from shop.database import db
from shop.livestream import broadcasts, claims, desk, pins, queue
from shop.livestream.desk_models import Act
from shop.livestream.errors import Handled, HasAll, NoGoods, NoSuchCode, NotEnough, NotWhole
from shop.livestream.models import Broadcast, Buyer, Claim, Comment, CommentState

_REPLY = "shop.livestream.source_jobs.send_link"

# What of each row is kept, to be put back.
OF_CLAIM = ("state", "quantity", "price_vnd", "pin_id", "comment_id", "said_at", "made_by")
OF_COMMENT = ("state", "reason", "handled_by", "handled_at", "hidden_at")
OF_BUYER = ("told_at", "told_by")


class Deed(StrEnum):
    """The kinds of acts."""

    CONFIRM = "confirm"
    CHANGE = "change"
    CANCEL = "cancel"
    DISMISS = "dismiss"
    ANSWER = "answer"
    TELL = "tell"
    HIDE = "hide"
    UNDO = "undo"


@dataclass(frozen=True)
class Line:
    """What a person read in a comment: so much, in all, of a code. `variant` None: as pinned."""

    code: str
    quantity: Decimal
    variant: Variant | None = None


def confirm(actor: Actor, comment: Comment, lines: Sequence[Line]) -> list[Claim]:
    """A person says what the comment orders; returns the buyer's claims of it.

    What is not there in full waits in its place in the line. Raises Taken, Handled, NoSuchCode,
    NoGoods, NotWhole, NotEnough where what is held already cannot be raised, HasAll.
    """
    _expect_open(actor, comment)
    broadcast = db.session.get_one(Broadcast, comment.broadcast_id)
    buyer = desk.buyers(broadcast, [comment])[comment.author_id]
    wishes = [_wish(actor, broadcast, comment, line) for line in lines]
    claims.lock([buyer.id], {wish.variant.id for wish in wishes})
    queue.expect_free(actor, buyer)
    with _noted(actor, Deed.CONFIRM, comment=comment, buyer=buyer):
        for wish in wishes:
            outcome = claims.enter(buyer, wish)
            if outcome is claims.Outcome.SHORT:
                raise NotEnough(wish.variant.product.name)
            if outcome is claims.Outcome.FULL:
                raise HasAll(wish.variant.product.name)
        _handle(actor, comment, CommentState.CLAIMED)
    wanted = {wish.variant.id for wish in wishes}
    return [found for found in claims.live(buyer) if found.variant_id in wanted]


def _wish(actor: Actor, broadcast: Broadcast, comment: Comment, line: Line) -> claims.Wish:
    pin = pins.at(broadcast, line.code, comment.posted_at)
    if pin is None:
        raise NoSuchCode(line.code)
    variant = line.variant or pin.variant
    if variant is None:
        raise NoGoods(line.code)
    if line.quantity % 1 and broadcasts.sold_by_the_piece(variant.unit):
        raise NotWhole(variant.unit)
    # The session's price is that of the goods pinned, not of others chosen instead.
    meant = pin if pin.variant_id == variant.id else None
    return claims.Wish(
        line.code, variant, line.quantity, pin=meant, said=comment, made_by=actor.user_id
    )


def change(actor: Actor, buyer: Buyer, claim_ref: str, quantity: Decimal) -> None:
    """Another quantity of one claim. Raises Taken and what `claims.change` raises."""
    queue.expect_free(actor, buyer)
    with _noted(actor, Deed.CHANGE if quantity else Deed.CANCEL, buyer=buyer):
        claims.change(buyer, claim_ref, quantity)


def cancel(actor: Actor, buyer: Buyer, claim_ref: str, comment: Comment | None = None) -> None:
    """Give back one claim; `comment`, which asked for it, is handled by that.

    Raises Taken, Handled, NotFound.
    """
    queue.expect_free(actor, buyer)
    if comment is not None:
        _expect_open(actor, comment)
    with _noted(actor, Deed.CANCEL, comment=comment, buyer=buyer):
        claims.change(buyer, claim_ref, Decimal(0))
        if comment is not None:
            _handle(actor, comment, CommentState.CANCELLED)


def dismiss(actor: Actor, comment: Comment) -> None:
    """Nothing comes of the comment. Raises Taken, Handled."""
    _expect_open(actor, comment)
    with _noted(actor, Deed.DISMISS, comment=comment):
        _handle(actor, comment, CommentState.IGNORED)


def answer(actor: Actor, comment: Comment) -> None:
    """The question was answered. Raises Taken, Handled."""
    _expect_open(actor, comment)
    with _noted(actor, Deed.ANSWER, comment=comment):
        _handle(actor, comment, CommentState(comment.state))


def tell(actor: Actor, buyer: Buyer) -> None:
    """The buyer was sent their link. Raises Taken."""
    queue.expect_free(actor, buyer)
    with _noted(actor, Deed.TELL, buyer=buyer):
        buyer.told_at, buyer.told_by = clock.now(), actor.user_id
        queue.release(buyer)


def reply(actor: Actor, buyer: Buyer) -> None:
    """Have the platform send the buyer their link; they are told once it took it. Raises Taken."""
    queue.expect_free(actor, buyer)
    outbox.ask_once(_REPLY, {"buyer_id": buyer.id, "user_id": actor.user_id})
    queue.release(buyer)


def hide(actor: Actor, comment: Comment) -> None:
    """The platform shows the comment, and the phone in it, no more. Raises Taken, Handled."""
    queue.expect_free(actor, comment)
    if comment.hidden_at is not None:
        raise Handled(_("Có người"))
    with _noted(actor, Deed.HIDE, comment=comment):
        comment.hidden_at = clock.now()
        queue.release(comment)


def _expect_open(actor: Actor, comment: Comment) -> None:
    queue.expect_free(actor, comment)
    if comment.state in {CommentState.REVIEW, CommentState.QUESTION} and not comment.handled_at:
        return
    raise Handled(queue.name(comment.handled_by) or _("Máy"))


def _handle(actor: Actor, comment: Comment, state: CommentState) -> None:
    comment.state, comment.reason = state, None
    comment.handled_by, comment.handled_at = actor.user_id, clock.now()
    queue.release(comment)


@contextmanager
def _noted(
    actor: Actor, deed: Deed, *, comment: Comment | None = None, buyer: Buyer | None = None
) -> Iterator[None]:
    """Note what the block changes; a refusal in it rolls all back, the note too."""
    before = _shots(comment, buyer)
    yield
    db.session.flush()
    after = _shots(comment, buyer)
    concerned = comment or buyer
    db.session.add(
        Act(
            broadcast_id=concerned.broadcast_id if concerned else None,
            user_id=actor.user_id,
            kind=deed,
            comment_id=comment.id if comment else None,
            buyer_id=buyer.id if buyer else None,
            before={
                key: {"before": before.get(key), "after": value}
                for key, value in after.items()
                if before.get(key) != value
            },
            at=clock.now(),
        )
    )


def _shots(comment: Comment | None, buyer: Buyer | None) -> dict[str, Any]:
    """The rows as they stand: "comment", "buyer", and each claim of the buyer by its reference."""
    found: dict[str, Any] = {}
    if comment is not None:
        found["comment"] = shot(comment, OF_COMMENT)
    if buyer is not None:
        found["buyer"] = shot(buyer, OF_BUYER)
        of_buyer = select(Claim).where(Claim.buyer_id == buyer.id)
        found |= {claim.ref: shot(claim, OF_CLAIM) for claim in db.session.scalars(of_buyer)}
    return found


def shot(row: Comment | Buyer | Claim, columns: Sequence[str]) -> dict[str, Any]:
    """These columns of a row, as JSON keeps them."""
    return {name: _plain(getattr(row, name)) for name in columns}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.3f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value


def put_back(row: Comment | Buyer | Claim, kept: dict[str, Any]) -> None:
    """Write what `shot` kept into the row."""
    for name, value in kept.items():
        setattr(
            row, name, datetime.fromisoformat(value) if name.endswith("_at") and value else value
        )
