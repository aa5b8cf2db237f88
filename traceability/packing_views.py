"""Back office: naming the lots that an order's goods come from."""

from decimal import Decimal

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import BadInput
from shop.fields import Quantity
from shop.orders.models import Order, OrderLine
from traceability import packing
from traceability.models import Lot
from traceability.packing import Part

bp = Blueprint("packing", __name__, url_prefix="/ban-hang/don-hang", template_folder="templates")

MOST_LOTS = 40  # for one line
QUANTITY = Quantity(least="0.001", most="1000000")


@bp.post("/<ref>/lo-hang")
@access.signed_in
def pack(actor: Actor, ref: str) -> ResponseReturnValue:
    """The lots of each line and how much of each; sent twice it is the same."""
    form = pages.Form()
    with form.guard(), transaction():
        row = access.get(actor, Order, ref, Permission.ORDERS_WRITE, lock=True)
        parts = {line.id: _parts(actor, line) for line in packing.lines(row)}
        packing.pack(actor, row, {line_id: named for line_id, named in parts.items() if named})
    if form.errors:
        return pages.refused("orders.order", form, ref=ref, _anchor="lo-hang")
    return pages.saved("orders.order", _("Đã ghi lô hàng."), ref=ref, _anchor="lo-hang")


def _parts(actor: Actor, line: OrderLine) -> list[Part]:
    """What the form says of a line. Raises NotFound, BadInput."""
    found = []
    for number in range(MOST_LOTS):
        ref = request.form.get(f"lot-{line.id}-{number}", "")
        typed = request.form.get(f"quantity-{line.id}-{number}", "").strip()
        if ref:
            lot = access.get(actor, Lot, ref, Permission.ORDERS_WRITE)
            found.append(Part(lot, _read(line, typed)))
    return found


def _read(line: OrderLine, typed: str) -> Decimal:
    try:
        quantity: Decimal = QUANTITY.deserialize(typed)
    except ValidationError as error:
        said = [f"{line.name}: {message}" for message in error.messages]
        raise BadInput({f"line-{line.id}": said}) from None
    return quantity
