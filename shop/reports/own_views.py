"""A seller's pages: its own figures, reckoned the same way, and whether officials may see them."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages, periods
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.figures import Scope
from shop.periods import Period
from shop.regions import EVERYWHERE
from shop.reports import briefs, consents, kpis
from shop.reports.schemas import PlainSchema
from shop.sellers.models import Seller

bp = Blueprint("own_figures", __name__, url_prefix="/ban-hang/so-lieu")

READ, WRITE = Permission.ORDERS_READ, Permission.MEMBERS_MANAGE


@bp.get("")
@access.signed_in
def choose(actor: Actor) -> ResponseReturnValue:
    """Whose figures? Asked only of people with several sellers."""
    access.expect(actor, READ)
    page = pages.paged(access.rows(actor, Seller, READ).order_by(Seller.sort_key, Seller.id))
    if page.total == 1:
        return redirect(url_for(".own", ref=page.items[0].ref), 303)
    return pages.page("reports/own_choose.html", page=page)


@bp.get("/<ref>")
@access.signed_in
def own(actor: Actor, ref: str) -> ResponseReturnValue:
    """What a seller came to in a period; nothing is hidden from it."""
    seller = access.get(actor, Seller, ref, READ)
    period = _period()
    found = kpis.every(Scope(EVERYWHERE, period), party=seller.id)
    return pages.page(
        "reports/own.html",
        seller=seller,
        period=period,
        groups=briefs.lines(found, everything=True),
        choices=[(each.word, each.name) for each in periods.choices()],
        consent=consents.given(seller.id),
        may_agree=actor.may(WRITE, seller.id),
    )


def _period() -> Period:
    word = request.args.get("ky", "")
    return periods.read(word) if word else periods.month(clock.today())


@bp.post("/<ref>/dong-y")
@access.signed_in
def agree(actor: Actor, ref: str) -> ResponseReturnValue:
    """Officials of its area may see the seller's rows from now on."""
    pages.form(PlainSchema())
    with transaction():
        seller = access.get(actor, Seller, ref, WRITE, lock=True)
        consents.give(actor, seller.id, seller.name)
    return pages.saved(".own", _("Đã ghi: cán bộ được xem số liệu của đơn vị."), ref=ref)


@bp.post("/<ref>/thoi")
@access.signed_in
def withdraw(actor: Actor, ref: str) -> ResponseReturnValue:
    """They see them no more, at once."""
    pages.form(PlainSchema())
    with transaction():
        seller = access.get(actor, Seller, ref, WRITE, lock=True)
        consents.end(actor, seller.id, seller.name)
    return pages.saved(".own", _("Đã thôi: cán bộ không xem được số liệu riêng nữa."), ref=ref)
