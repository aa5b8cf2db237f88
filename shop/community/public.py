"""What a seller opens with the code on the slip: who helps, and the button that ends it."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import limits, pages
from shop.accounts import delegation
from shop.accounts.models import Delegation
from shop.community import papers, teams
from shop.database import db, transaction
from shop.errors import NotFound
from shop.sellers.models import Seller

bp = Blueprint("helped", __name__)

LOOKS_PER_ADDRESS = "60/minute"


@bp.get("/thoi-nho/<token>")
@pages.public
def helped(token: str) -> ResponseReturnValue:
    """Who helps until when, and the button that ends it."""
    limits.hit(LOOKS_PER_ADDRESS, "consent slip", request.remote_addr or "?")
    row = _row(token)
    return pages.page(
        "helped/helped.html",
        consent=row,
        seller=db.session.get_one(Seller, row.seller_id),
        helper=papers.named(row.user, teams.of(row.user_id)),
        limits=papers.LIMITS,
        holds=delegation.holds(row),
    )


def _row(token: str, *, lock: bool = False) -> Delegation:
    query = select(Delegation).where(
        Delegation.token == token, Delegation.consented_at.is_not(None)
    )
    row = db.session.scalar(query.with_for_update(of=Delegation) if lock else query)
    if row is None:
        raise NotFound
    return row


@bp.post("/thoi-nho/<token>")
@pages.public
def end(token: str) -> ResponseReturnValue:
    """End the help; the helper's next page is without it. Twice is once."""
    limits.hit(LOOKS_PER_ADDRESS, "consent slip", request.remote_addr or "?")
    with transaction():
        delegation.end_by_slip(_row(token, lock=True))
    return pages.saved(".helped", _("Đã thôi. Người này không vào được nữa."), token=token)
