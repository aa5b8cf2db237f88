"""Who speaks in a seller's sessions: declared by the seller, compared by a reviewer, ended.

Law 122/2025/QH15 on e-commerce, Art. 22–24. A reviewer compares name, birthday and the last three
digits with the card, over a call or in person; no picture of it is kept (Law 91/2025/QH15).
"""

from datetime import date
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import BadInput
from shop.livestream.errors import HostEnded, HostTaken
from shop.livestream.plan_models import Host
from shop.notifications import send
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


def correct(actor: Actor, host: Host, data: dict[str, Any]) -> None:
    """Declare a host anew whom no reviewer has taken yet; they wait for one again.

    `data` as HostSchema gives it. Raises HostEnded, HostTaken.
    """
    _must_stand(host)
    if host.checked_at is not None:
        raise HostTaken
    host.name, host.born_on = data["name"], data["born_on"]
    host.personal_number = data["personal_number"].encode()
    host.agreed_at, host.refused, host.checked_by = clock.now(), "", None
    audit.note(actor, "host.correct", host, host.name)


def check(actor: Actor, host: Host) -> bool:
    """A reviewer has compared the person with their papers; whether that is news.

    Raises HostEnded.
    """
    _must_stand(host)
    if host.checked_at is not None:
        return False
    host.checked_at, host.checked_by, host.refused = clock.now(), actor.user_id, ""
    audit.note(actor, "host.check", host, host.name)
    return True


def refuse(actor: Actor, host: Host, reason: str) -> bool:
    """A reviewer does not take them, or no longer does; whether that, or its reason, is news.

    Raises BadInput (`reason`), HostEnded.
    """
    _must_stand(host)
    if not reason.strip():
        raise BadInput({"reason": [_("Ghi lý do để người bán biết cần sửa gì.")]})
    if host.refused == reason.strip():
        return False
    host.refused, host.checked_at, host.checked_by = reason.strip(), None, actor.user_id
    audit.note(actor, "host.refuse", host, host.name)
    return True


def tell(host: Host, page: str) -> None:
    """Mail the seller's owners what the reviewer answered, in Vietnamese; `page` shows it too."""
    with force_locale("vi"):
        if host.refused:
            subject = _("Chưa nhận người dẫn: %(name)s", name=host.name)
            words = _("%(name)s chưa dẫn phiên livestream được, vì:", name=host.name)
            after = _("Chưa đúng thì khai lại cho đúng; đã đúng thì liên hệ người duyệt.")
            parts = [words, host.refused, after]
        else:
            subject = _("Đã nhận người dẫn: %(name)s", name=host.name)
            parts = [_("%(name)s đã được đối chiếu danh tính, dẫn phiên được.", name=host.name)]
        body = "\n\n".join([*parts, page])
        once = f"host:{host.ref}:{clock.now().isoformat()}"
        send.owners(host.seller_id, subject, body, once=once)


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
