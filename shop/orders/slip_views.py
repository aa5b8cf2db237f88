"""Back office: slips of orders. A print is a POST that counts, and answers with the paper."""

from collections.abc import Sequence
from io import BytesIO

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from shop import once, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.orders import slip_runs
from shop.orders.models import Order
from shop.orders.schemas import SlipSchema

bp = Blueprint("slips", __name__, url_prefix="/ban-hang/don-hang")


@bp.post("/<ref>/phieu-giao")
@access.signed_in
def slip(actor: Actor, ref: str) -> ResponseReturnValue:
    """The slip of one order."""
    row = access.get(actor, Order, ref, Permission.ORDERS_WRITE)
    form = pages.form(SlipSchema())
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return hand_out(actor, [row], form, url_for("orders.order", ref=ref))


def hand_out(actor: Actor, orders: Sequence[Order], form: pages.Form, page: str) -> Response:
    """Count a print of `orders` and answer with the paper; the same form again counts nothing.

    `page`: the address from which it was asked for.
    """
    ids = [order.id for order in orders]
    with transaction():
        if once.claim(key(form), page):
            slip_runs.count(actor, orders)
    out = BytesIO()
    slip_runs.draw(slip_runs.fetch(ids), slip_runs.PAPERS[form.data["paper"]], out)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": 'inline; filename="phieu-giao.pdf"',
    }
    return Response(out.getvalue(), mimetype="application/pdf", headers=headers)


def key(form: pages.Form) -> str:
    """What a print is known by: the form and the paper, for on another paper it is another one."""
    return f"{form.key}-{form.data['paper']}"
