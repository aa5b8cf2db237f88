"""Back office: stock, by pack and by place."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from shop import pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.catalogue import search
from shop.catalogue.models import Product, Status, Variant
from shop.database import db, transaction
from shop.inventory import locations, movements, reservations
from shop.inventory import stock as verbs
from shop.inventory.models import StockEntry
from shop.inventory.schemas import MovementSchema, PlaceSchema, ReceiptSchema, SafetySchema
from shop.sellers.models import Seller

bp = Blueprint("inventory", __name__, url_prefix="/ban-hang/kho")

READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE

KINDS = {
    "receipt": _l("Nhập"),
    "adjustment": _l("Điều chỉnh"),
    "sale": _l("Bán"),
    "return": _l("Trả lại"),
    "loss": _l("Hao hụt"),
}
DEEDS = {
    "receipt": _l("Nhập thêm"),
    "count": _l("Kiểm lại: trong kho đang có"),
    "loss": _l("Hao hụt, hư hỏng"),
    "move": _l("Chuyển sang nơi khác"),
}


@bp.get("")
@access.signed_in
def stock(actor: Actor) -> ResponseReturnValue:
    """Every pack: what lies there, what is promised, what may still be sold."""
    access.expect(actor, READ)
    query = access.rows(actor, Variant, READ)
    kept = (Product.id == Variant.product_id) & (Product.status != Status.ARCHIVED)
    query = query.join(Product, kept).where(Variant.active)
    query = query.options(contains_eager(Variant.product).lazyload(Product.variants))
    query = search.holding(query, request.args.get("q", "")[:100])
    query = query.order_by(Product.sort_key, Product.id, Variant.position, Variant.id)
    page = pages.paged(query)
    may_write = actor.may(Permission.CATALOGUE_WRITE)
    counted = _counted(page.items)
    return pages.page("inventory/stock.html", page=page, may_write=may_write, **counted)


def _counted(packs: list[Variant]) -> dict[str, Any]:
    ids = [pack.id for pack in packs]
    return {
        "there": verbs.on_hand(ids),
        "reserved": verbs.reserved(ids),
        "safety": verbs.safety(ids),
        "saleable": verbs.saleable(ids),
    }


@bp.get("/<ref>")
@access.signed_in
def card(actor: Actor, ref: str) -> ResponseReturnValue:
    """The stock card (thẻ kho) of a pack: every movement, and forms to book one."""
    return _card(actor, ref, pages.Form(), pages.Form())


def _card(actor: Actor, ref: str, form: pages.Form, safety_form: pages.Form) -> ResponseReturnValue:
    pack = access.get(actor, Variant, ref, READ)
    query = select(StockEntry).where(StockEntry.variant_id == pack.id)
    query = query.options(joinedload(StockEntry.location)).order_by(StockEntry.id.desc())
    counted = _counted([pack])
    if not safety_form.values:
        safety_form.values = {"safety": f"{counted['safety'].get(pack.id, 0):f}"}
    safety_form.prefix = "safety"
    answer = pages.page(
        "inventory/card.html",
        pack=pack,
        page=pages.paged(query),
        places=locations.all_of(pack.seller_id),
        lying=verbs.by_place(pack.id),
        form=form,
        safety_form=safety_form,
        kinds=KINDS,
        deeds=DEEDS,
        promised=reservations.of(pack.id),
        order_of=_order_ref,
        may_see_orders=actor.may(Permission.ORDERS_READ, pack.seller_id),
        may_write=actor.may(WRITE, pack.seller_id),
        **counted,
    )
    if safety_form.errors:
        answer.status_code = 422
    return answer


def _order_ref(name: str) -> str:
    """The order that a holder or an entry's source names ("order:OCPW5T7RN:17"), else nothing."""
    kind, _colon, rest = name.partition(":")
    return rest.partition(":")[0] if kind == "order" else ""


@bp.post("/<ref>/ghi")
@access.signed_in
def movement(actor: Actor, ref: str) -> ResponseReturnValue:
    """Book one movement; the same form twice books it once."""
    access.get(actor, Variant, ref, WRITE)
    form = pages.form(MovementSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    booked = False
    if form.data:
        with form.guard(), transaction():
            pack = access.get(actor, Variant, ref, WRITE)
            booked = movements.book(actor, pack, form.data, source=f"form:{form.key}")
            pages.claim(form, "inventory.card", ref=ref)
    if form.errors:
        return _card(actor, ref, form, pages.Form())
    said = _("Đã ghi vào thẻ kho.") if booked else _("Số trong kho đã đúng, không ghi gì.")
    return pages.saved("inventory.card", said, ref=ref)


@bp.post("/<ref>/giu-lai")
@access.signed_in
def keep_back(actor: Actor, ref: str) -> ResponseReturnValue:
    """How much of a pack is promised to nobody."""
    access.get(actor, Variant, ref, WRITE)
    form = pages.form(SafetySchema())
    if form.errors:
        return _card(actor, ref, pages.Form(), form)
    with transaction():
        movements.keep_back(actor, access.get(actor, Variant, ref, WRITE), form.data["safety"])
    return pages.saved("inventory.card", ref=ref)


@bp.route("/noi-de/<ref>", methods=["GET", "POST"])
@access.signed_in
def places(actor: Actor, ref: str) -> ResponseReturnValue:
    """Where a seller keeps goods."""
    seller = access.get(actor, Seller, ref, WRITE)
    form = pages.form(PlaceSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            locations.add(actor, seller.id, form.data["name"])
            pages.claim(form, "inventory.places", ref=ref)
        if not form.errors:
            return pages.saved("inventory.places", ref=ref)
    there = locations.all_of(seller.id)
    return pages.page("inventory/places.html", form=form, seller=seller, places=there)


@bp.route("/<ref>/nhap", methods=["POST"])
@access.signed_in
def receipt(actor: Actor, ref: str) -> ResponseReturnValue:
    """Book a receipt of a variant; the same form twice books it once."""
    variant = access.get(actor, Variant, ref, WRITE)
    product_ref = db.session.scalar(select(Product.ref).where(Product.id == variant.product_id))
    form = pages.form(ReceiptSchema())
    if form.errors:
        return pages.refused("catalogue.product", form, ref=product_ref)
    quantity = form.data["quantity"]
    with transaction():
        if verbs.receive(variant.id, quantity, source=f"form:{form.key}"):
            audit.note(actor, "stock.receive", variant, f"{variant.pack} +{quantity:f}")
    return pages.saved("catalogue.product", _("Đã nhập kho."), ref=product_ref)
