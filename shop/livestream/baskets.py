"""What a buyer's claims come to: prices, sellers, and the orders that came of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Load, joinedload

from shop import clock
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.livestream.models import Buyer, Claim, ClaimState
from shop.orders import checkout, vouchers
from shop.orders.errors import NoVoucher
from shop.orders.models import Order


@dataclass(frozen=True)
class Line:
    """A held claim for its buyer: đồng, and what the pack costs otherwise where that is more.

    `minutes`: so many are left of the hold, rounded up; 0 when its time is over.
    """

    claim: Claim
    unit_price_vnd: int
    amount_vnd: int
    usual_vnd: int | None
    minutes: int


def lines(held: Sequence[Claim]) -> list[Line]:
    """The held claims as their buyer sees them."""
    return [_line(found) for found in held]


def _line(found: Claim) -> Line:
    price_vnd, usual_vnd = unit_price_vnd(found), found.variant.price_vnd
    left = (found.held_until - clock.now()).total_seconds() if found.held_until else 0
    return Line(
        claim=found,
        unit_price_vnd=price_vnd,
        amount_vnd=amount_vnd(found),
        usual_vnd=usual_vnd if usual_vnd > price_vnd else None,
        minutes=max(0, ceil(left / 60)),
    )


def lost(buyer: Buyer) -> list[Claim]:
    """What lapsed for the buyer and they have not claimed again, newest first."""
    query = select(Claim).where(Claim.buyer_id == buyer.id).options(*with_goods())
    newest: dict[int, Claim] = {}
    for found in db.session.scalars(query.order_by(Claim.id.desc())):
        newest.setdefault(found.variant_id, found)
    return [found for found in newest.values() if found.state == ClaimState.LAPSED]


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
