"""Who speaks in a seller's sessions: declared by the seller, compared by a reviewer, ended.

Law 122/2025/QH15 on e-commerce, Art. 22–24. A reviewer compares name, birthday and the last three
digits with the card, over a call or in person; no picture of it is kept (Law 91/2025/QH15).
"""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import BadInput
from shop.livestream.errors import HostEnded
from shop.livestream.plan_models import Host
from shop.sellers.models import Seller


def enter(actor: Actor, seller: Seller, data: dict[str, Any]) -> Host:
    """Somebody who will host, with their consent. `data` as HostSchema gives it."""
    row = Host(
        seller_id=seller.id,
        name=data["name"],
        born_on=data["born_on"],
        personal_number=data["personal_number"].encode(),
        agreed_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    audit.note(actor, "host.enter", row, row.name)
    return row


def check(actor: Actor, host: Host) -> None:
    """A reviewer has compared the person with their papers; twice is once. Raises HostEnded."""
    _must_stand(host)
    if host.checked_at is None:
        host.checked_at, host.checked_by, host.refused = clock.now(), actor.user_id, ""
        audit.note(actor, "host.check", host, host.name)


def refuse(actor: Actor, host: Host, reason: str) -> None:
    """A reviewer does not take them, or no longer does. Raises BadInput (`reason`), HostEnded."""
    _must_stand(host)
    if not reason.strip():
        raise BadInput({"reason": [_("Ghi lý do để người bán biết cần sửa gì.")]})
    host.refused, host.checked_at, host.checked_by = reason.strip(), None, actor.user_id
    audit.note(actor, "host.refuse", host, host.name)


def _must_stand(host: Host) -> None:
    if host.ended_at is not None:
        raise HostEnded


def end(actor: Actor, host: Host) -> None:
    """They host no more sessions of the seller; twice is once."""
    if host.ended_at is None:
        host.ended_at = clock.now()
        audit.note(actor, "host.end", host, host.name)


def standing(actor: Actor, permission: Permission) -> Select[Any]:
    """Everybody who hosts for the actor's sellers, oldest first."""
    query = access.rows(actor, Host, permission).where(Host.ended_at.is_(None))
    return query.options(joinedload(Host.seller)).order_by(Host.id)


def waiting(actor: Actor) -> Select[Any]:
    """Who waits for a reviewer, oldest first."""
    undecided = (Host.checked_at.is_(None), Host.refused == "")
    return standing(actor, Permission.REVIEW).where(*undecided)


def forget(seller_id: int) -> None:
    """The seller left and was erased: who spoke for it is known no more."""
    query = select(Host).where(Host.seller_id == seller_id).order_by(Host.id).with_for_update()
    for host in db.session.scalars(query):
        host.name, host.born_on, host.personal_number = "(đã xóa)", date(1900, 1, 1), b""
        host.refused, host.ended_at = "", host.ended_at or clock.now()
