"""What can be counted of sales, by every channel, and how they were paid."""

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, SQLColumnExpression, case, func, select, true

from shop import figures
from shop.catalogue import figures as of_products
from shop.figures import Figure, Group, Scope, Words
from shop.orders.models import Order, PayBy, State, Voucher, VoucherUse
from shop.sellers import figures as of_sellers
from shop.sellers.models import Seller

# An order that stands: agreed for good, and not all of it came back.
SOLD = (
    State.PAID,
    State.CONFIRMED,
    State.PACKING,
    State.SHIPPED,
    State.DELIVERED,
    State.COMPLETED,
    State.PARTLY_RETURNED,
)
UNIT = _l("giao dịch")
SOURCE = _l("Đơn hàng")
STANDS = _l(
    "Đơn đặt trong kỳ, đã trả tiền hoặc đã chốt thu tiền sau; không kể đơn hủy, hết hạn, "
    "trả lại hết, và không tính cửa hàng thử trên sàn khác."
)

OURS = {
    "storefront": _l("Sàn này"),
    "livestream": _l("Livestream"),
    "phone": _l("Điện thoại"),
    "zalo": "Zalo",
    "counter": _l("Tại quầy"),
    "booth": _l("Sạp ở chợ"),
    "other": _l("Cách khác, ghi tay"),
}
# Where people write names otherwise than the code does.
MARKETS = {"shopee": "Shopee", "lazada": "Lazada", "tiktok": "TikTok Shop"}


def channel() -> ColumnElement[str]:
    """Where an order came from: a marketplace's name, or a word of `OURS`."""
    kind, which = (func.split_part(Order.source, ":", place) for place in (1, 2))
    return case((kind.in_(("channel", "manual")), which), else_=kind)


def channel_name(word: str) -> Words:
    """What a channel is called."""
    return OURS.get(word) or MARKETS.get(word) or word


def buyer() -> ColumnElement[str]:
    """Who bought, by phone; a marketplace that masks it has as many buyers as orders."""
    return case((Order.buyer_phone != "", Order.buyer_phone), else_=Order.ref)


def real(trial: SQLColumnExpression[bool]) -> ColumnElement[bool]:
    """Whether a row with this column is no trial in a sandbox shop; of a demonstration, where
    nothing is real, all rows count."""
    return true() if current_app.config["SETTINGS"].demo else trial.is_(False)


def sold(scope: Scope, *such: Any, **more: Any) -> Select[Any]:
    """Orders of the region that were placed in the period and stand, one row each."""
    columns = of_sellers.columns(
        **{"key": Order.id, "label": Order.ref, "ref": Order.ref, "at": Order.placed_at}
        | {"buyer": buyer()}
        | more
    )
    query = select(*columns).join(Seller, Seller.id == Order.seller_id)
    stands = Order.state.in_(SOLD) & scope.during(Order.placed_at)
    return query.where(of_sellers.within(scope), stands, real(Order.trial), *such)


def _transactions(scope: Scope) -> Select[Any]:
    return sold(scope, split=channel())


def _value(scope: Scope) -> Select[Any]:
    return sold(scope, split=channel(), amount=Order.total_vnd - Order.returned_vnd)


def _sellers(scope: Scope) -> Select[Any]:
    has_sold = select(Order.id).where(
        Order.seller_id == Seller.id,
        Order.state.in_(SOLD),
        scope.during(Order.placed_at),
        real(Order.trial),
    )
    columns = of_sellers.columns(key=Seller.id, ref=Seller.ref, split=of_sellers.kind())
    query = select(*columns).where(of_sellers.within(scope))
    return query.where(of_products.offered_during(scope), has_sold.exists())


def _share_selling_of(scope: Scope) -> Select[Any]:
    columns = of_sellers.columns(key=Seller.id, ref=Seller.ref)
    return select(*columns).where(of_sellers.within(scope), of_products.offered_during(scope))


