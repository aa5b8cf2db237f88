"""What the console shows: one snapshot of a session, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.livestream import broadcasts, claims, comments
from shop.livestream.models import (
    Broadcast,
    BroadcastState,
    Claim,
    ClaimState,
    Comment,
    CommentState,
)
from shop.orders.models import Order, State

LATEST = 30
SHOWN_CLAIMS = 200
_VOID = (State.CANCELLED, State.EXPIRED)


@dataclass(frozen=True)
class Line:
    """A comment for the screen, its phones hidden, and what the reader saw in it."""

    author: str
    text: str
    at: Any
    state: str
    reason: str | None
    items: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Snapshot:
    """A session at this moment. Money in đồng; `sold` counts orders, the rest counts claims."""

    sold: int
    revenue_vnd: int
    paid_vnd: int
    held: int
    waiting: int
    review: int
    on_table: str | None
    lines: Sequence[Line]
    baskets: Sequence["Basket"]


@dataclass(frozen=True)
class Basket:
    """One buyer: name for the screen, token of their link, claims that are not over."""

    buyer: str
    token: str
    claims: list[Claim]


def snapshot(broadcast: Broadcast) -> Snapshot:
    """Everything the board of `broadcast` shows."""
    states = _counted(broadcast)
    sold, revenue_vnd, paid_vnd = _money(broadcast)
    review = select(func.count()).where(
        Comment.broadcast_id == broadcast.id, Comment.state == CommentState.REVIEW
    )
    return Snapshot(
        sold=sold,
        revenue_vnd=revenue_vnd,
        paid_vnd=paid_vnd,
        held=states.get(ClaimState.HELD, 0),
        waiting=states.get(ClaimState.WAITING, 0),
        review=db.session.scalar(review) or 0,
        on_table=broadcasts.table(broadcast).at(clock.now()),
        lines=_lines(broadcast),
        baskets=_baskets(broadcast),
    )


def _counted(broadcast: Broadcast) -> dict[str, int]:
    query = select(Claim.state, func.count()).where(Claim.broadcast_id == broadcast.id)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Claim.state))}


def _money(broadcast: Broadcast) -> tuple[int, int, int]:
    total = func.coalesce(func.sum(Order.total_vnd), 0)
    paid = func.coalesce(func.sum(Order.paid_vnd), 0)
    query = select(func.count(), total, paid).where(
        Order.source == claims.source_of(broadcast.ref), Order.state.not_in(_VOID)
    )
    sold, total_vnd, paid_vnd = db.session.execute(query).one()
    return sold, int(total_vnd), int(paid_vnd)


def _lines(broadcast: Broadcast) -> list[Line]:
    rehearses = broadcast.state == BroadcastState.REHEARSING
    query = select(Comment).where(
        Comment.broadcast_id == broadcast.id, Comment.rehearsal.is_(rehearses)
    )
    newest = query.order_by(Comment.posted_at.desc(), Comment.id.desc()).limit(LATEST)
    return [
        Line(
            author=comments.hidden(c.author_name),
            text=comments.hidden(c.text),
            at=c.posted_at,
            state=c.state,
            reason=c.reason,
            items=(c.reading or {}).get("items", []),
        )
        for c in db.session.scalars(newest)
    ]


def _baskets(broadcast: Broadcast) -> list[Basket]:
    query = (
        select(Claim)
        .where(Claim.broadcast_id == broadcast.id)
        .where(Claim.state.in_([*claims.LIVE, ClaimState.ORDERED]))
        .options(joinedload(Claim.buyer), *claims.with_goods())
        .order_by(Claim.id.desc())
        .limit(SHOWN_CLAIMS)
    )
    grouped: dict[int, Basket] = {}
    for found in db.session.scalars(query):
        empty = Basket(comments.hidden(found.buyer.name), found.buyer.token, [])
        grouped.setdefault(found.buyer_id, empty).claims.append(found)
    return list(grouped.values())


def goods(actor: Actor) -> list[tuple[str, str]]:
    """What the actor may pin: reference and words of every published variant."""
    query = (
        access.rows(actor, Variant, Permission.LIVESTREAM_RUN)
        .join(Variant.product)
        .where(Product.on_sale)
        .order_by(Product.sort_key, Variant.id)
        .with_only_columns(Variant.ref, Product.name, Variant.pack, Variant.unit)
    )
    rows = db.session.execute(query)
    return [(ref, f"{name} – {pack} ({unit})") for ref, name, pack, unit in rows]
