"""Festivals: events that group sessions of many sellers; made by operators, chosen by sessions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, func, literal, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import NotFound
from shop.livestream.errors import FestivalOver
from shop.livestream.models import Broadcast
from shop.livestream.plan_models import Festival
from shop.orders.models import Order, State

VOID = (State.CANCELLED, State.EXPIRED)


def make(data: dict[str, Any]) -> Festival:
    """A new festival; `data` as FestivalSchema gives it."""
    row = Festival(**data)
    db.session.add(row)
    db.session.flush()
    return row


def change(festival: Festival, data: dict[str, Any]) -> None:
    """Other name, place or days; its sessions stay."""
    for name, value in data.items():
        setattr(festival, name, value)


def get(ref: str) -> Festival:
    """A festival by its reference; festivals are for everybody to see. Raises NotFound."""
    row = db.session.scalar(select(Festival).where(Festival.ref == ref))
    if row is None:
        raise NotFound(ref=ref)
    return row


def every() -> Select[Any]:
    """Every festival, the latest first."""
    return select(Festival).order_by(Festival.starts_on.desc(), Festival.id.desc())


def to_come() -> list[Festival]:
    """Those that are on or will be: what a session may be planned for."""
    query = select(Festival).where(Festival.ends_on >= clock.today())
    return list(db.session.scalars(query.order_by(Festival.starts_on, Festival.id)))


def expect_on(festival: Festival, at: datetime | None) -> None:
    """Raises FestivalOver unless it is on that day, or, with no day named, not over yet."""
    on = clock.vietnam(at).date() if at else clock.today()
    begun = at is None or festival.starts_on <= on
    if not begun or on > festival.ends_on:
        raise FestivalOver(festival.name)


@dataclass(frozen=True)
class Result:
    """What came of sessions: orders that stand, their sum and what of it was paid, in đồng."""

    orders: int = 0
    revenue_vnd: int = 0
    paid_vnd: int = 0


def sessions(actor: Actor, festival: Festival) -> Select[Any]:
    """The sessions of a festival that the actor may see, the newest first."""
    mine = access.rows(actor, Broadcast, Permission.LIVESTREAM_READ)
    mine = mine.where(Broadcast.festival_id == festival.id)
    mine = mine.options(joinedload(Broadcast.seller))
    return mine.order_by(Broadcast.starts_at.desc().nulls_last(), Broadcast.id.desc())


def results(broadcasts: Iterable[Broadcast]) -> dict[int, Result]:
    """Broadcast id → what came of it; one query for all of them."""
    named = {f"livestream:{row.ref}": row.id for row in broadcasts}
    query = select(Order.source, *_sums()).where(Order.source.in_(named), Order.state.not_in(VOID))
    rows = db.session.execute(query.group_by(Order.source))
    found = {named[source]: Result(n, int(total), int(paid)) for source, n, total, paid in rows}
    return {row_id: found.get(row_id, Result()) for row_id in named.values()}


def total(actor: Actor, festival: Festival) -> Result:
    """The same for all sessions of the festival that the actor may see together."""
    mine = sessions(actor, festival).order_by(None)
    sources = mine.with_only_columns(literal("livestream:", String) + Broadcast.ref)
    query = select(*_sums()).where(Order.source.in_(sources), Order.state.not_in(VOID))
    count, revenue_vnd, paid_vnd = db.session.execute(query).one()
    return Result(count, int(revenue_vnd), int(paid_vnd))


def _sums() -> tuple[Any, Any, Any]:
    total_vnd = func.coalesce(func.sum(Order.total_vnd), 0)
    return func.count(Order.id), total_vnd, func.coalesce(func.sum(Order.paid_vnd), 0)
