"""How many sales have an electronic invoice."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from shop.figures import Figure, Group, Scope
from shop.invoices.models import Invoice, InvoiceState
from shop.orders import figures as of_orders
from shop.orders.models import Order, State

_HANDED_OVER = (State.SHIPPED, State.DELIVERED, State.COMPLETED, State.PARTLY_RETURNED)
# An adjusted or replaced invoice is one that was issued.
_ISSUED = (InvoiceState.ISSUED, InvoiceState.ADJUSTED, InvoiceState.REPLACED)


def _handed_over(scope: Scope) -> Select[Any]:
    return of_orders.sold(scope, Order.state.in_(_HANDED_OVER))


def _invoiced(scope: Scope) -> Select[Any]:
    issued = select(Invoice.id).where(Invoice.order_id == Order.id, Invoice.state.in_(_ISSUED))
    return _handed_over(scope).where(issued.exists())


FIGURES = (
    Figure(
        name="invoices.share",
        group=Group.SALES,
        title=_l("Giao dịch có hóa đơn điện tử"),
        unit="%",
        definition=_l(
            "Đơn đã giao hàng có hóa đơn điện tử đã lập so với tất cả đơn đã giao hàng, trong các "
            "đơn đặt trong kỳ."
        ),
        source=_l("Đơn hàng và hóa đơn nhà cung cấp báo lại"),
        top=_l("đơn đã giao có hóa đơn đã lập"),
        bottom=_l("đơn đã giao"),
        empty=_l("Trong kỳ không có đơn nào đã giao hàng."),
        rows=_invoiced,
        of=_handed_over,
        page="orders.order",
        noted=True,
    ),
)
