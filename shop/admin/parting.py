"""A seller asks to leave and be erased; who answers is an administrator (`leaving`).

Law 91/2025/QH15 and Decree 356/2025/NĐ-CP: a request is answered in two working days and carried
out in twenty. That it was asked, and when, stands in the trail, which nobody edits.
"""

from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from shop import limits
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.accounts.models import AuditEntry, Membership, Role
from shop.admin.models import Departure
from shop.database import db
from shop.notifications import send
from shop.sellers.models import Seller

# The longest of the times that the decree gives for carrying a request out.
CARRIED_OUT = timedelta(days=20)
# Each asking mails the administrators, and who takes it back may ask again.
ASKED_BY_ONE = "5/day"
_ASKED, _STAYS = "person.ask", "person.stay"


def ask(actor: Actor, seller: Seller) -> None:
    """The seller, whose row is locked, asks; administrators are told. Twice is once.

    Raises TooMany.
    """
    if asked(seller) is not None:
        return
    limits.hit(ASKED_BY_ONE, "parting", seller.ref)
    audit.write(actor, _ASKED, seller.id, seller.name, seller.ref, {})
    db.session.flush()
    subject = _("%(name)s xin rời và xóa thông tin cá nhân", name=seller.name)
    words = _(
        "Gọi lại để chắc là chính người bán xin, trả lời trong 2 ngày làm việc, làm xong trong "
        "20 ngày: %(url)s",
        url=url_for("leaving.erase", ref=seller.ref, _external=True),
    )
    for user in _administrators():
        if user.email:
            send.mail(user.email, subject, words)


def _administrators() -> list[Any]:
    query = select(Membership).where(
        Membership.seller_id.is_(None), Membership.role == Role.ADMINISTRATOR
    )
    return [row.user for row in db.session.scalars(query)]


def stay(actor: Actor, seller: Seller) -> None:
    """The seller, whose row is locked, takes the request back. Twice is once."""
    if asked(seller) is not None:
        audit.write(actor, _STAYS, seller.id, seller.name, seller.ref, {})
        db.session.flush()


def asked(seller: Seller) -> AuditEntry | None:
    """The request that the seller has not taken back."""
    row = db.session.scalar(_said().where(AuditEntry.seller_id == seller.id))
    return row if row is not None and row.action == _ASKED else None


def waiting() -> Select[AuditEntry]:
    """The requests that wait for an answer, the oldest first."""
    left = select(Departure.seller_id)
    open_ones = _said().where(AuditEntry.action == _ASKED, AuditEntry.seller_id.not_in(left))
    return open_ones.order_by(AuditEntry.id)


def _said() -> Select[AuditEntry]:
    """The last word of each seller about leaving."""
    about = AuditEntry.action.in_((_ASKED, _STAYS))
    last = select(func.max(AuditEntry.id)).where(about).group_by(AuditEntry.seller_id)
    return select(AuditEntry).where(AuditEntry.id.in_(last))
