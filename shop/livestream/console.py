"""What the console shows: one snapshot of a session, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.livestream import broadcasts, claims, comments, notices, screens, tallies
from shop.livestream.models import (
    Broadcast,
    BroadcastState,
    Claim,
    ClaimState,
    Comment,
    CommentState,
)
from shop.livestream.plan_models import Notice
from shop.orders.models import Order, State

LATEST = 30
# Sent whole at every change, to phones on slow lines; older ones are found in the queue.
SHOWN_CLAIMS = 60
LATELY = 5
_VOID = (State.CANCELLED, State.EXPIRED)
# In words of the statement, so that the index of what waits for a person is seen to fit.
_REVIEW: BindParameter[str] = bindparam("review", CommentState.REVIEW, literal_execute=True)


@dataclass(frozen=True)
class Line:
    """A comment for the screen: pieces of words with what the reader saw there, phones hidden.

    `confidence`: in percent, of what may change something; else None.
    """

    author: str
    pieces: Sequence[tuple[str, str]]
    at: Any
    state: str
    reason: str | None
    items: Sequence[dict[str, Any]]
    confidence: int | None


@dataclass(frozen=True)
class Basket:
    """One buyer: name for the screen, token of their link, claims that are not over."""

    buyer: str
    token: str
    claims: list[Claim]


@dataclass(frozen=True)
class Sale:
    """Who just bought, as anybody may hear it: given name and the end of the phone."""

    who: str
    total_vnd: int
    at: datetime
    paid: bool


@dataclass(frozen=True)
class Figures:
    """A session at this moment. Money in đồng.

    `sold`, `paid`: orders that stand, and those paid in full; `held`, `waiting`: claims; `review`:
    comments that wait for a person. `paid_percent`: of the revenue.
    """

    sold: int
    paid: int
    revenue_vnd: int
    paid_vnd: int
    held: int
    waiting: int
    review: int
    on_table: str | None
    codes: Sequence[tallies.Tally]

    @property
    def paid_percent(self) -> int:
        """How much of the revenue has come, in whole percent; 100 only when all of it has."""
        return self.paid_vnd * 100 // self.revenue_vnd if self.revenue_vnd else 0

    @property
    def now(self) -> tallies.Tally | None:
        """What is on the table."""
        return next((each for each in self.codes if each.code == self.on_table), None)


@dataclass(frozen=True)
class Snapshot:
    """Everything the helpers' board shows."""

    figures: Figures
    lines: Sequence[Line]
    baskets: Sequence[Basket]
    notices: Sequence[Notice]


@dataclass(frozen=True)
class Stage:
    """Everything the host's screen shows."""

    figures: Figures
    lately: Sequence[Sale]
    notices: Sequence[Notice]


def snapshot(broadcast: Broadcast) -> Snapshot:
    """The board of `broadcast`."""
    return Snapshot(
        figures=_figures(broadcast),
        lines=_lines(broadcast),
        baskets=_baskets(broadcast),
        notices=notices.unseen(broadcast),
    )


def stage(broadcast: Broadcast) -> Stage:
    """The host's screen of `broadcast`."""
    return Stage(
        figures=_figures(broadcast),
        lately=_lately(broadcast),
        notices=notices.unseen(broadcast),
    )


def _figures(broadcast: Broadcast) -> Figures:
    counted = tallies.counts(broadcast)
    sold, paid, revenue_vnd, paid_vnd = _money(broadcast)
    review = select(func.count()).where(
        Comment.broadcast_id == broadcast.id,
        Comment.state == _REVIEW,
        Comment.handled_at.is_(None),
    )
    return Figures(
        sold=sold,
        paid=paid,
        revenue_vnd=revenue_vnd,
        paid_vnd=paid_vnd,
        held=counted.by_state[ClaimState.HELD],
        waiting=counted.by_state[ClaimState.WAITING],
        review=db.session.scalar(review) or 0,
        on_table=broadcasts.table(broadcast).at(clock.now()),
        codes=tallies.of(broadcast, counted),
    )


def _money(broadcast: Broadcast) -> tuple[int, int, int, int]:
    total = func.coalesce(func.sum(Order.total_vnd), 0)
    came = func.coalesce(func.sum(Order.paid_vnd), 0)
    in_full = func.count().filter(Order.paid_vnd >= Order.total_vnd)
    query = select(func.count(), in_full, total, came).where(*_standing(broadcast))
    sold, paid, total_vnd, paid_vnd = db.session.execute(query).one()
    return sold, paid, int(total_vnd), int(paid_vnd)


def _standing(broadcast: Broadcast) -> tuple[ColumnElement[bool], ...]:
    return Order.source == screens.topic(broadcast), Order.state.not_in(_VOID)


def _lately(broadcast: Broadcast) -> list[Sale]:
    query = select(
        Order.buyer_name, Order.buyer_phone, Order.total_vnd, Order.placed_at, Order.paid_vnd
    )
    newest = query.where(*_standing(broadcast)).order_by(Order.placed_at.desc(), Order.id.desc())
    return [
        Sale(_given(name, phone), total_vnd, at, paid_vnd >= total_vnd)
        for name, phone, total_vnd, at, paid_vnd in db.session.execute(newest.limit(LATELY))
    ]


def _given(name: str, phone: str) -> str:
    """ "Nguyễn Thị Lan", "+84912345678" → "Lan •••678": the given name stands last."""
    words = comments.hidden(name).split() or ["–"]
    given = words[-1] if words[-1].isalpha() else " ".join(words)
    return f"{given} •••{phone[-3:]}"


def _lines(broadcast: Broadcast) -> list[Line]:
    rehearses = broadcast.state == BroadcastState.REHEARSING
    query = select(Comment).where(
        Comment.broadcast_id == broadcast.id, Comment.rehearsal.is_(rehearses)
    )
    newest = query.order_by(Comment.posted_at.desc(), Comment.id.desc()).limit(LATEST)
    return [_line(comment, comment.reading or {}) for comment in db.session.scalars(newest)]


def _line(comment: Comment, read: dict[str, Any]) -> Line:
    acts = read.get("kind") in {"order", "cancel"}
    return Line(
        author=comments.hidden(comment.author_name),
        pieces=comments.pieces(comment.text, read.get("spans", [])),
        at=comment.posted_at,
        state=comment.state,
        reason=comment.reason,
        items=read.get("items", []),
        confidence=read.get("confidence") if acts else None,
    )


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
