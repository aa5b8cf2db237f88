"""Back office: giving money back."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from shop import pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.fields import Choice, Schema, Text, Vnd
from shop.orders.models import Order
from shop.payments import refunds
from shop.payments.errors import RefundEnded
from shop.payments.models import Refund, RefundBy, RefundState
from shop.payments.panels import STATES, TONES, WAYS
from shop.sellers.models import Seller

bp = Blueprint("refunds", __name__, url_prefix="/ban-hang")


class RefundSchema(Schema):
    """How much goes back, how, and why."""

    amount = Vnd(least=1, most=1_000_000_000, required=True)
    way = Choice(list(RefundBy), required=True)
    reason = Text(longest=200, shortest=2, required=True)


@bp.get("/hoan-tien")
@access.signed_in
def refund_list(actor: Actor) -> ResponseReturnValue:
    """Money that goes back to buyers, by state; what waits for a transfer first."""
    access.expect(actor, Permission.MONEY_READ)
    state = request.args.get("trang-thai", RefundState.DUE)
    mine = access.rows(actor, Seller, Permission.MONEY_READ).with_only_columns(Seller.id)
    # A collector gives back what it took, so it sees what its sellers decided.
    query = select(Refund).outerjoin(Refund.order)
    query = query.where(or_(Refund.seller_id.in_(mine), Order.collector_id.in_(mine)))
    if one := request.args.get("ref"):
        query = query.where(Refund.ref == one)
    elif state in STATES:
        query = query.where(Refund.state == state)
    query = query.options(contains_eager(Refund.order).joinedload(Order.seller))
    return pages.page(
        "payments/refunds.html",
        page=pages.paged(query.order_by(Refund.asked_at.desc(), Refund.id.desc())),
        state=state,
        states=STATES,
        tones=TONES,
        ways=WAYS,
        may_open=lambda row: actor.may(Permission.ORDERS_READ, row.seller_id),
        may_give_up=lambda row: actor.may(Permission.MONEY_WRITE, row.seller_id),
    )


@bp.post("/don-hang/<ref>/hoan-tien")
@access.signed_in
def refund(actor: Actor, ref: str) -> ResponseReturnValue:
    """Give money of an order back. The same form acts once."""
    access.get(actor, Order, ref, Permission.MONEY_WRITE)
    form = pages.form(RefundSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if not form.errors:
        with form.guard(), transaction():
            order = access.get(actor, Order, ref, Permission.MONEY_WRITE, lock=True)
            way, amount_vnd = RefundBy(form.data["way"]), form.data["amount"]
            said = {"reason": form.data["reason"], "by": actor.name, "key": f"form:{form.key}"}
            refunds.give_back(order, amount_vnd, way, **said)
            audit.note(actor, "refund.decide", order, str(form.data["amount"]))
            pages.claim(form, "orders.order", ref=ref)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", _("Đã ghi khoản hoàn tiền."), ref=ref)


@bp.post("/hoan-tien/<ref>/bo")
@access.signed_in
def give_up(actor: Actor, ref: str) -> ResponseReturnValue:
    """A transfer that was to be made is not: the order has the money still."""
    there = access.get(actor, Refund, ref, Permission.MONEY_WRITE)
    form = pages.Form()
    with form.guard(), transaction():
        row = refunds.locked(there.id)
        if row.state == RefundState.PAID:
            raise RefundEnded
        if row.state == RefundState.DUE:
            refunds.fail(row, "given_up", _("bỏ, %(who)s", who=actor.name))
            audit.note(actor, "refund.give_up", row, str(row.amount_vnd))
    # Back to where the button was pressed: the order's page, or the list.
    order = there.order if "order" in request.form else None
    where: dict[str, str] = {"ref": order.ref} if order else {}
    page = "orders.order" if order else ".refund_list"
    if form.errors:
        return pages.refused(page, form, **where)
    return pages.saved(page, _("Đã bỏ khoản hoàn."), **where)