def _vouchers(scope: Scope) -> Select[Any]:
    given = select(Voucher.code).where(Voucher.id == VoucherUse.voucher_id).scalar_subquery()
    columns = of_sellers.columns(
        key=VoucherUse.id,
        label=given,
        ref=Order.ref,
        amount=VoucherUse.amount_vnd,
        split="seller",
        buyer=buyer(),
        at=VoucherUse.at,
    )
    query = select(*columns).join(Order, Order.id == VoucherUse.order_id)
    query = query.join(Seller, Seller.id == Order.seller_id)
    return query.where(
        of_sellers.within(scope), VoucherUse.undone_at.is_(None), scope.during(VoucherUse.at)
    )


def _discounts(scope: Scope) -> Select[Any]:
    bearer = case((Order.pay_by == PayBy.CHANNEL, "unknown"), else_="seller")
    return sold(scope, Order.discount_vnd > 0, amount=Order.discount_vnd, split=bearer)


BEARERS = {
    "seller": _l("Người bán chịu"),
    "unknown": _l("Giảm trên sàn khác, sàn không nói ai chịu"),
}

FIGURES = (
    Figure(
        name="orders.selling_sellers",
        group=Group.SELLERS,
        title=_l("Người bán có hàng đăng và có bán được"),
        unit=of_sellers.UNIT,
        definition=_l(
            "Có ít nhất một sản phẩm đăng bán trong kỳ và ít nhất một đơn trong kỳ; không tính cửa "
            "hàng thử."
        ),
        source=_l("Lịch sử đăng bán và đơn hàng"),
        top=_l("người bán có hàng đăng và có đơn trong kỳ"),
        rows=_sellers,
        repeats=True,
        split_by=_l("Theo loại"),
        splits=of_sellers.kind_name,
        page="profile.seller",
        noted=True,
    ),
    Figure(
        name="orders.selling_share",
        group=Group.SELLERS,
        title=_l("Trong số người có hàng đăng, bao nhiêu phần bán được"),
        unit="%",
        definition=_l("Người bán có đơn trong kỳ so với người bán có hàng đăng trong kỳ."),
        source=_l("Lịch sử đăng bán và đơn hàng"),
        top=_l("người bán có hàng đăng và có đơn trong kỳ"),
        bottom=_l("người bán có hàng đăng trong kỳ"),
        empty=_l("Trong kỳ không ai trong vùng đăng bán hàng."),
        rows=_sellers,
        of=_share_selling_of,
        repeats=True,
        page="profile.seller",
        noted=True,
    ),
    Figure(
        name="orders.transactions",
        group=Group.SALES,
        title=_l("Giao dịch"),
        unit=UNIT,
        definition=STANDS,
        source=SOURCE,
        top=_l("đơn đặt trong kỳ còn hiệu lực"),
        rows=_transactions,
        split_by=_l("Theo kênh"),
        splits=channel_name,
        page="orders.order",
        noted=True,
    ),
    Figure(
        name="orders.value",
        group=Group.SALES,
        title=_l("Giá trị giao dịch"),
        unit=figures.VND,
        definition=_l(
            "Tổng tiền của các đơn ấy, đã trừ hàng trả lại; gồm phí giao, đã trừ giảm giá."
        ),
        source=SOURCE,
        top=_l("tiền của đơn đặt trong kỳ còn hiệu lực"),
        rows=_value,
        summed=True,
        split_by=_l("Theo kênh"),
        splits=channel_name,
        page="orders.order",
        noted=True,
    ),
    Figure(
        name="orders.vouchers",
        group=Group.SALES,
        title=_l("Lượt dùng mã giảm giá"),
        unit=_l("lượt"),
        definition=_l(
            "Lượt dùng mã giảm giá trong kỳ; đơn không thành thì mã được trả lại, không tính."
        ),
        source=_l("Mã giảm giá"),
        top=_l("lượt dùng mã trong kỳ"),
        rows=_vouchers,
        page="orders.order",
        noted=True,
    ),
    Figure(
        name="orders.discounts",
        group=Group.SALES,
        title=_l("Tiền giảm giá"),
        unit=figures.VND,
        definition=_l("Tiền giảm trên các đơn còn hiệu lực, và ai chịu phần giảm ấy."),
        source=SOURCE,
        top=_l("tiền giảm của đơn đặt trong kỳ còn hiệu lực"),
        rows=_discounts,
        summed=True,
        split_by=_l("Ai chịu"),
        splits=lambda who: BEARERS.get(who, who),
        page="orders.order",
        noted=True,
    ),
)
