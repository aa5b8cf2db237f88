"""The audit trail: who changed what, on which row, from what to what."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from shop import logs
from shop.accounts.access import Actor
from shop.accounts.models import AuditEntry, Owned
from shop.database import db

# Never written down: who may read the trail need not be able to use what it names.
_SECRET_WORDS = ("password", "secret", "token", "sealed", "account_number", "personal")
_FLUSHED = "flushed_changes"
_NOISE = {"updated_at", "words", "folded", "sounded", "sort_key", "slug", "id"}


def note(actor: Actor, action: str, row: Owned, subject: str) -> None:
    """Record `action` ("product.update") by `actor` on `row`, with what changed of it.

    Call it after changing the row, in the same transaction.
    """
    changed = changes(row)
    if row.seller_id is None or row.ref is None:
        db.session.flush()
    write(actor, action, row.seller_id, subject, row.ref, changed)


def write(
    actor: Actor,
    action: str,
    seller_id: int | None,
    subject: str,
    ref: str,
    changed: dict[str, Any],
) -> None:
    """Record `action` on something that is no row of a seller (a member, a setting).

    `seller_id` None: on something of the platform (a team, a landmark).
    """
    db.session.add(
        AuditEntry(
            seller_id=seller_id,
            actor_id=actor.user_id,
            actor_name=actor.name,
            behalf_of=actor.acts_for(seller_id),
            action=action,
            subject=subject,
            subject_ref=ref,
            changes=changed,
            request_id=logs.request_id(),
        )
    )


def changes(row: Any) -> dict[str, list[Any]]:
    """What was set on `row` in this transaction: column → [before, after] (JSON values)."""
    flushed: dict[str, list[Any]] = db.session().info.get(_FLUSHED, {}).get(row, {})
    return _merged(flushed, _unsaved(row))


def _unsaved(row: Any) -> dict[str, list[Any]]:
    state = inspect(row)
    changed: dict[str, list[Any]] = {}
    for column in state.mapper.column_attrs:
        history = state.attrs[column.key].history
        if history.has_changes() and column.key not in _NOISE:
            before = history.deleted[0] if history.deleted else None
            after = history.added[0] if history.added else None
            changed[column.key] = [_plain(column.key, before), _plain(column.key, after)]
    return changed


def _merged(first: dict[str, list[Any]], then: dict[str, list[Any]]) -> dict[str, list[Any]]:
    merged = {name: [first.get(name, pair)[0], pair[1]] for name, pair in then.items()}
    return {name: pair for name, pair in (first | merged).items() if pair[0] != pair[1]}


@event.listens_for(Session, "before_flush")
def _remember(session: Session, *_more: Any) -> None:
    # A query in the middle of a verb flushes what was set so far, and SQLAlchemy then forgets
    # what stood there before; the trail must not.
    for row in session.dirty:
        if isinstance(row, Owned):
            kept = session.info.setdefault(_FLUSHED, {})
            kept[row] = _merged(kept.get(row, {}), _unsaved(row))


def _plain(name: str, value: Any) -> Any:
    if value is not None and any(word in name for word in _SECRET_WORDS):
        return "•••"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
