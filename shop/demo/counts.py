"""What the demo left in the database, counted there."""

from typing import Any

from flask import current_app
from sqlalchemy import func, select

from shop import money
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.livestream.models import Comment
from shop.orders.models import Order
from shop.reconciliation.models import BankLine, LineState, Reason
from shop.reconciliation.words import REASONS
from shop.sellers.models import Seller
from traceability.stamp_models import Stamp, StampBatch
from workers.channels.models import Connection, Listing, ListingState
from workers.channels.order_models import ChannelOrder
from workers.channels.schemas import PLATFORMS


def counted() -> dict[str, Any]:
    """The object `ocop demo --json` prints. `left_over`: a list with the reason of each."""
    received = select(BankLine).where(BankLine.direction == "in")
    left_over = received.where(BankLine.state != LineState.MATCHED).order_by(BankLine.id)
    return {
        "listings": _count(select(Product.id)),
        "stamps": _count(select(Stamp.id)),
        "stamps_pdf": _pdf(),
        "pushed": _count(select(Listing.id).where(Listing.state == ListingState.LIVE)),
        "comments": _count(select(Comment.id)),
        "orders": _count(select(Order.id)),
        "transfers": _count(received.with_only_columns(BankLine.id)),
        "matched": _count(select(BankLine.id).where(BankLine.state == LineState.MATCHED)),
        "left_over": [_left_over(line) for line in db.session.scalars(left_over)],
    }


def _count(query: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _pdf() -> str | None:
    key = db.session.scalar(
        select(StampBatch.file_key)
        .where(StampBatch.file_key.is_not(None))
        .order_by(StampBatch.id.desc())
    )
    where: str | None = key and current_app.extensions["storage"].where(key)
    return where


def _left_over(line: BankLine) -> dict[str, Any]:
    return {
        "amount_vnd": line.amount_vnd,
        "content": line.content,
        "state": line.state,
        "reason": str(REASONS[Reason(line.reason)]) if line.reason else "",
    }


def as_table(result: dict[str, Any]) -> str:
    """The same for people, with who sells and why something is left over."""
    sellers = _count(select(Seller.id))
    lines = [
        ("Sản phẩm trong danh mục", f"{result['listings']} của {sellers} người bán"),
        ("Tem đã in", f"{result['stamps']} ({result['stamps_pdf']})"),
        ("Đã đăng lên sàn giả lập", str(result["pushed"])),
        *_not_listed(),
        ("Bình luận đã đọc", str(result["comments"])),
        ("Đơn hàng", str(result["orders"])),
        *_from_marketplaces(),
        ("Chuyển khoản nhận được", str(result["transfers"])),
        ("Đã khớp với đơn", str(result["matched"])),
        ("Còn lại", str(len(result["left_over"]))),
    ]
    lines += [
        ("", f"{money.show(left['amount_vnd'])} “{left['content']}”: {left['reason']}")
        for left in result["left_over"]
    ]
    width = max(len(name) for name, _value in lines)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in lines)


def _not_listed() -> list[tuple[str, str]]:
    """What is on no marketplace yet, and what each waits for."""
    query = select(Product.name, Listing.trouble).join(Variant, Variant.product_id == Product.id)
    query = query.join(Listing, Listing.variant_id == Variant.id)
    rows = db.session.execute(
        query.where(Listing.state == ListingState.FAILED).order_by(Product.name, Listing.id)
    ).all()
    said = [("", f"“{name}”: {trouble}") for name, trouble in rows]
    return [("Chờ người bán bổ sung", str(len(rows))), *said]


def _from_marketplaces() -> list[tuple[str, str]]:
    """How many orders each marketplace brought."""
    query = select(Connection.platform, func.count()).join(
        ChannelOrder, ChannelOrder.connection_id == Connection.id
    )
    query = query.where(ChannelOrder.order_id.is_not(None)).group_by(Connection.platform)
    brought = dict(db.session.execute(query.order_by(Connection.platform)).tuples().all())
    told = [f"{name} {brought[key]}" for key, name in PLATFORMS.items() if key in brought]
    return [("  trong đó từ các sàn", ", ".join(told) or "0")]
