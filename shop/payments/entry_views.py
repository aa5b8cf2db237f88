"""Back office: writing down an order that was said, and its code to pay with."""

from decimal import Decimal

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Variant
from shop.database import transaction
from shop.errors import BadInput
from shop.fields import Choice, Phone, Quantity, Schema, Text, ValidationError, Vnd
from shop.orders import entry, words
from shop.orders.models import OWN_HANDINGS, OWN_WAYS, Handing, Order, PayBy
from shop.payments import requests
from shop.payments.errors import NoAccount
from shop.sellers.models import Seller

bp = Blueprint("order_entry", __name__, url_prefix="/ban-hang/nhap-don")

ROWS = 10
_QUANTITY = Quantity(least="0.001", most="100000")


class EntrySchema(Schema):
    """What the buyer said; the goods stand in rows of their own."""

    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)
    address = Text(longest=300, load_default="")
    handing = Choice(list(OWN_HANDINGS), required=True)
    pay_by = Choice(list(OWN_WAYS), required=True)
    fee_vnd = Vnd(least=0, most=10_000_000, load_default=0, allow_none=True)
    source = Choice(list(words.ENTRY_SOURCES), required=True)
    voucher = Text(longest=40, load_default="")
    note = Text(longest=300, load_default="")


@bp.get("")
@access.signed_in
def choose(actor: Actor) -> ResponseReturnValue:
    """Whose order? Asked only of people with several sellers."""
    access.expect(actor, Permission.ORDERS_WRITE)
    query = access.rows(actor, Seller, Permission.ORDERS_WRITE)
    page = pages.paged(query.order_by(Seller.sort_key, Seller.id))
    if page.total == 1:
        return redirect(url_for(".order_new", ref=page.items[0].ref), 303)
    return pages.page("orders/entry_choose.html", page=page)


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
def order_new(actor: Actor, ref: str) -> ResponseReturnValue:
    """An order as it was said. The form sent twice makes one order."""
    seller = access.get(actor, Seller, ref, Permission.ORDERS_WRITE)
    form = pages.form(EntrySchema(), {"handing": Handing.DELIVERY, "pay_by": PayBy.CASHLESS})
    if (answer := pages.repeated(form)) is not None:
        return answer
    placed = ""
    if form.data:
        with form.guard(), transaction():
            order = entry.write(actor, seller, form.data, _rows(), form.key)
            _ask(order)
            placed = order.ref
            pages.claim(form, "orders.order", ref=placed)
        if not form.errors:
            return pages.saved("orders.order", _("Đã ghi đơn."), ref=placed)
    return pages.page(
        "orders/entry.html",
        form=form,
        seller=seller,
        packs=[("", _("Chọn hàng"))] + [_shown(pack) for pack in entry.packs(seller)],
        rows=range(1, ROWS + 1),
        sources=list(words.ENTRY_SOURCES.items()),
    )


def _shown(pack: Variant) -> tuple[str, str]:
    price = f"{pack.price_vnd:,}".replace(",", ".")
    return pack.ref, f"{pack.product.name}, {pack.pack}: {price} đ/{pack.unit}"


def _rows() -> list[tuple[str, Decimal]]:
    """(pack, quantity) of each row with a pack. Raises BadInput."""
    rows, wrong = [], {}
    for number in range(1, ROWS + 1):
        ref = request.form.get(f"pack-{number}", "").strip()
        if not ref:
            continue
        try:
            typed = request.form.get(f"quantity-{number}", "").strip() or "1"
            rows.append((ref, _QUANTITY.deserialize(typed)))
        except ValidationError as error:
            wrong[f"quantity-{number}"] = [str(message) for message in error.messages]
    if wrong:
        raise BadInput(wrong)
    return rows


def _ask(order: Order) -> None:
    if order.pay_by == PayBy.CASHLESS:
        try:
            requests.open(order)
        except NoAccount:
            return  # the order's page says so; the order stands
