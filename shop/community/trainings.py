"""The log of trainings: when, where, how many came, what about. Sums are counted, never typed."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.community.models import Team, Training
from shop.database import db
from shop.errors import NotFound


def note(actor: Actor, team: Team, data: dict[str, Any]) -> Training:
    """A training that was held; `data` as TrainingSchema gives it."""
    if actor.user_id is None:
        raise ValueError("a person notes a training")
    facts = {name: data[name] for name in ("held_on", "place", "heads", "topics")}
    row = Training(team_id=team.id, by_id=actor.user_id, **facts)
    db.session.add(row)
    db.session.flush()
    _note(actor, "training.note", row, {"heads": [None, row.heads]})
    return row


def remove(actor: Actor, row: Training) -> None:
    """One noted by mistake counts no more; twice is once."""
    if row.removed_at is None:
        row.removed_at = clock.now()
        _note(actor, "training.remove", row, {"heads": [row.heads, None]})


def of(team_ids: Collection[int]) -> Select[Training]:
    """The trainings of these teams that count, the newest first."""
    query = select(Training).where(Training.team_id.in_(team_ids), Training.removed_at.is_(None))
    query = query.options(joinedload(Training.team), joinedload(Training.by))
    return query.order_by(Training.held_on.desc(), Training.id.desc())


def total(team_ids: Collection[int]) -> tuple[int, int]:
    """How many trainings these teams held, and how many heads came to all of them."""
    mine = of(team_ids).order_by(None).options().with_only_columns(Training.heads).subquery()
    query = select(func.count(), func.coalesce(func.sum(mine.c.heads), 0)).select_from(mine)
    count, heads = db.session.execute(query).one()
    return count, int(heads)


def get(ref: str, team_ids: Collection[int]) -> Training:
    """A training of one of these teams, locked. Raises NotFound."""
    query = select(Training).where(Training.ref == ref, Training.team_id.in_(team_ids))
    row = db.session.scalar(query.with_for_update())
    if row is None:
        raise NotFound(ref=ref)
    return row


def _note(actor: Actor, action: str, row: Training, changed: dict[str, Any]) -> None:
    audit.write(actor, action, None, row.place, row.ref, changed)
