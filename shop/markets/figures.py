"""What can be counted of markets, their booths and the money taken there.

The rows are those of `takings`, which says what each of them means.
"""

from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select

from shop.figures import Figure, Group, Scope, Words, row
from shop.markets import takings
from shop.markets.models import Booth, Market, MarketKind
from shop.orders.models import Order
from shop.sellers.models import Seller

_BOOTHS = _l("điểm bán")
_REGISTER = _l("Sổ chợ và điểm bán")
_TILL = _l("Sổ thu của các điểm bán ở chợ")
_NO_BOOTH = _l("Trong kỳ không có điểm bán nào ở chợ.")


def _inside(scope: Scope) -> ColumnElement[bool]:
    return scope.inside(Market.province_code, Market.commune_code)


def _as_markets(query: Select[Market]) -> Select[Any]:
    columns = row(
        key=Market.id,
        party=None,
        commune=Market.commune_code,
        label=Market.name,
        ref=Market.ref,
        split=Market.kind,
    )
    return query.order_by(None).with_only_columns(*columns)


def _as_booths(query: Select[Booth], *, key: Any = Booth.id) -> Select[Any]:
    columns = row(
        key=key,
        party=Booth.seller_id,
        commune=Market.commune_code,
        label=Market.name + " – " + Booth.number,
        ref=Booth.ref,
    )
    return query.order_by(None).with_only_columns(*columns)


def _markets(scope: Scope) -> Select[Any]:
    return _as_markets(takings.open_markets(scope.period.last, _inside(scope)))


def _on_model(scope: Scope) -> Select[Any]:
    return _as_markets(takings.on_model(scope.period.last, _inside(scope)))


def _in_use(scope: Scope) -> Select[Any]:
    return _as_booths(takings.in_use(scope.period.last, scope.period.last, _inside(scope)))


def _without_account(scope: Scope) -> Select[Any]:
    return _as_booths(takings.without_account(scope.period.last, _inside(scope)))


def _days(scope: Scope) -> tuple[Any, Any]:
    return scope.period.first, scope.period.last


def _traders(scope: Scope) -> Select[Any]:
    return _as_booths(takings.in_use(*_days(scope), _inside(scope)), key=Booth.seller_id)


def _paid_by_code(scope: Scope) -> Select[Any]:
    query = takings.with_digital_receipt(*_days(scope), _inside(scope))
    return _as_booths(query, key=Booth.seller_id)


def _cash_untold(scope: Scope) -> Select[Any]:
    return _as_booths(takings.without_cash(*_days(scope), _inside(scope)))


def _sales(scope: Scope, *which: ColumnElement[bool]) -> Select[Any]:
    """Sales of the booths that tell of their cash too, in that month."""
    told = takings.told_beside(*_days(scope))
    query = takings.sales(*_days(scope), _inside(scope), told, *which)
    columns = row(
        key=Order.id,
        party=Booth.seller_id,
        commune=Market.commune_code,
        label=Seller.name,
        ref=Order.ref,
        amount=Order.paid_vnd,
        at=Order.placed_at,
    )
    return query.join(Seller, Seller.id == Booth.seller_id).with_only_columns(*columns)


def _digital_sales(scope: Scope, *which: ColumnElement[bool]) -> Select[Any]:
    return _sales(scope, takings.by_bank(*_days(scope)), *which)


def _seen_only(scope: Scope) -> Select[Any]:
    return _digital_sales(scope, takings.seen_only())


def _of_booth(ref: str) -> Figure:
    """The digital share of one booth."""
    mine = Booth.ref == ref
    return replace(
        _DIGITAL,
        title=_l("Lượt bán trả không tiền mặt của điểm bán này"),
        rows=lambda scope: _digital_sales(scope, mine),
        of=lambda scope: _sales(scope, mine),
    )


def _kind_name(kind: str) -> Words:
    return {
        MarketKind.MARKET: _("Chợ"),
        MarketKind.STREET: _("Tuyến phố"),
    }[MarketKind(kind)]


