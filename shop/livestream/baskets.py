"""What a buyer's claims come to: prices, sellers, and the orders that came of them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Load, joinedload

from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.livestream.models import Buyer, Claim
from shop.orders import checkout, vouchers
from shop.orders.errors import NoVoucher
from shop.orders.models import Order


def usable(code: str, seller_id: int, amount_vnd: int, phone: str | None) -> bool:
    """Whether a voucher may be used for so much of this seller's goods now."""
    try:
        vouchers.find(seller_id, code, amount_vnd, phone)
    except NoVoucher:
        return False
    return True


def unit_price_vnd(found: Claim) -> int:
    """What one unit costs this buyer: the session's price when it was said, else the pack's."""
    return found.variant.price_vnd if found.price_vnd is None else found.price_vnd


def amount_vnd(found: Claim) -> int:
    """What a claim comes to, in đồng."""
    return checkout.amount_vnd(unit_price_vnd(found), found.quantity)


def goods_vnd(claims: Sequence[Claim]) -> int:
    """What these claims come to together, in đồng."""
    return sum(amount_vnd(found) for found in claims)


def digest(held: Sequence[Claim]) -> str:
    """What of the claims a buyer agrees to: references, quantities and prices, as text."""
    lines = (f"{c.ref}:{c.quantity:.3f}:{unit_price_vnd(c)}" for c in held)
    return " ".join(sorted(lines))


def by_seller(claims: Sequence[Claim]) -> dict[int, list[Claim]]:
    """Claims by the seller of the goods, sellers in order of their number."""
    grouped: dict[int, list[Claim]] = defaultdict(list)
    for found in sorted(claims, key=lambda c: (c.seller_id, c.id)):
        grouped[found.seller_id].append(found)
    return grouped


def source_of(broadcast_ref: str) -> str:
    """What orders of a session say of where they came from."""
    return f"livestream:{broadcast_ref}"


def ordered(buyer: Buyer) -> list[Order]:
    """The orders that came of this buyer's claims, oldest first."""
    refs = select(Claim.order_ref).where(Claim.buyer_id == buyer.id, Claim.order_ref.is_not(None))
    query = select(Order).where(Order.ref.in_(refs)).options(joinedload(Order.seller))
    return list(db.session.scalars(query.order_by(Order.id)))


def with_goods() -> tuple[Load, ...]:
    """Loader options: variant, product and seller of each claim in the same query."""
    goods = Load(Claim).joinedload(Claim.variant).joinedload(Variant.product)
    return goods.joinedload(Product.seller), goods.lazyload(Product.variants)


def holds_until(claims: Sequence[Claim]) -> datetime | None:
    """When the first of these holds lapses, or None."""
    return min((c.held_until for c in claims if c.held_until), default=None)
