"""Factories of what figures count: sellers somewhere, sales at some time, listings."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select

from shop import periods, regions
from shop.catalogue.models import Product, SaleSpan
from shop.database import db
from shop.figures import Scope
from shop.orders.models import Order, OrderLine, PayBy, State
from shop.sellers.models import Seller
from tests import make
from workers.channels.models import Connection, Listing, ListingSpan

THAI_NGUYEN, TAN_CUONG = "19", "05503"
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 15, 5, tzinfo=UTC)

_next = count(1)


def scope(code: str = THAI_NGUYEN, word: str = "2026-10") -> Scope:
    region = regions.get(code)
    assert region is not None
    return Scope(region, periods.read(word))


def seller(commune: str = TAN_CUONG, province: str = THAI_NGUYEN, **more: Any) -> Seller:
    """A seller that passed review long ago, in a commune."""
    values = {
        "name": f"HTX số {next(_next)}",
        "kind": "cooperative",
        "commune_code": commune,
        "province_code": province,
        "created_at": LONG_AGO,
    }
    return make.seller(**values | more)


def product(
    of: Seller, *, from_at: datetime = LONG_AGO, until_at: datetime | None = None
) -> Product:
    """Something that was on offer from then to then."""
    row = make.product(of, name=f"Chè số {next(_next)}")
    spans(SaleSpan, SaleSpan.product_id == row.id, from_at, until_at)
    return row


def spans(model: Any, which: Any, from_at: datetime, until_at: datetime | None) -> None:
    """Put the span that the trigger has just written at another time."""
    span = db.session.scalars(select(model).where(which)).one()
    span.from_at, span.until_at = from_at, until_at
    db.session.flush()


def order(
    of: Seller,
    *,
    at: datetime = OCTOBER,
    vnd: int = 100_000,
    buyer: int | None = None,
    source: str = "storefront",
    state: State = State.PAID,
    **more: Any,
) -> Order:
    """A sale; every one has another buyer unless told."""
    number = next(_next)
    values = {
        "seller_id": of.id,
        "state": state,
        "source": source,
        "source_key": f"make:{number}",
        "buyer_name": "Lan",
        "buyer_phone": f"+8498{buyer if buyer is not None else number:07d}",
        "address": "Xóm 5",
        "pay_by": PayBy.CHANNEL if source.startswith("channel:") else PayBy.CASHLESS,
        "goods_vnd": vnd,
        "total_vnd": vnd,
        "placed_at": at,
    }
    row = Order(**values | more)
    db.session.add(row)
    db.session.flush()
    return row


def line(of: Order, variant: Any) -> OrderLine:
    values = {"name": "Chè", "pack": "hộp", "unit": "hộp", "quantity": Decimal(1)}
    row = OrderLine(
        order_id=of.id,
        variant_id=variant.id,
        unit_price_vnd=of.goods_vnd,
        amount_vnd=of.goods_vnd,
        **values,
    )
    db.session.add(row)
    db.session.flush()
    return row


def listing(
    of: Product,
    platform: str = "shopee",
    *,
    from_at: datetime = LONG_AGO,
    until_at: datetime | None = None,
) -> Listing:
    """One pack of the product, live on a shop of its seller from then to then."""
    which = (Connection.seller_id == of.seller_id) & (Connection.platform == platform)
    shop = db.session.scalar(select(Connection).where(which))
    if shop is None:
        shop = Connection(seller_id=of.seller_id, platform=platform, shop_id=str(next(_next)))
        db.session.add(shop)
        db.session.flush()
    pack = make.variant(of)
    row = Listing(seller_id=of.seller_id, connection_id=shop.id, variant_id=pack.id, state="live")
    db.session.add(row)
    db.session.flush()
    spans(ListingSpan, ListingSpan.listing_id == row.id, from_at, until_at)
    return row
