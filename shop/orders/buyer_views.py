"""Parcels that a buyer did not take: noted and decided by staff, appealed against by the buyer."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import limits, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.orders import buyers
from shop.orders.models import Order
from shop.orders.schemas import AppealSchema, DecisionSchema, MarkSchema

bp = Blueprint("buyer_marks", __name__)

PER_ADDRESS, PER_ORDER = "60/hour", "5/day"


@bp.post("/ban-hang/don-hang/<ref>/khong-nhan")
@access.signed_in
def mark(actor: Actor, ref: str) -> ResponseReturnValue:
    """Note that the buyer did not take the parcel, and why that was not our fault."""
    access.get(actor, Order, ref, Permission.ORDERS_WRITE)
    form = pages.form(MarkSchema())
    if not form.errors:
        with form.guard(), transaction():
            order = access.get(actor, Order, ref, Permission.ORDERS_WRITE, lock=True)
            buyers.mark(actor, order, form.data["reason"])
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", _("Đã ghi khách không nhận hàng."), ref=ref)


@bp.post("/ban-hang/don-hang/<ref>/khong-nhan/xet")
@access.signed_in
def decide(actor: Actor, ref: str) -> ResponseReturnValue:
    """Lift the mark, or keep it, with words for the buyer."""
    access.get(actor, Order, ref, Permission.ORDERS_WRITE)
    form = pages.form(DecisionSchema())
    lift = form.data.get("decision") == "lift"
    if not form.errors:
        with form.guard(), transaction():
            order = access.get(actor, Order, ref, Permission.ORDERS_WRITE, lock=True)
            buyers.decide(actor, order, lift=lift, answer=form.data["answer"])
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    said = _("Đã gỡ ghi chú.") if lift else _("Đã giữ ghi chú và trả lời khách.")
    return pages.saved("orders.order", said, ref=ref)


@bp.post("/don/<token>/khieu-nai")
@pages.public
def appeal(token: str) -> ResponseReturnValue:
    """The buyer says why the mark is wrong."""
    limits.hit(PER_ADDRESS, "appeal", request.remote_addr or "?")
    form = pages.form(AppealSchema())
    if not form.errors:
        with form.guard(), transaction():
            found = select(Order).where(Order.token == token).with_for_update(of=Order)
            order = db.session.scalar(found)
            if order is None:
                raise NotFound
            limits.hit(PER_ORDER, "appeal", token)
            buyers.appeal(order, form.data["appeal"])
    if form.errors:
        return pages.refused("payments.pay", form, token=token)
    return pages.saved("payments.pay", _("Đã gửi khiếu nại cho người bán."), token=token)
