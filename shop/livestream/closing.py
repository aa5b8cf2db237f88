"""What a session came to: claims, orders, money, goods, people; preliminary while it runs.

Every figure is the count and the sums of one query's rows (`session_rows`), and a page lists them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, literal, select, union_all

from shop import clock
from shop.accounts.access import Actor
from shop.accounts.models import User
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.livestream import broadcasts, claims, session_rows
from shop.livestream.models import Broadcast
from shop.livestream.settling import Settled

LABELS = {
    "comments": _l("Bình luận"),
    "said_order": _l("Chốt đơn"),
    "said_question": _l("Câu hỏi"),
    "said_cancel": _l("Hủy"),
    "said_phone": _l("Số điện thoại"),
    "said_noise": _l("Không liên quan"),
    "to_review": _l("Còn cần người xem"),
    "handled": _l("Người đã xử lý"),
    "claims": _l("Tất cả lời chốt"),
    "claims_ordered": _l("Lời chốt đã thành đơn"),
    "claims_held": _l("Còn đang giữ hàng"),
    "claims_waiting": _l("Còn chờ hàng"),
    "claims_cancelled": _l("Người mua hủy"),
    "claims_lapsed": _l("Hết giờ giữ, đã nhả hàng"),
    "changed": _l("Đơn khác lời chốt: cân lại, sửa số lượng, đổi giá"),
    "fees": _l("Phí giao hàng"),
    "discounts": _l("Giảm giá"),
    "placed": _l("Tất cả đơn của phiên"),
    "void": _l("Đơn đã hủy hoặc hết hạn"),
    "void_paid": _l("Tiền đã nhận của đơn hủy, phải trả lại"),
    "standing": _l("Doanh thu: đơn còn hiệu lực"),
    "paid": _l("Đã nhận tiền"),
    "open": _l("Chưa trả, chờ chuyển khoản"),
    "open_cod": _l("Chưa thu, thu khi nhận hàng"),
    "returned": _l("Hàng trả lại"),
    "not_asked": _l("Phí của đơn đã trả hết hàng, không thu"),
    "written_off": _l("Bỏ qua, không thu"),
    "to_give_back": _l("Nhận thừa, phải trả lại"),
    "paying": _l("Đơn trả tiền trước"),
    "shipped": _l("Đã gửi đi"),
    "to_ship": _l("Chưa gửi"),
    "lines": _l("Hàng trong đơn"),
    "lines_shipped": _l("Hàng đã gửi"),
    "lines_returned": _l("Hàng đã trả lại"),
    "buyers": _l("Người đã chốt"),
    "buyers_bought": _l("Người đã mua"),
}

# Each list adds up to its last figure, to the đồng; what is between two is named.
CHAIN: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        _l("Lời chốt đi đâu"),
        (
            *("claims_ordered", "claims_held", "claims_waiting", "claims_cancelled"),
            *("claims_lapsed", "claims"),
        ),
    ),
    (_l("Từ lời chốt thành đơn"), ("claims_ordered", "changed", "fees", "discounts", "placed")),
    (_l("Đơn nào còn"), ("void", "standing", "placed")),
    (
        _l("Tiền của đơn"),
        (
            *("paid", "open", "open_cod", "returned", "not_asked"),
            *("written_off", "to_give_back", "standing"),
        ),
    ),
    (_l("Hàng của đơn"), ("shipped", "to_ship", "standing")),
)
KINDS = ("said_order", "said_question", "said_cancel", "said_phone", "said_noise")


def close(actor: Actor, broadcast: Broadcast) -> Settled:
    """The session is over, and what is held and not paid is settled by its rule; twice is once."""
    broadcasts.close(actor, broadcast)
    return claims.settle_unpaid(broadcast)


@dataclass(frozen=True)
class Figure:
    """How many rows there are and what they come to, in đồng."""

    name: str
    count: int = 0
    amount_vnd: int = 0

    @property
    def label(self) -> str:
        """Its name for people."""
        return str(LABELS[self.name])


@dataclass
class Goods:
    """One product under its codes: quantities in its unit, and the money of orders that stand."""

    ref: str
    name: str
    unit: str
    claimed: Decimal = Decimal(0)
    ordered: Decimal = Decimal(0)
    shipped: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    amount_vnd: int = 0


@dataclass
class Helper:
    """One of the staff, or (without `ref`) the reader by itself."""

    ref: str
    name: str
    claims: int = 0
    amount_vnd: int = 0
    comments: int = 0


@dataclass(frozen=True)
class Report:
    """All of a session's figures. Seconds to pay: of half and of nine in ten of the orders.

    `minutes`: claims in each minute that had any, by its beginning (UTC).
    """

    figures: dict[str, Figure]
    pay_seconds: tuple[int, int] | None
    minutes: Sequence[tuple[datetime, int]]
    goods: Sequence[Goods]
    helpers: Sequence[Helper] = field(default_factory=list)

    def __getitem__(self, name: str) -> Figure:
        return self.figures[name]

    @property
    def bought_percent(self) -> int | None:
        """How many of a hundred who claimed have an order that stands; None when nobody did."""
        asked = self["buyers"].count
        return round(100 * self["buyers_bought"].count / asked) if asked else None

    @property
    def best(self) -> tuple[datetime, int] | None:
        """The minute with the most claims, the first of equal ones; None without any."""
        return max(self.minutes, key=lambda each: each[1], default=None)


def report(broadcast: Broadcast) -> Report:
    """What the session came to until now; a fixed number of queries."""
    return Report(
        figures=_figures(broadcast),
        pay_seconds=_pay_seconds(broadcast),
        minutes=_minutes(broadcast),
        goods=_goods(broadcast),
        helpers=_helpers(broadcast),
    )


def _figures(broadcast: Broadcast) -> dict[str, Figure]:
    summed = []
    for name in LABELS:
        rows = session_rows.of(name, broadcast).subquery()
        total = func.coalesce(func.sum(rows.c.amount_vnd), 0)
        summed.append(select(literal(name).label("name"), func.count(), total).select_from(rows))
    found = db.session.execute(union_all(*summed))
    return {name: Figure(name, count, int(total)) for name, count, total in found}


def _pay_seconds(broadcast: Broadcast) -> tuple[int, int] | None:
    rows = session_rows.of("paying", broadcast).subquery()
    half, most = (
        func.percentile_cont(share).within_group(rows.c.quantity.asc()) for share in (0.5, 0.9)
    )
    found = db.session.execute(select(half, most)).one()
    return None if found[0] is None else (round(found[0]), round(found[1]))


def _minutes(broadcast: Broadcast) -> list[tuple[datetime, int]]:
    rows = session_rows.of("claims", broadcast).subquery()
    minute = func.date_trunc("minute", rows.c.at)
    query = select(minute, func.count()).group_by(minute).order_by(minute)
    return [(at, count) for at, count in db.session.execute(query)]


def _goods(broadcast: Broadcast) -> list[Goods]:
    found: dict[int, dict[str, tuple[Decimal, int]]] = defaultdict(dict)
    names = ("claims", "lines", "lines_shipped", "lines_returned")
    for name, key, _count, quantity, amount in _by(broadcast, names, "variant_id"):
        found[key][name] = (quantity or Decimal(0), int(amount))
    query = select(Variant.id, Variant.ref, Product.name, Variant.pack, Variant.unit)
    query = query.join(Product, Product.id == Variant.product_id).where(Variant.id.in_(found))
    goods = []
    for key, ref, name, pack, unit in db.session.execute(query):
        told = defaultdict(lambda: (Decimal(0), 0), found[key])
        claimed, ordered, shipped, returned = (told[each][0] for each in names)
        goods.append(
            Goods(
                ref=ref,
                name=f"{name}, {pack}",
                unit=unit,
                claimed=claimed,
                ordered=ordered,
                shipped=shipped,
                returned=returned,
                amount_vnd=told["lines"][1],
            )
        )
    return sorted(goods, key=lambda each: (-each.amount_vnd, each.name))


def _helpers(broadcast: Broadcast) -> list[Helper]:
    found: dict[int | None, Helper] = {}
    rows = _by(broadcast, ("claims", "handled"), "helper_id")
    query = select(User.id, User.ref, User.name).where(
        User.id.in_({row[1] for row in rows} - {None})
    )
    people = {user_id: (ref, name) for user_id, ref, name in db.session.execute(query)}
    for name, key, count, _quantity, amount in rows:
        helper = found.setdefault(key, Helper(*people.get(key, ("", ""))))
        if name == "claims":
            helper.claims, helper.amount_vnd = count, int(amount)
        else:
            helper.comments = count
    return sorted(found.values(), key=lambda each: (-each.claims, each.name))


def _by(broadcast: Broadcast, names: Sequence[str], column: str) -> list[Any]:
    """Name, value of `column`, count, quantity and đồng of these figures; one query."""
    parts = []
    for name in names:
        rows = session_rows.of(name, broadcast).subquery()
        sums = (
            func.count(),
            func.sum(rows.c.quantity),
            func.coalesce(func.sum(rows.c.amount_vnd), 0),
        )
        parts.append(select(literal(name), rows.c[column], *sums).group_by(rows.c[column]))
    return list(db.session.execute(union_all(*parts)).all())


def over(broadcast: Broadcast) -> bool:
    """Whether the figures are those of a session that is closed."""
    return broadcast.closed_at is not None and broadcast.closed_at <= clock.now()
