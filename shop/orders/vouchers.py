"""Vouchers: what one takes off, who may use it, and that the last use is used once."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from shop import clock, money
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.orders.errors import NoVoucher
from shop.orders.models import Order, Voucher, VoucherUse
from shop.sellers.models import Seller

# The most that a price may be lowered by, of what it was just before: Decree 81/2018/NĐ-CP, article
# 7 clause 1, as amended by Decree 128/2024/NĐ-CP. In a concentrated promotion (clause 2) it may be
# more, so it is only warned of.
MOST_PERCENT = 50


def make(actor: Actor, seller: Seller, data: dict[str, Any]) -> Voucher:
    """A new voucher (`data` as VoucherSchema gives it). Raises BadInput (`code`) when taken."""
    row = Voucher(seller_id=seller.id, **data)
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError:
        raise BadInput({"code": [_("Đã có mã này.")]}) from None
    audit.note(actor, "voucher.make", row, row.code)
    return row


def change(actor: Actor, row: Voucher, data: dict[str, Any]) -> None:
    """Other conditions from now on; what was used stays used."""
    for name, value in data.items():
        setattr(row, name, value)
    audit.note(actor, "voucher.change", row, row.code)


def above_limit(row: Voucher) -> bool:
    """Whether some basket may get more than half off, which promotion law allows only at times.

    The seller is warned, not hindered: months of concentrated promotion allow more.
    """
    if row.percent is not None:
        return row.percent > MOST_PERCENT
    return (row.amount_vnd or 0) * 100 > row.minimum_vnd * MOST_PERCENT


def discount_vnd(voucher: Voucher, goods_vnd: int) -> int:
    """What it takes off so much of goods, in đồng: never more than they cost."""
    if voucher.amount_vnd is not None:
        return min(voucher.amount_vnd, goods_vnd)
    share = goods_vnd * (voucher.percent or 0) // 100
    return min(share, goods_vnd if voucher.cap_vnd is None else voucher.cap_vnd)


def find(seller_id: int, code: str, goods_vnd: int, phone: str | None) -> Voucher:
    """The voucher of that code, usable for so much of goods by this buyer (E.164) now.

    Raises NoVoucher with the reason.
    """
    voucher = _of_code(seller_id, code)
    _expect_usable(voucher, code, goods_vnd, phone)
    return voucher


def exists(seller_id: int, code: str) -> bool:
    """Whether the seller has a voucher of that code, usable today or not."""
    query = select(Voucher.id).where(Voucher.seller_id == seller_id, Voucher.code == code.upper())
    return db.session.scalar(query) is not None


def to_give(seller_id: int) -> list[Voucher]:
    """The seller's vouchers that are not over, by code."""
    query = select(Voucher).where(Voucher.seller_id == seller_id, Voucher.active)
    query = query.where(Voucher.ends_at > clock.now()).order_by(Voucher.code)
    return list(db.session.scalars(query))


def lock(named: Iterable[tuple[int, str]]) -> None:
    """Lock those of (seller id, code) that there are, in id order, until the commit."""
    codes = {(seller_id, code.upper()) for seller_id, code in named if code}
    if codes:
        query = select(Voucher.id).where(tuple_(Voucher.seller_id, Voucher.code).in_(codes))
        db.session.execute(query.order_by(Voucher.id).with_for_update())


def _of_code(seller_id: int, code: str, *, lock: bool = False) -> Voucher:
    query = select(Voucher).where(Voucher.seller_id == seller_id, Voucher.code == code.upper())
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NoVoucher(_("Không có mã giảm giá %(code)s ở người bán này.", code=code))
    return found


def _expect_usable(voucher: Voucher, code: str, goods_vnd: int, phone: str | None) -> None:
    now = clock.now()
    if not voucher.active or now >= voucher.ends_at:
        raise NoVoucher(_("Mã %(code)s đã hết hạn.", code=code))
    if now < voucher.starts_at:
        raise NoVoucher(_("Mã %(code)s dùng từ %(day)s.", code=code, day=_day(voucher.starts_at)))
    if goods_vnd < voucher.minimum_vnd:
        least = money.show(voucher.minimum_vnd)
        raise NoVoucher(_("Mã %(code)s dùng cho đơn từ %(least)s.", code=code, least=least))
    if voucher.total_limit is not None and used(voucher) >= voucher.total_limit:
        raise NoVoucher(_("Mã %(code)s vừa hết lượt dùng.", code=code))
    limit = voucher.per_buyer_limit
    if limit is not None and phone and used(voucher, phone) >= limit:
        raise NoVoucher(_("Bạn đã dùng hết lượt của mã %(code)s.", code=code))


def _day(instant: datetime) -> str:
    return f"{clock.vietnam(instant):%d/%m/%Y %H:%M}"


def used(voucher: Voucher, phone: str | None = None) -> int:
    """How often it was used, by everybody or by one buyer."""
    query = select(func.count(VoucherUse.id)).where(
        VoucherUse.voucher_id == voucher.id, VoucherUse.undone_at.is_(None)
    )
    if phone:
        query = query.where(VoucherUse.phone == phone)
    return db.session.scalar(query) or 0


def used_of(voucher_ids: Collection[int]) -> dict[int, int]:
    """Voucher id → how often it was used, for those that were."""
    query = select(VoucherUse.voucher_id, func.count(VoucherUse.id)).where(
        VoucherUse.voucher_id.in_(voucher_ids), VoucherUse.undone_at.is_(None)
    )
    rows = db.session.execute(query.group_by(VoucherUse.voucher_id))
    return {row[0]: row[1] for row in rows}


def use(order: Order, code: str) -> None:
    """Take what the voucher gives off the order, whose goods and fee stand.

    Two buyers who race for the last use wait here for one another. Raises NoVoucher.
    """
    voucher = _of_code(order.seller_id, code, lock=True)
    _expect_usable(voucher, code, order.goods_vnd, order.buyer_phone)
    order.voucher_code = voucher.code
    order.discount_vnd = discount_vnd(voucher, order.goods_vnd)
    order.total_vnd = order.goods_vnd + order.fee_vnd - order.discount_vnd
    db.session.flush()
    db.session.add(
        VoucherUse(
            voucher_id=voucher.id,
            order_id=order.id,
            phone=order.buyer_phone,
            amount_vnd=order.discount_vnd,
        )
    )


def weighed_vnd(order: Order, goods_vnd: int) -> int:
    """What comes off an order whose goods cost `goods_vnd` since they were weighed.

    A percentage is one of what the goods cost now, and never more than was agreed.
    """
    used = db.session.execute(
        select(Voucher, VoucherUse.amount_vnd)
        .join(Voucher, Voucher.id == VoucherUse.voucher_id)
        .where(VoucherUse.order_id == order.id)
    ).first()
    if used is None:
        return min(order.discount_vnd, goods_vnd)
    voucher, agreed_vnd = used
    if voucher.percent is None:
        return min(agreed_vnd, goods_vnd)
    return min(agreed_vnd, discount_vnd(voucher, goods_vnd))


def give_back(order: Order) -> None:
    """The order fell through: its voucher may be used again. Safe to run twice."""
    mine = update(VoucherUse).where(VoucherUse.order_id == order.id, VoucherUse.undone_at.is_(None))
    db.session.execute(mine.values(undone_at=clock.now()))


def take_again(order: Order) -> None:
    """The order came to something after all: it was paid at the price with its voucher.

    Counted even when the voucher has been used up meanwhile. Safe to run twice.
    """
    mine = update(VoucherUse).where(VoucherUse.order_id == order.id)
    db.session.execute(mine.values(undone_at=None))
