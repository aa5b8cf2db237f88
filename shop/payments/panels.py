"""What payments lend to other rooms' pages."""

from flask import render_template
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from shop import pages
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.orders import dues
from shop.orders.models import Order
from shop.payments import merchants, refunds
from shop.payments.gateways.protocol import Outcome
from shop.payments.models import GatewayPayment, Refund, RefundBy, RefundState

WAYS = {
    RefundBy.TRANSFER: _l("Chuyển khoản cho khách"),
    RefundBy.CASH: _l("Tiền mặt"),
    RefundBy.GATEWAY: _l("Qua cổng thanh toán"),
}
STATES = {
    RefundState.DUE: _l("Chờ chuyển"),
    RefundState.ASKED: _l("Đã yêu cầu cổng"),
    RefundState.PAID: _l("Đã hoàn"),
    RefundState.FAILED: _l("Không hoàn được"),
}
TONES = {
    RefundState.DUE: "warn",
    RefundState.ASKED: "info",
    RefundState.PAID: "good",
    RefundState.FAILED: "bad",
}


def on_order(order: Order, actor: Actor) -> str:
    """What came through gateways, what went back, and giving money back."""
    if not actor.may(Permission.MONEY_READ, order.seller_id):
        return ""
    query = select(GatewayPayment).where(GatewayPayment.order_id == order.id)
    payments = db.session.scalars(query.order_by(GatewayPayment.id)).all()
    captured = [payment for payment in payments if payment.captured_at]
    there = select(Refund).where(Refund.order_id == order.id).order_by(Refund.id)
    credit_vnd = sum(map(refunds.surplus_vnd, captured))
    ways = [RefundBy.TRANSFER, RefundBy.CASH]
    if any(refunds.left_vnd(payment) for payment in captured):
        ways.insert(0, RefundBy.GATEWAY)
    return render_template(
        "payments/on_order.html",
        order=order,
        captured=captured,
        review=next((p.said or p.code for p in payments if p.state == Outcome.REVIEW), ""),
        refunds=db.session.scalars(there).all(),
        labels={name: module.label for name, module in merchants.GATEWAYS.items()},
        ways=WAYS,
        states=STATES,
        tones=TONES,
        choices=[(way, WAYS[way]) for way in ways],
        form=pages.Form(values={"amount": dues.owed_vnd(order) + credit_vnd or ""}),
        owed_vnd=dues.owed_vnd(order) + credit_vnd,
        credit_vnd=credit_vnd,
        refundable_vnd=dues.refundable_vnd(order),
        may_write=actor.may(Permission.MONEY_WRITE, order.seller_id),
    )