_DIGITAL = Figure(
    name="markets.transactions_digital",
    group=Group.MARKETS,
    title=_l("Lượt bán ở chợ trả không tiền mặt"),
    unit="%",
    definition=_l(
        "Lượt bán trả qua ngân hàng so với tất cả lượt bán, cả tiền mặt. Tháng nào chỉ tính điểm "
        "bán có ghi tiền mặt hoặc có chốt ngày trong tháng ấy: nơi khác thì không ai biết phần "
        "tiền mặt. "
        "Tính cả lượt người bán xác nhận thấy tiền vào mà ngân hàng chưa báo."
    ),
    source=_TILL,
    top=_l("lượt bán trả qua ngân hàng"),
    bottom=_l("tất cả lượt bán"),
    empty=_l("Trong kỳ không điểm bán nào vừa bán vừa ghi tiền mặt."),
    rows=_digital_sales,
    of=_sales,
    # All sales at booths, where each of them tells of its cash.
    tells=("orders.transactions", "booth".__eq__),
    page="orders.order",
    noted=True,
)

FIGURES = (
    Figure(
        name="markets.on_model",
        group=Group.MARKETS,
        title=_l("Chợ, tuyến phố theo mô hình không dùng tiền mặt"),
        unit="%",
        definition=_l("Chợ 4.0 và tuyến phố không dùng tiền mặt so với tất cả chợ và tuyến phố."),
        source=_REGISTER,
        top=_l("chợ, tuyến phố đang theo mô hình"),
        bottom=_l("chợ, tuyến phố đang hoạt động"),
        empty=_l("Chưa có chợ hay tuyến phố nào được khai."),
        rows=_on_model,
        of=_markets,
        state=True,
        split_by=_l("Theo loại"),
        splits=_kind_name,
        public=True,
        page="public_markets.public_market",
    ),
    Figure(
        name="markets.without_account",
        group=Group.MARKETS,
        title=_l("Điểm bán chưa có tài khoản nhận tiền"),
        unit="%",
        definition=_l(
            "Sạp, ki-ốt, gian hàng ở chợ mà người bán chưa có tài khoản ngân hàng, ví hay tiền di "
            "động nào để khách quét mã trả tiền."
        ),
        source=_REGISTER,
        top=_l("điểm bán chưa có tài khoản"),
        bottom=_l("điểm bán đang dùng"),
        empty=_NO_BOOTH,
        rows=_without_account,
        of=_in_use,
        state=True,
        page="booths.booth",
    ),
    Figure(
        name="markets.merchants_digital",
        group=Group.MARKETS,
        title=_l("Tiểu thương có nhận tiền qua mã"),
        unit="%",
        definition=_l(
            "Người bán ở chợ có ít nhất một lần nhận tiền qua ngân hàng tại điểm bán trong kỳ; "
            "tính cả lần người bán xác nhận thấy tiền vào mà ngân hàng chưa báo."
        ),
        source=_TILL,
        top=_l("người bán có ít nhất một lần nhận tiền qua ngân hàng"),
        bottom=_l("người bán có điểm bán trong kỳ"),
        empty=_NO_BOOTH,
        rows=_paid_by_code,
        of=_traders,
        repeats=True,
        page="booths.booth",
        noted=True,
        alone=_of_booth,
    ),
    _DIGITAL,
    Figure(
        name="markets.seen_unreconciled",
        group=Group.MARKETS,
        title=_l("Lượt bán ở chợ người bán xác nhận, chưa đối soát"),
        unit=_l("lượt"),
        definition=_l(
            "Lượt bán mà người bán nói đã thấy tiền vào tài khoản, ngân hàng chưa báo và sao kê "
            "chưa có. Đã tính trong lượt trả không tiền mặt."
        ),
        source=_TILL,
        top=_l("lượt bán người bán xác nhận, chưa đối soát"),
        rows=_seen_only,
        page="orders.order",
        noted=True,
    ),
    Figure(
        name="markets.cash_untold",
        group=Group.MARKETS,
        title=_l("Điểm bán không ghi tiền mặt"),
        unit=_BOOTHS,
        definition=_l(
            "Điểm bán có tháng nhận tiền qua ngân hàng mà không ghi lượt tiền mặt và không chốt "
            "ngày nào, nên tháng ấy không tính vào tỷ lệ trả không tiền mặt."
        ),
        source=_TILL,
        top=_l("điểm bán không rõ phần tiền mặt"),
        rows=_cash_untold,
        repeats=True,
        page="booths.booth",
        noted=True,
    ),
)
