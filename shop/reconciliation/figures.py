"""How many sales were paid digitally, by what is known of the money that came for them."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select

from shop.figures import Figure, Group, Scope
from shop.orders import figures as of_orders
from shop.orders.models import Order, PayBy
from shop.payments.models import GatewayPayment
from shop.reconciliation import parcels
from shop.reconciliation.models import Allocation


def _came_digitally() -> ColumnElement[bool]:
    """Whether money for an order came from its buyer through the bank or a gateway, and none by a
    carrier, whose sheets say what was collected but not how the buyer paid at the door."""
    moved = select(Allocation.id).where(
        Allocation.order_id == Order.id,
        Allocation.undone_at.is_(None),
        Allocation.refund_id.is_(None),
    )
    captured = select(GatewayPayment.id).where(
        GatewayPayment.order_id == Order.id, GatewayPayment.applied_vnd > 0
    )
    came = moved.correlate(Order).exists() | captured.correlate(Order).exists()
    return came & ~parcels.brought()


def _paid_digitally(scope: Scope) -> Select[Any]:
    after_all = (Order.pay_by == PayBy.COD) & _came_digitally()
    return of_orders.sold(scope, (Order.pay_by == PayBy.CASHLESS) | after_all)


def _way_known(scope: Scope) -> Select[Any]:
    return of_orders.sold(scope, Order.pay_by != PayBy.CHANNEL)


FIGURES = (
    Figure(
        name="orders.digital_share",
        group=Group.SALES,
        title=_l("Giao dịch trả không dùng tiền mặt"),
        unit="%",
        definition=_l(
            "Đơn trả bằng chuyển khoản, mã QR hoặc cổng thanh toán so với tất cả đơn biết cách "
            "trả, cả tiền mặt. Đơn thu tiền khi giao tính là tiền mặt, trừ đơn mà khách chuyển "
            "khoản hoặc trả qua cổng cho người bán và tiền ấy đã đối soát: hãng vận chuyển nộp "
            "tiền thu hộ nhưng không cho biết khách quét mã hay đưa tiền mặt. Đơn của sàn khác "
            "không tính: sàn không cho biết khách trả bằng gì."
        ),
        source=_l("Đơn hàng, sao kê ngân hàng và cổng thanh toán đã đối soát"),
        top=_l("đơn trả không dùng tiền mặt"),
        bottom=_l("đơn biết cách trả"),
        empty=_l("Trong kỳ không có đơn nào biết khách trả bằng gì."),
        rows=_paid_digitally,
        of=_way_known,
        tells=("orders.transactions", of_orders.OURS.__contains__),
        page="orders.order",
    ),
)
