"""What can be counted of livestream sessions, by the event they were part of."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, String, func, literal, select

from shop import figures
from shop.figures import Figure, Group, Scope, Words
from shop.livestream.models import Broadcast
from shop.livestream.plan_models import Festival
from shop.orders import figures as of_orders
from shop.orders.models import Order
from shop.sellers import figures as of_sellers
from shop.sellers.models import Seller


def _event() -> ColumnElement[str]:
    """The name of the event that the session is part of, as a split."""
    name = select(Festival.name).where(Festival.id == Broadcast.festival_id).scalar_subquery()
    return func.coalesce(name, "")


def _event_name(name: str) -> Words:
    return name or str(_("Ngoài sự kiện"))


def _sessions(scope: Scope) -> Select[Any]:
    columns = of_sellers.columns(
        key=Broadcast.id,
        label=Broadcast.title,
        ref=Broadcast.ref,
        split=_event(),
        at=Broadcast.live_at,
    )
    query = select(*columns).join(Seller, Seller.id == Broadcast.seller_id)
    return query.where(of_sellers.within(scope), scope.during(Broadcast.live_at))


def _orders(scope: Scope) -> Select[Any]:
    amount = Order.total_vnd - Order.returned_vnd
    query = of_orders.sold(scope, split=_event(), amount=amount)
    source = literal("livestream:", String) + Broadcast.ref
    return query.join(Broadcast, source == Order.source)


FIGURES = (
    Figure(
        name="livestream.sessions",
        group=Group.LIVESTREAM,
        title=_l("Phiên livestream"),
        unit=_l("phiên"),
        definition=_l("Phiên bán hàng đã lên sóng trong kỳ; tập dượt không tính."),
        source=_l("Phiên livestream"),
        top=_l("phiên lên sóng trong kỳ"),
        rows=_sessions,
        split_by=_l("Theo sự kiện"),
        splits=_event_name,
        page="livestream_results.results",
    ),
    Figure(
        name="livestream.orders",
        group=Group.LIVESTREAM,
        title=_l("Giao dịch từ livestream"),
        unit=of_orders.UNIT,
        definition=of_orders.STANDS,
        source=_l("Đơn hàng của phiên livestream"),
        top=_l("đơn của phiên, đặt trong kỳ, còn hiệu lực"),
        rows=_orders,
        split_by=_l("Theo sự kiện"),
        splits=_event_name,
        tells=("orders.transactions", "livestream".__eq__),
        page="orders.order",
        noted=True,
    ),
    Figure(
        name="livestream.value",
        group=Group.LIVESTREAM,
        title=_l("Giá trị bán qua livestream"),
        unit=figures.VND,
        definition=_l("Tổng tiền của các đơn ấy, đã trừ hàng trả lại."),
        source=_l("Đơn hàng của phiên livestream"),
        top=_l("tiền của đơn từ phiên livestream còn hiệu lực"),
        rows=_orders,
        summed=True,
        split_by=_l("Theo sự kiện"),
        splits=_event_name,
        tells=("orders.value", "livestream".__eq__),
        page="orders.order",
        noted=True,
    ),
)
