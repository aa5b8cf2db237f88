"""What came of the teams: helpers, trainings, people set up; each count with the rows behind it.

Plain functions for whoever reports on an area. `communes`: codes of today's communes, None: all.
Days are Vietnamese and both count; heads are sums of what was noted, never typed as a total.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true

from shop import clock
from shop.accounts.models import Delegation
from shop.community.models import Team, TeamMember, Training
from shop.database import db
from shop.sellers.models import ReviewState, Seller

Communes = Collection[str] | None


def teams(communes: Communes, on: date) -> Select[Team]:
    """Teams that stood at the end of a day."""
    end = _after(on)
    stands = Team.closed_at.is_(None) | (Team.closed_at >= end)
    return select(Team).where(_in(Team.area_code, communes), Team.created_at < end, stands)


def helpers(communes: Communes, on: date) -> Select[int]:
    """Users who were in a team at the end of a day, each once."""
    end = _after(on)
    there = TeamMember.left_at.is_(None) | (TeamMember.left_at >= end)
    query = select(TeamMember.user_id).join(Team, Team.id == TeamMember.team_id)
    query = query.where(_in(Team.area_code, communes), TeamMember.joined_at < end, there)
    return query.distinct()


def trainings(communes: Communes, first: date, last: date) -> Select[Training]:
    """Trainings held from `first` to `last`."""
    query = select(Training).join(Team, Team.id == Training.team_id)
    held = Training.held_on.between(first, last) & Training.removed_at.is_(None)
    return query.where(_in(Team.area_code, communes), held)


def heads(communes: Communes, first: date, last: date) -> int:
    """People who came to those trainings; one who came twice counts twice."""
    rows = trainings(communes, first, last).with_only_columns(Training.heads).subquery()
    return int(db.session.scalar(select(func.coalesce(func.sum(rows.c.heads), 0))) or 0)


def set_up(communes: Communes, first: date, last: date) -> Select[Seller]:
    """Sellers who let a helper act for them, the first time in these days, each once."""
    begun = select(Delegation.seller_id).where(Delegation.consented_at.is_not(None))
    begun = begun.group_by(Delegation.seller_id).having(
        func.min(Delegation.consented_at) >= clock.midnight(first),
        func.min(Delegation.consented_at) < _after(last),
    )
    return select(Seller).where(_in(Seller.commune_code, communes), Seller.id.in_(begun))


def on_sale_now(communes: Communes, first: date, last: date) -> Select[Seller]:
    """Those of `set_up` whose stall passed review."""
    return set_up(communes, first, last).where(Seller.review == ReviewState.PASSED)


def count(rows: Select[Any]) -> int:
    """How many rows a figure has."""
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def _in(column: Any, communes: Communes) -> ColumnElement[bool]:
    return true() if communes is None else column.in_(communes)


def _after(day: date) -> datetime:
    return clock.day(day)[1]
