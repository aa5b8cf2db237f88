"""What a helper sees of one thing to do: the words, what was read in them, the buyer, the reply."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from shop import clock, money, quantities
from shop.accounts.models import User
from shop.database import db
from shop.livestream import baskets, broadcasts, claims, comments, listeners, pins, undoing
from shop.livestream.desk_models import Act
from shop.livestream.models import Broadcast, Buyer, Claim, ClaimState, Comment, Pin
from shop.livestream.queue import Item
from shop.orders import buyers
from shop.orders.buyers import History
from shop.sellers.models import Seller


@dataclass(frozen=True)
class Proposal:
    """A line as the reader understood it: how much in all (as people write it), of which code.

    `sure`: it can be claimed as it stands.
    """

    code: str
    quantity: str
    unit: str
    name: str
    sure: bool


@dataclass(frozen=True)
class Card:
    """One thing to do. Phones are hidden in `author` and `pieces`; `message` is for the buyer.

    `may_reply`: the platform itself can be asked to send them their link.
    """

    item: Item
    author: str
    pieces: list[tuple[str, str]]
    comment: Comment | None
    asks_to_cancel: bool
    proposals: list[Proposal]
    buyer: Buyer | None
    claims: list[Claim]
    message: str
    may_reply: bool
    history: History | None

    @property
    def sure(self) -> bool:
        """Whether everything that was read can be claimed with one press."""
        return bool(self.proposals) and all(line.sure for line in self.proposals)


def card(broadcast: Broadcast, item: Item, link: str, *, with_history: bool) -> Card:
    """Everything of one thing to do. `link` is the address of buyers' pages, up to the token."""
    row = item.row
    comment = row if isinstance(row, Comment) else None
    buyer = row if isinstance(row, Buyer) else _buyer(broadcast, row)
    live = claims.live(buyer) if buyer else []
    read = (comment.reading or {}) if comment else {}
    held = [claim for claim in live if claim.state == ClaimState.HELD]
    # Who tells the buyer is who has the buyer in hand: else two people send the same message.
    told = isinstance(row, Buyer) and bool(held)
    return Card(
        item=item,
        author=comments.hidden(row.name if isinstance(row, Buyer) else row.author_name),
        pieces=comments.pieces(comment.text, read.get("spans", [])) if comment else [],
        comment=comment,
        asks_to_cancel=read.get("kind") == "cancel",
        proposals=_proposals(broadcast, comment, read, live) if comment else [],
        buyer=buyer,
        claims=live,
        message=message(broadcast, buyer, held, link + buyer.token) if buyer and told else "",
        may_reply=isinstance(row, Buyer) and told and listeners.reaches(row),
        history=buyers.history(broadcast.seller_id, buyer.phone)
        if buyer and with_history
        else None,
    )


def _buyer(broadcast: Broadcast, comment: Comment) -> Buyer | None:
    query = select(Buyer).where(
        Buyer.broadcast_id == broadcast.id, Buyer.author_id == comment.author_id
    )
    return db.session.scalar(query)


def _proposals(
    broadcast: Broadcast, comment: Comment, read: dict[str, Any], live: Sequence[Claim]
) -> list[Proposal]:
    if read.get("kind") != "order":
        return []
    lines = [line for line in read["items"] if line["op"] != "remove"]
    return [_proposal(line, _pin(broadcast, comment, line["code"]), live) for line in lines]


def _pin(broadcast: Broadcast, comment: Comment, code: str | None) -> Pin | None:
    return pins.at(broadcast, code or "", comment.posted_at)


def _proposal(line: dict[str, Any], pin: Pin | None, live: Sequence[Claim]) -> Proposal:
    said = Decimal(line["quantity"]) if line["quantity"] else None
    goods = pin.variant if pin else None
    unit = goods.unit if goods else line["unit"] or ""
    spoken, sold = (broadcasts.canonical_unit(word) for word in (line["unit"] or unit, unit))
    fits = spoken == sold
    if said is not None and goods is not None and line["op"] == "add":
        said += sum(claim.quantity for claim in live if claim.variant_id == goods.id)
    whole = said is not None and (said % 1 == 0 or not broadcasts.sold_by_the_piece(unit))
    return Proposal(
        code=line["code"] or "",
        quantity=quantities.show(said) if said is not None and fits else "",
        unit=unit,
        name=goods.product.name if goods else "",
        sure=bool(pin and goods and not pin.variants and fits and whole and said),
    )


def message(broadcast: Broadcast, buyer: Buyer, held: Sequence[Claim], link: str) -> str:
    """What to send a buyer: their name, what is held, the sum, until when, and their link.

    In Vietnamese, whatever language the helper reads.
    """
    with force_locale("vi"):
        return _message(broadcast, buyer, held, link)


def _message(broadcast: Broadcast, buyer: Buyer, held: Sequence[Claim], link: str) -> str:
    seller = db.session.get_one(Seller, broadcast.seller_id)
    lines = [
        _(
            "- %(code)s %(name)s × %(quantity)s: %(amount)s",
            code=claim.code,
            name=claim.variant.product.name,
            quantity=quantities.show_with_unit(claim.quantity, claim.variant.unit),
            amount=money.show(baskets.amount_vnd(claim)),
        )
        for claim in held
    ]
    until = baskets.holds_until(held)
    said = [
        _("Chào %(name)s, %(seller)s đã giữ cho bạn:", name=buyer.name, seller=seller.name),
        *lines,
        _("Tổng tiền hàng: %(total)s", total=money.show(baskets.goods_vnd(held))),
    ]
    if until is not None:
        at = clock.vietnam(until)
        time, day = at.strftime("%H:%M"), at.strftime("%d/%m")
        said.append(_("Giữ hàng đến %(time)s ngày %(day)s.", time=time, day=day))
    said.append(_("Mời bạn xem lại, điền địa chỉ và trả tiền ở đây:"))
    return "\n".join([*said, link])


@dataclass(frozen=True)
class Done:
    """An act that stands, for the list of what was done; `about`: whose words or claims."""

    ref: str
    kind: str
    about: str
    who: str
    by: int | None
    at: datetime


def done(broadcast: Broadcast) -> list[Done]:
    """The session's newest acts that stand, newest first."""
    about = func.coalesce(Comment.author_name, Buyer.name, "")
    query = (
        undoing.standing(broadcast)
        .outerjoin(User, User.id == Act.user_id)
        .outerjoin(Comment, Comment.id == Act.comment_id)
        .outerjoin(Buyer, Buyer.id == Act.buyer_id)
        .with_only_columns(Act.ref, Act.kind, about, User.name, Act.user_id, Act.at)
    )
    return [
        Done(ref, kind, comments.hidden(name), who or "", by, at)
        for ref, kind, name, who, by, at in db.session.execute(query)
    ]
