"""What viewers say against a session: taken from anybody who has its address, seen to by people.

Law 122/2025/QH15 on e-commerce, Art. 22–24: complaints are taken during a livestream and after.
"""

from typing import Any

from sqlalchemy import Select, func, select

from shop import clock
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import NotFound
from shop.livestream import comments
from shop.livestream.models import Broadcast
from shop.livestream.plan_models import Complaint


def session(ref: str) -> Broadcast:
    """A session that was on the air, for anybody who has its reference. Raises NotFound."""
    query = select(Broadcast).where(Broadcast.ref == ref, Broadcast.live_at.is_not(None))
    row = db.session.scalar(query)
    if row is None:
        raise NotFound(ref=ref)
    return row


def complain(broadcast: Broadcast, data: dict[str, Any]) -> Complaint:
    """Keep what a viewer says; `data` as ComplaintSchema gives it."""
    row = Complaint(
        seller_id=broadcast.seller_id,
        broadcast_id=broadcast.id,
        text=data["text"],
        contact=data["contact"],
        at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def of(actor: Actor, broadcast: Broadcast) -> Select[Any]:
    """What was said against a session, what nobody has seen to first, then the newest."""
    query = access.rows(actor, Complaint, Permission.LIVESTREAM_READ)
    query = query.where(Complaint.broadcast_id == broadcast.id)
    return query.order_by(Complaint.handled_at.is_not(None), Complaint.id.desc())


def counted(broadcast: Broadcast) -> tuple[int, int]:
    """How many there are, and how many nobody has seen to."""
    open_ = func.count().filter(Complaint.handled_at.is_(None))
    query = select(func.count(), open_).where(Complaint.broadcast_id == broadcast.id)
    total, waiting = db.session.execute(query).one()
    return total, waiting


def handle(actor: Actor, complaint: Complaint) -> None:
    """Somebody has seen to it; twice is once."""
    if complaint.handled_at is None:
        complaint.handled_at, complaint.handled_by = clock.now(), actor.user_id
        audit.note(actor, "complaint.handle", complaint, comments.hidden(complaint.text)[:60])
