"""A buyer's claims: claim, change, cancel, lapse, and confirm into orders.

Every verb runs under the locks of the variants concerned (`stock.lock_saleable`, ids in order),
so the reader of comments, the buyer's page and the lapsing of holds never wait in a circle.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Load, joinedload

from shop import clock, references
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.errors import NotFound
from shop.inventory import reservations, stock
from shop.livestream import broadcasts, screens
from shop.livestream.errors import BasketChanged, NotEnough, NothingHeld, NotWhole
from shop.livestream.models import Buyer, Claim, ClaimState
from shop.orders import checkout
from shop.orders.models import Order
from shop.payments import requests

LIVE = (ClaimState.HELD, ClaimState.WAITING)


@dataclass(frozen=True)
class Wish:
    """So much (in the variant's unit) of what is pinned under `code`. `adds`: to what is there."""

    code: str
    variant: Variant
    quantity: Decimal
    adds: bool = False


def claim(buyer: Buyer, wish: Wish) -> bool:
    """Hold what the buyer wishes, in their one live claim of this variant.

    The same quantity again changes nothing, another one replaces it, `adds` adds to it. False:
    there is not enough; a new claim then waits, an old one stays as it was.
    """
    there = _live(buyer, wish.variant.id)
    found = there or _new(buyer, wish)
    quantity = wish.quantity
    if there is not None and wish.adds:
        quantity += there.quantity
    if _stands(found, quantity):
        return True
    if _hold(found, quantity):
        return True
    if found.state == ClaimState.WAITING:
        found.quantity = quantity
    return False


def _live(buyer: Buyer, variant_id: int) -> Claim | None:
    query = select(Claim).where(Claim.buyer_id == buyer.id, Claim.variant_id == variant_id)
    return db.session.scalar(query.where(Claim.state.in_(LIVE)).with_for_update())


def _new(buyer: Buyer, wish: Wish) -> Claim:
    made = Claim(
        ref=references.new(),
        seller_id=wish.variant.seller_id,
        broadcast_id=buyer.broadcast_id,
        buyer_id=buyer.id,
        variant_id=wish.variant.id,
        code=wish.code,
        quantity=wish.quantity,
        state=ClaimState.WAITING,
        created_at=clock.now(),
    )
    db.session.add(made)
    return made


def _stands(found: Claim, quantity: Decimal) -> bool:
    if found.state != ClaimState.HELD or found.quantity != quantity:
        return False
    return found.held_until is not None and found.held_until > clock.now()


def _hold(found: Claim, quantity: Decimal) -> bool:
    mine = reservations.live(holder(found)).get(found.variant_id, stock.ZERO)
    if stock.lock_saleable([found.variant_id])[found.variant_id] + mine < quantity:
        return False
    until = clock.now() + timedelta(minutes=current_app.config["SETTINGS"].hold_minutes)
    reservations.release(holder(found))
    reservations.hold({found.variant_id: quantity}, holder=holder(found), until=until)
    found.state, found.quantity, found.held_until = ClaimState.HELD, quantity, until
    return True


def holder(found: Claim) -> str:
    """The name under which a claim holds stock."""
    return f"claim:{found.ref}"


def cancel(buyer: Buyer, code: str | None, quantity: Decimal | None = None) -> int:
    """Give back the buyer's live claim of `code` (None: all of them), or only `quantity` of it.

    Returns how many claims that concerned.
    """
    concerned = [c for c in live(buyer) if code in (None, c.code)]
    for found in concerned:
        if quantity is None or quantity >= found.quantity:
            _end(found, ClaimState.CANCELLED)
        elif not _hold(found, found.quantity - quantity):
            found.quantity -= quantity
    return len(concerned)


def _end(found: Claim, state: ClaimState) -> None:
    reservations.release(holder(found))
    found.state, found.held_until = state, None


def live(buyer: Buyer) -> list[Claim]:
    """The buyer's claims that are held or waiting, oldest first, with what they are of."""
    query = select(Claim).where(Claim.buyer_id == buyer.id, Claim.state.in_(LIVE))
    query = query.options(*with_goods()).order_by(Claim.id)
    # What was read before the locks may have changed while we waited for them.
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def with_goods() -> tuple[Load, ...]:
    """Loader options: variant, product and seller of each claim in the same query."""
    goods = Load(Claim).joinedload(Claim.variant).joinedload(Variant.product)
    return goods.joinedload(Product.seller), goods.lazyload(Product.variants)


def change(buyer: Buyer, ref: str, quantity: Decimal) -> None:
    """Correct the quantity of one claim before confirming it; 0 gives it back.

    Raises NotFound, NotWhole, NotEnough.
    """
    lock([buyer.id])
    found = next((c for c in live(buyer) if c.ref == ref), None)
    if found is None:
        raise NotFound(ref=ref)
    unit = found.variant.unit
    if quantity % 1 and broadcasts.sold_by_the_piece(unit):
        raise NotWhole(unit)
    if quantity == 0:
        _end(found, ClaimState.CANCELLED)
    elif not _stands(found, quantity) and not _hold(found, quantity):
        raise NotEnough(found.variant.product.name)


def lock(buyer_ids: Collection[int], variant_ids: Collection[int] = ()) -> None:
    """Lock `variant_ids` and the variants of these buyers' live claims until the commit."""
    query = select(Claim.variant_id).where(Claim.buyer_id.in_(buyer_ids), Claim.state.in_(LIVE))
    stock.lock_saleable({*variant_ids, *db.session.scalars(query)})


def confirm(
    buyer: Buyer,
    who: checkout.Buyer,
    *,
    seen: str = "",
    terms: Mapping[int, checkout.Terms] | None = None,
) -> list[Order]:
    """Turn what is held for the buyer into one order per seller, each with its payment request.

    `terms`: seller id → what was agreed of fee and handing. A second submit finds nothing held and
    gets the orders that are there. `seen` as `digest` gave it: raises BasketChanged when it is no
    longer so. Raises NothingHeld, and what `checkout.place` raises.
    """
    lock([buyer.id])
    held = [c for c in live(buyer) if c.state == ClaimState.HELD]
    if not held:
        return ordered(buyer) or _nothing()
    if seen and seen != digest(held):
        raise BasketChanged
    buyer.name, buyer.phone = who.name, who.phone
    agreed = terms or {}
    return [
        _order(buyer, who, claims, agreed.get(seller_id))
        for seller_id, claims in by_seller(held).items()
    ]


def _nothing() -> list[Order]:
    raise NothingHeld


def digest(held: Sequence[Claim]) -> str:
    """What of the claims a buyer agrees to: references, quantities and prices, as text."""
    lines = (f"{c.ref}:{c.quantity:.3f}:{c.variant.price_vnd}" for c in held)
    return " ".join(sorted(lines))


def by_seller(claims: Sequence[Claim]) -> dict[int, list[Claim]]:
    """Claims by the seller of the goods, sellers in order of their number."""
    grouped: dict[int, list[Claim]] = defaultdict(list)
    for found in sorted(claims, key=lambda c: (c.seller_id, c.id)):
        grouped[found.seller_id].append(found)
    return grouped


def _order(
    buyer: Buyer, who: checkout.Buyer, claims: list[Claim], terms: checkout.Terms | None
) -> Order:
    seller_id = claims[0].seller_id
    source = source_of(buyer.broadcast.ref)
    order = checkout.place(
        who,
        [checkout.Want(c.variant, c.quantity) for c in claims],
        source=source,
        source_key=f"{source}:{buyer.id}:{seller_id}:{_orders_before(buyer, seller_id)}",
        holders=[holder(c) for c in claims],
        terms=terms,
    )
    for found in claims:
        found.state, found.held_until, found.order_ref = ClaimState.ORDERED, None, order.ref
    requests.open(order)
    return order


def source_of(broadcast_ref: str) -> str:
    """What orders of a session say of where they came from."""
    return f"livestream:{broadcast_ref}"


def _orders_before(buyer: Buyer, seller_id: int) -> int:
    query = select(func.count(Claim.order_ref.distinct())).where(
        Claim.buyer_id == buyer.id, Claim.seller_id == seller_id
    )
    return db.session.scalar(query) or 0


def ordered(buyer: Buyer) -> list[Order]:
    """The orders that came of this buyer's claims, oldest first."""
    refs = select(Claim.order_ref).where(Claim.buyer_id == buyer.id, Claim.order_ref.is_not(None))
    query = select(Order).where(Order.ref.in_(refs)).options(joinedload(Order.seller))
    return list(db.session.scalars(query.order_by(Order.id)))


def lapse(limit: int = 1000) -> int:
    """Give back claims whose time is over; returns how many."""
    now = clock.now()
    over = [Claim.state == ClaimState.HELD, Claim.held_until <= now]
    due = db.session.execute(
        select(Claim.id, Claim.variant_id).where(*over).order_by(Claim.id).limit(limit)
    ).all()
    stock.lock_saleable({variant_id for _id, variant_id in due})
    # Asked again under the locks: a buyer may have confirmed in between.
    query = select(Claim).where(*over, Claim.id.in_([claim_id for claim_id, _variant in due]))
    lapsed = list(db.session.scalars(query.with_for_update(skip_locked=True)))
    for found in lapsed:
        _end(found, ClaimState.LAPSED)
    screens.tell_of({found.broadcast_id for found in lapsed})
    return len(lapsed)


def holds_until(claims: Sequence[Claim]) -> datetime | None:
    """When the first of these holds lapses, or None."""
    return min((c.held_until for c in claims if c.held_until), default=None)
