"""Back office: goods of the seller's own stock, sold at a booth at their prices."""

from decimal import Decimal

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Variant
from shop.database import transaction
from shop.errors import BadInput
from shop.fields import Choice, Quantity, Schema, ValidationError
from shop.inventory import stock
from shop.markets import booths, till
from shop.markets.models import Booth
from shop.orders import entry
from shop.orders.checkout import Want

bp = Blueprint("booth_goods", __name__, url_prefix="/ban-hang/quay")

WRITE = Permission.ORDERS_WRITE
_QUANTITY = Quantity(least="0.001", most="100000")


class WaySchema(Schema):
    """How the buyer pays."""

    way = Choice(["transfer", "cash"], required=True)


@bp.route("/<ref>/hang", methods=["GET", "POST"])
@access.signed_in
def goods(actor: Actor, ref: str) -> ResponseReturnValue:
    """What there is with its price; how much of each, then a code or cash."""
    booth = booths.own(actor, ref, WRITE)
    form = pages.form(WaySchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            locked = booths.own(actor, ref, WRITE)
            endpoint, made = _sell(actor, locked, form)
            pages.claim(form, endpoint, ref=made)
        if not form.errors:
            return pages.saved(endpoint, _("Đã ghi, hàng đã trừ kho."), ref=made)
    packs = entry.packs(booth.seller)
    return pages.page(
        "booth_goods/goods.html",
        form=form,
        booth=booth,
        where=till.where(booth),
        packs=packs,
        left=stock.saleable([pack.id for pack in packs]),
        account=booths.payee(booth),
        till_url=url_for("till.till_page", ref=ref),
    )


def _sell(actor: Actor, booth: Booth, form: pages.Form) -> tuple[str, str]:
    """The sale; which page shows it, and that page's reference."""
    cash = form.data["way"] == "cash"
    wants = _wants(entry.packs(booth.seller))
    order = till.sell_goods(actor, booth, wants, key=form.key, cash=cash)
    return ("till.till_page", booth.ref) if cash else ("till.code", order.ref)


def _wants(packs: list[Variant]) -> list[Want]:
    """What was typed beside each pack. Raises BadInput."""
    wants, wrong = [], {}
    for pack in packs:
        typed = request.form.get(f"quantity-{pack.ref}", "").strip()
        try:
            quantity: Decimal = _QUANTITY.deserialize(typed) if typed else Decimal(0)
        except ValidationError as error:
            wrong[f"quantity-{pack.ref}"] = [str(message) for message in error.messages]
            continue
        if quantity:
            wants.append(Want(pack, quantity))
    if wrong:
        raise BadInput(wrong)
    if not wants:
        raise BadInput({"": [_("Ghi số lượng bên cạnh hàng khách mua.")]})
    return wants
