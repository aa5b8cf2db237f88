"""What an operator says to a session while it runs: a warning its host must see, or a stop.

Law 122/2025/QH15 on e-commerce, Art. 22–24: who runs a platform can show warnings during a
livestream and stop it.
"""

from sqlalchemy import select

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import NotFound
from shop.livestream import broadcasts, closing, screens
from shop.livestream.errors import Closed, NotNow
from shop.livestream.models import Broadcast, BroadcastState
from shop.livestream.plan_models import Notice, NoticeKind


def warn(actor: Actor, broadcast: Broadcast, words: str) -> Notice:
    """Show `words` on the screens of a running session until its host says to have read them.

    Raises NotNow when it does not run.
    """
    if broadcast.state not in broadcasts.RUNNING:
        raise NotNow
    audit.note(actor, "livestream.warn", broadcast, broadcast.title)
    screens.tell(broadcast)
    return _say(actor, broadcast, NoticeKind.WARNING, words)


def stop(actor: Actor, broadcast: Broadcast, words: str) -> Notice:
    """End the session, for the reason `words`. Raises Closed when it is over already."""
    if broadcast.state == BroadcastState.CLOSED:
        raise Closed
    closing.close(actor, broadcast)
    broadcast.stopped_at, broadcast.stop_reason = broadcast.closed_at, words
    audit.note(actor, "livestream.stop", broadcast, broadcast.title)
    screens.tell(broadcast)
    return _say(actor, broadcast, NoticeKind.STOP, words)


def _say(actor: Actor, broadcast: Broadcast, kind: NoticeKind, words: str) -> Notice:
    row = Notice(
        broadcast_id=broadcast.id, kind=kind, words=words, at=clock.now(), by=actor.user_id
    )
    db.session.add(row)
    db.session.flush()
    return row


def acknowledge(actor: Actor, broadcast: Broadcast, ref: str) -> None:
    """The host has read it; twice is once. Raises NotFound for another session's."""
    query = select(Notice).where(Notice.broadcast_id == broadcast.id, Notice.ref == ref)
    row = db.session.scalar(query.with_for_update())
    if row is None:
        raise NotFound(ref=ref)
    if row.seen_at is None:
        row.seen_at = clock.now()
        audit.note(actor, "livestream.acknowledge", broadcast, broadcast.title)
        screens.tell(broadcast)


def unseen(broadcast: Broadcast) -> list[Notice]:
    """What the host has not said to have read, oldest first."""
    return [row for row in of(broadcast) if row.seen_at is None]


def of(broadcast: Broadcast) -> list[Notice]:
    """Everything that was said to this session, oldest first."""
    query = select(Notice).where(Notice.broadcast_id == broadcast.id).order_by(Notice.id)
    return list(db.session.scalars(query))
