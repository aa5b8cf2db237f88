"""Back office: prices and stock of many packs in one table."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import contains_eager

from shop import money, pages, quantities
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue import search
from shop.catalogue.models import Product, Status, Variant
from shop.database import db, transaction
from shop.fields import Quantity, Schema, ValidationError, Vnd
from shop.inventory import bulk, stock
from shop.inventory.bulk import Wish

bp = Blueprint("bulk", __name__, url_prefix="/ban-hang/bang-gia")

ROWS = 50
PRICE = Vnd(least=1_000, most=500_000_000, required=True)
STOCK = Quantity(least="0", most="1000000", required=True)


@bp.route("", methods=["GET", "POST"])
@access.signed_in
def prices(actor: Actor) -> ResponseReturnValue:
    """A page of packs with price and stock; one submit saves every row that was changed."""
    access.expect(actor, Permission.CATALOGUE_WRITE)
    page = pages.paged(_mine(actor), size=ROWS)
    form = pages.form(Schema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if request.method == "POST":
        wishes = _wishes(actor, form)
        if not form.errors and wishes:
            with form.guard(), transaction():
                count = bulk.save(actor, wishes, source=f"bulk:{form.key}")
                pages.claim(form, "bulk.prices", **request.args)
            if not form.errors:
                said = _("Đã lưu %(count)s quy cách.", count=count)
                return pages.saved("bulk.prices", said, **request.args)
        elif not form.errors:
            return pages.saved("bulk.prices", _("Không có gì thay đổi."), **request.args)
    there = stock.on_hand([pack.id for pack in page.items])
    shown = {pack.ref: _shown(pack, there.get(pack.id, stock.ZERO)) for pack in page.items}
    return pages.page("bulk/prices.html", page=page, form=form, shown=shown)


def _mine(actor: Actor) -> Select[Variant]:
    query = access.rows(actor, Variant, Permission.CATALOGUE_WRITE)
    kept = (Product.id == Variant.product_id) & (Product.status != Status.ARCHIVED)
    query = query.join(Product, kept)
    query = query.options(contains_eager(Variant.product).lazyload(Product.variants))
    query = search.holding(query, request.args.get("q", "")[:100])
    return query.order_by(Product.sort_key, Product.id, Variant.position, Variant.id)


def _shown(pack: Variant, there: Decimal) -> dict[str, str]:
    """The two cells of a row as they stand in the database."""
    price = f"{pack.price_vnd:,}".replace(",", ".")
    return {"price": price, "stock": quantities.show(there)}


def _wishes(actor: Actor, form: pages.Form) -> dict[int, Wish]:
    """What was typed anew, by variant id; wrong cells are named on the form."""
    query = access.rows(actor, Variant, Permission.CATALOGUE_WRITE)
    packs: Sequence[Variant] = db.session.scalars(query.where(Variant.ref.in_(_refs()))).all()
    wishes = {}
    for pack in packs:
        price, price_was = _pair(form, f"price-{pack.ref}", PRICE)
        on_hand, on_hand_was = _pair(form, f"stock-{pack.ref}", STOCK)
        if price is not None or on_hand is not None:
            wishes[pack.id] = Wish(price, price_was, on_hand, on_hand_was)
    return wishes


def _refs() -> list[str]:
    refs = {name.partition("-")[2] for name in request.form if name.startswith("price-")}
    return sorted(refs)[:ROWS]


def _pair(form: pages.Form, name: str, field: Any) -> tuple[Any, Any]:
    """The new value and the one it was typed over; (None, None) when nothing was changed."""
    typed, was = request.form.get(name), request.form.get(f"was-{name}")
    if typed is None or was is None or typed.strip() == was:
        return None, None
    try:
        new, old = field.deserialize(typed), _old(field, was)
    except ValidationError as error:
        form.errors[name] = [str(message) for message in error.messages]
        return None, None
    return (new, old) if new != old else (None, None)


def _old(field: Any, was: str) -> Decimal | int:
    """What the page itself wrote: also less than nothing, where more was sold than was there."""
    try:
        old = money.parse(was) if field is PRICE else Decimal(was.replace(",", "."))
    except (ValueError, InvalidOperation):
        old = Decimal("NaN")
    if isinstance(old, Decimal) and not old.is_finite():
        raise ValidationError(_("Xin tải lại trang rồi sửa lại."))
    return old
