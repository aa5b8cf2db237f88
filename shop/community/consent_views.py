"""A seller's pages: who helps, who asks to, what they did; and the end of it, at once."""

from datetime import timedelta

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop import clock, pages
from shop.accounts import access, delegation
from shop.accounts.access import Actor, Permission
from shop.accounts.models import AuditEntry, Delegation
from shop.accounts.views import ACTION_NAMES
from shop.community import papers, teams
from shop.community.schemas import WAY_NAMES, UntilSchema
from shop.database import db, transaction
from shop.media import documents
from shop.sellers.models import Seller

bp = Blueprint("consents", __name__, url_prefix="/ban-hang/nguoi-giup")

SHOWN = 30  # of what a helper did


@bp.get("")
@access.signed_in
def consents(actor: Actor) -> ResponseReturnValue:
    """Who asks to help, who helps and who helped, the newest first."""
    access.expect(actor, Permission.MEMBERS_MANAGE)
    query = access.rows(actor, Delegation, Permission.MEMBERS_MANAGE)
    query = query.options(joinedload(Delegation.user))
    page = pages.paged(query.order_by(Delegation.ended_at.is_not(None), Delegation.id.desc()))
    ids = {row.seller_id for row in page.items}
    names = db.session.execute(select(Seller.id, Seller.name).where(Seller.id.in_(ids)))
    return pages.page(
        "consents/consents.html",
        page=page,
        names={row.id: row.name for row in names},
        way_names=WAY_NAMES,
        today=clock.today(),
    )


@bp.get("/<ref>")
@access.signed_in
def consent(actor: Actor, ref: str) -> ResponseReturnValue:
    """One helper: what was agreed, what they did, and the button that ends it."""
    row = access.get(actor, Delegation, ref, Permission.MEMBERS_MANAGE)
    usual = min(row.until, clock.today() + timedelta(days=180))
    return pages.page(
        "consents/consent.html",
        consent=row,
        seller=db.session.get_one(Seller, row.seller_id),
        papers=documents.of(f"delegation:{ref}"),
        deeds=_deeds(row),
        action_names=ACTION_NAMES,
        helper=papers.named(row.user, teams.of(row.user_id)),
        limits=papers.LIMITS,
        way_names=WAY_NAMES,
        form=pages.Form(values={"until": usual.isoformat()}),
        today=clock.today(),
    )


def _deeds(row: Delegation) -> list[AuditEntry]:
    """The last things that the helper did for this seller."""
    query = select(AuditEntry).where(
        AuditEntry.seller_id == row.seller_id,
        AuditEntry.actor_id == row.user_id,
        AuditEntry.behalf_of.is_not(None),
    )
    return list(db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(SHOWN)))


@bp.post("/<ref>/dong-y")
@access.signed_in
def agree(actor: Actor, ref: str) -> ResponseReturnValue:
    """Say yes in one's own account, or set another last day."""
    form = pages.form(UntilSchema())
    with form.guard(), transaction():
        row = access.get(actor, Delegation, ref, Permission.MEMBERS_MANAGE, lock=True)
        if form.data:
            delegation.agree(actor, row, form.data["until"])
    if form.errors:
        return pages.refused(".consent", form, ref=ref)
    return pages.saved(".consent", _("Đã đồng ý. Bạn có thể thôi bất cứ lúc nào."), ref=ref)


@bp.post("/<ref>/thoi")
@access.signed_in
def end(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take the consent back; the helper's next page is without it."""
    with transaction():
        row = access.get(actor, Delegation, ref, Permission.MEMBERS_MANAGE, lock=True)
        delegation.end(actor, row)
    return pages.saved(".consent", _("Đã thôi. Người này không vào được nữa."), ref=ref)
