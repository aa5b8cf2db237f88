"""A parcel that is on its way: its carrier and number, corrected when they were written wrong."""

from flask_babel import gettext as _

from shop import clock
from shop.database import db
from shop.orders.errors import NotAllowed
from shop.orders.models import Order, OrderEvent, State

ON_ITS_WAY = frozenset({State.SHIPPED, State.DELIVERED})


def correct(order: Order, carrier: str, tracking_no: str, *, who: str) -> None:
    """Another carrier or number for a locked order that was sent; what stood there is logged.

    The same again changes nothing. Raises NotAllowed before it is sent and once it is over.
    """
    if State(order.state) not in ON_ITS_WAY:
        raise NotAllowed(order.state, State.SHIPPED)
    before, now = _said(order.carrier, order.tracking_no), _said(carrier, tracking_no)
    if before == now:
        return
    order.carrier, order.tracking_no = carrier or None, tracking_no or None
    why = _("Sửa vận đơn: %(before)s → %(now)s", before=before or "–", now=now or "–")
    values = {"order_id": order.id, "from_state": order.state, "to_state": order.state}
    db.session.add(OrderEvent(**values, at=clock.now(), who=who, why=why))


def _said(carrier: str | None, tracking_no: str | None) -> str:
    return " ".join(filter(None, (carrier, tracking_no)))
