"""Back office: payments that gateways hold for review."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from shop import pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.payments import merchants, reviews
from shop.payments.models import GatewayPayment
from shop.payments.schemas import GivenBackSchema, TakenSchema

bp = Blueprint("reviews", __name__, url_prefix="/ban-hang/cong-can-xem")


@bp.get("")
@access.signed_in
def review_list(actor: Actor) -> ResponseReturnValue:
    """What a person has to decide, the oldest first, with what the gateway says."""
    access.expect(actor, Permission.MONEY_READ)
    query = access.rows(actor, GatewayPayment, Permission.MONEY_READ).where(reviews.WAITING)
    query = query.options(joinedload(GatewayPayment.order)).order_by(GatewayPayment.id)
    page = pages.paged(query)
    values = {row.ref: {"amount": reviews.came_vnd(row)} for row in page.items}
    return pages.page(
        "payments/review_list.html",
        page=page,
        forms={ref: pages.Form(values=typed, prefix=ref) for ref, typed in values.items()},
        labels={name: module.label for name, module in merchants.GATEWAYS.items()},
        came_vnd=reviews.came_vnd,
        may_write=lambda row: actor.may(Permission.MONEY_WRITE, row.seller_id),
        may_open=lambda row: actor.may(Permission.ORDERS_READ, row.order.seller_id),
    )


@bp.post("/<ref>/nhan")
@access.signed_in
def accept(actor: Actor, ref: str) -> ResponseReturnValue:
    """The money did come: it pays the order, and the rest is the buyer's."""
    access.get(actor, GatewayPayment, ref, Permission.MONEY_WRITE)
    form = pages.form(TakenSchema())
    if not form.errors:
        with form.guard(), transaction():
            payment = access.get(actor, GatewayPayment, ref, Permission.MONEY_WRITE, lock=True)
            reviews.accept(payment, form.data["amount"], actor.name)
            audit.note(actor, "gateway_payment.accept", payment, str(form.data["amount"]))
    if form.errors:
        return pages.refused(".review_list", form)
    return pages.saved(".review_list", _("Đã nhận khoản này."))


@bp.post("/<ref>/da-tra")
@access.signed_in
def given_back(actor: Actor, ref: str) -> ResponseReturnValue:
    """The gateway gave it back to the buyer."""
    access.get(actor, GatewayPayment, ref, Permission.MONEY_WRITE)
    form = pages.form(GivenBackSchema())
    if not form.errors:
        with form.guard(), transaction():
            payment = access.get(actor, GatewayPayment, ref, Permission.MONEY_WRITE, lock=True)
            amount_vnd = reviews.came_vnd(payment)
            reviews.given_back(payment, amount_vnd, form.data["reason"], actor.name)
            audit.note(actor, "gateway_payment.given_back", payment, str(amount_vnd))
    if form.errors:
        return pages.refused(".review_list", form)
    return pages.saved(".review_list", _("Đã ghi: cổng trả lại khách."))
