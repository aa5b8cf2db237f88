"""Back office: harvests sold ahead, from the offer to the day the goods come or do not."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import contains_eager, joinedload

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue import search
from shop.catalogue.models import Product, Status, Variant
from shop.database import transaction
from shop.inventory import harvests as verbs
from shop.inventory.models import Harvest
from shop.inventory.schemas import ArrivalSchema, FailureSchema, HarvestSchema
from shop.orders import preorders, states, words
from shop.orders.models import Order

bp = Blueprint("harvests", __name__, url_prefix="/ban-hang/vu-thu-hoach")

READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE


@bp.get("")
@access.signed_in
def harvests(actor: Actor) -> ResponseReturnValue:
    """The harvests of the actor's sellers: those to come first, the nearest before."""
    access.expect(actor, READ)
    whole = joinedload(Harvest.variant).joinedload(Variant.product).lazyload(Product.variants)
    ended = Harvest.arrived_at.is_not(None) | Harvest.cancelled_at.is_not(None)
    query = access.rows(actor, Harvest, READ).options(whole)
    page = pages.paged(query.order_by(ended, Harvest.from_day, Harvest.id))
    return pages.page(
        "harvests/harvests.html",
        page=page,
        promised=verbs.promised_of([row.id for row in page.items]),
        is_open=verbs.is_open,
        may_write=actor.may(WRITE),
    )


@bp.get("/chon")
@access.signed_in
def choose(actor: Actor) -> ResponseReturnValue:
    """Which pack is to be sold ahead?"""
    access.expect(actor, READ)
    query = search.holding(_packs(actor), request.args.get("q", "")[:100])
    query = query.order_by(Product.sort_key, Product.id, Variant.position, Variant.id)
    return pages.page("harvests/choose.html", page=pages.paged(query))


def _packs(actor: Actor) -> Select[Variant]:
    kept = (Product.id == Variant.product_id) & (Product.status != Status.ARCHIVED)
    query = access.rows(actor, Variant, WRITE).join(Product, kept).where(Variant.active)
    return query.options(contains_eager(Variant.product).lazyload(Product.variants))


@bp.route("/them/<ref>", methods=["GET", "POST"])
@access.signed_in
def harvest_new(actor: Actor, ref: str) -> ResponseReturnValue:
    """Offer a harvest of a pack."""
    pack = access.get(actor, Variant, ref, WRITE)
    form = pages.form(HarvestSchema(), {"deposit_percent": "30"})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        offered = ""
        with form.guard(), transaction():
            row = verbs.offer(actor, access.get(actor, Variant, ref, WRITE), form.data)
            offered = row.ref
            pages.claim(form, "harvests.harvest", ref=offered)
        if not form.errors:
            return pages.saved("harvests.harvest", _("Đã mở bán trước vụ."), ref=offered)
    return pages.page("harvests/harvest_new.html", form=form, pack=pack)


@bp.get("/<ref>")
@access.signed_in
def harvest(actor: Actor, ref: str) -> ResponseReturnValue:
    """One harvest: what is promised of it to whom, and what can be done next."""
    return _harvest(actor, ref, pages.Form())


def _harvest(actor: Actor, ref: str, form: pages.Form) -> ResponseReturnValue:
    row = access.get(actor, Harvest, ref, READ)
    query = access.rows(actor, Order, Permission.ORDERS_READ).where(Order.harvest_id == row.id)
    query = query.order_by(Order.placed_at, Order.id)
    return pages.page(
        "harvests/harvest.html",
        row=row,
        form=form,
        page=pages.paged(query),
        promised=verbs.promised_of([row.id]).get(row.id, Decimal(0)),
        waiting=set(verbs.waiting(row)),
        holder=states.holder,
        names=words.NAMES,
        tones=words.TONES,
        is_open=verbs.is_open(row),
        may_write=actor.may(WRITE, row.seller_id),
        may_cancel=actor.may(Permission.ORDERS_WRITE, row.seller_id),
    )


@bp.route("/<ref>/sua", methods=["GET", "POST"])
@access.signed_in
def harvest_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Other days, quantity or deposit; orders keep what they agreed."""
    row = access.get(actor, Harvest, ref, WRITE)
    form = pages.form(HarvestSchema(), _start(row))
    if form.data:
        with form.guard(), transaction():
            verbs.change(actor, access.get(actor, Harvest, ref, WRITE), form.data)
        if not form.errors:
            return pages.saved("harvests.harvest", ref=ref)
    return pages.page("harvests/harvest_change.html", form=form, row=row)


def _start(row: Harvest) -> dict[str, Any]:
    return dict(HarvestSchema().dump(row))


@bp.post("/<ref>/nhan-dat")
@access.signed_in
def harvest_open(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take orders again, or no more; what is promised stays promised."""
    active = request.form.get("to") == "open"
    form = pages.Form()
    with form.guard(), transaction():
        verbs.change(actor, access.get(actor, Harvest, ref, WRITE), {"active": active})
    if form.errors:
        return pages.refused("harvests.harvest", form, ref=ref)
    said = _("Vụ này lại nhận đặt trước.") if active else _("Vụ này không nhận đặt trước nữa.")
    return pages.saved("harvests.harvest", said, ref=ref)


@bp.post("/<ref>/da-ve")
@access.signed_in
def harvest_arrive(actor: Actor, ref: str) -> ResponseReturnValue:
    """Goods came: into the stock, and held for who ordered first. The same form acts once."""
    access.get(actor, Harvest, ref, WRITE)
    form = pages.form(ArrivalSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    short: list[Order] = []
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Harvest, ref, WRITE)
            source = f"harvest:{ref}:{form.key}"
            short = preorders.arrive(actor, row, form.data["quantity"], source=source)
            said = _arrived(actor, short)
            pages.claim(form, "harvests.harvest", ref=ref)
    if form.errors:
        return _harvest(actor, ref, form)
    return pages.saved("harvests.harvest", said, ref=ref)


def _arrived(actor: Actor, short: list[Order]) -> str:
    if not short:
        return str(_("Đã nhập kho. Hàng đã giữ đủ cho các đơn đặt trước."))
    if not actor.may(Permission.ORDERS_READ, short[0].seller_id):  # no buyer is theirs to know
        return str(_("Đã nhập kho. Còn %(count)s đơn chưa có hàng.", count=len(short)))
    names = ", ".join(order.buyer_name for order in short)
    return str(_("Đã nhập kho. Chưa có hàng cho %(names)s.", names=names))


@bp.post("/<ref>/huy")
@access.signed_in
def harvest_cancel(actor: Actor, ref: str) -> ResponseReturnValue:
    """The goods will not come: its orders are cancelled, with the reason. Acts once."""
    access.get(actor, Harvest, ref, Permission.ORDERS_WRITE)
    form = pages.form(FailureSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    paid = 0
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Harvest, ref, Permission.ORDERS_WRITE)
            cancelled = preorders.cancel(actor, row, form.data["why"])
            paid = sum(1 for order in cancelled if order.paid_vnd)
            pages.claim(form, "harvests.harvest", ref=ref)
    if form.errors:
        return _harvest(actor, ref, form)
    said = _("Đã hủy vụ và các đơn của vụ.")
    if paid:
        said += " " + _("%(count)s đơn đã trả tiền: cần hoàn tiền cho khách.", count=paid)
    return pages.saved("harvests.harvest", said, ref=ref)
