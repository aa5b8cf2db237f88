"""A helper's page: a booth of a market in their commune, entered for a seller who agreed."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.markets import booths, takings, words
from shop.markets.booths import Place
from shop.markets.models import Booth, Market
from shop.markets.schemas import HelpedBoothSchema
from shop.sellers.models import Seller

bp = Blueprint("helped_booths", __name__, url_prefix="/ban-hang/giup/nguoi-ban")


@bp.route("/<ref>/sap", methods=["GET", "POST"])
@access.signed_in
def booth_for(actor: Actor, ref: str) -> ResponseReturnValue:
    """The seller's booths, and a form for another; of its account a helper says nothing."""
    access.expect(actor, Permission.HELP)
    seller = access.get(actor, Seller, ref, Permission.SELLER_WRITE)
    form = pages.form(HelpedBoothSchema(), {"kind": "sap"})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            booths.open(actor, _market(actor, form.data["market"]), _place(form.data), seller)
            pages.claim(form, ".booth_for", ref=ref)
        if not form.errors:
            return pages.saved(".booth_for", _("Đã ghi sạp thay người bán."), ref=ref)
    mine = select(Booth).where(Booth.seller_id == seller.id, Booth.closed_on.is_(None))
    there = db.session.scalars(mine.options(joinedload(Booth.market)).order_by(Booth.id)).all()
    return pages.page(
        "helped_booths/booth_for.html",
        form=form,
        seller=seller,
        booths=there,
        payees=booths.payees(there),
        markets=[(row.ref, row.name) for row in db.session.scalars(_near(actor))],
        kinds=list(words.BOOTHS.items()),
        words=words,
    )


def _near(actor: Actor) -> Select[Market]:
    """The open markets and streets of the helper's communes."""
    return takings.open_markets(clock.today(), Market.commune_code.in_(actor.helps_in))


def _market(actor: Actor, ref: str) -> Market:
    row = db.session.scalar(_near(actor).where(Market.ref == ref))
    if row is None:
        raise NotFound(ref=ref)
    return row


def _place(data: dict[str, Any]) -> Place:
    return Place(data["number"], data["kind"], data["goods"])
