"""A buyer's claims: claim, change, cancel, lapse, and confirm into orders.

Every verb runs under the locks of the variants concerned (`stock.lock_saleable`, ids in order),
so the reader of comments, the buyer's page and the lapsing of holds never wait in a circle. Whoever
writes to a buyer's row locks it before them, as a helper does who has it in hand.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from decimal import Decimal

from sqlalchemy import func, select

from shop import clock
from shop.database import among, db
from shop.errors import NotFound
from shop.inventory import stock
from shop.livestream import broadcasts, caps, holds, screens, waiting
from shop.livestream.baskets import by_seller as by_seller
from shop.livestream.baskets import digest as digest
from shop.livestream.baskets import goods_vnd, usable
from shop.livestream.baskets import holds_until as holds_until
from shop.livestream.baskets import ordered as ordered
from shop.livestream.baskets import source_of as source_of
from shop.livestream.baskets import with_goods as with_goods
from shop.livestream.errors import (
    BasketChanged,
    Closed,
    NotEnough,
    NothingHeld,
    NotWhole,
    OverLimit,
)
from shop.livestream.holds import holder as holder
from shop.livestream.models import BroadcastState, Buyer, Claim, ClaimState
from shop.livestream.settling import settle_unpaid as settle_unpaid
from shop.livestream.wishes import LIVE as LIVE
from shop.livestream.wishes import Outcome as Outcome
from shop.livestream.wishes import Wish as Wish
from shop.livestream.wishes import alter, join
from shop.livestream.wishes import enter as enter
from shop.orders import checkout, vouchers
from shop.orders.models import Order, PayBy
from shop.payments import requests
from shop.payments.errors import NoAccount


def claim(buyer: Buyer, wish: Wish) -> bool:
    """Hold what the buyer wishes, in their one live claim of this variant; whether all is held."""
    return enter(buyer, wish) is Outcome.HELD


def cancel(
    buyer: Buyer,
    code: str | None,
    quantity: Decimal | None = None,
    *,
    variant_id: int | None = None,
) -> int:
    """Give back the buyer's live claim of `code` (None: all of them), or only `quantity` of it.

    `variant_id`: the goods that the code meant; without a claim of these, what was claimed under
    the code. Returns how many claims that concerned.
    """
    mine = live(buyer)
    named = [c for c in mine if c.variant_id == variant_id] or [c for c in mine if c.code == code]
    concerned = mine if code is None else named
    for found in concerned:
        if quantity is None or quantity >= found.quantity:
            holds.end(found, ClaimState.CANCELLED)
        else:
            _lower(found, found.quantity - quantity)
    return len(concerned)


def _lower(found: Claim, quantity: Decimal) -> None:
    holds.lower(found, quantity)
    if found.state == ClaimState.WAITING:
        waiting.offer([found.variant_id])


def live(buyer: Buyer) -> list[Claim]:
    """The buyer's claims that are held or waiting, oldest first, with what they are of."""
    query = select(Claim).where(Claim.buyer_id == buyer.id, Claim.state.in_(LIVE))
    query = query.options(*with_goods()).order_by(Claim.id)
    # What was read before the locks may have changed while we waited for them.
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def change(buyer: Buyer, ref: str, quantity: Decimal) -> None:
    """Correct the quantity of one claim before confirming it; 0 gives it back.

    Raises NotFound, NotWhole, OverLimit, NotEnough; who waits may wish for more and waits on.
    """
    lock([buyer.id])
    found = next((c for c in live(buyer) if c.ref == ref), None)
    if found is None:
        raise NotFound(ref=ref)
    unit = found.variant.unit
    if quantity % 1 and broadcasts.sold_by_the_piece(unit):
        raise NotWhole(unit)
    if quantity == 0:
        holds.end(found, ClaimState.CANCELLED)
        return
    pin = caps.pin_of(found.broadcast_id, found.code, found.variant_id)
    most = caps.allowed(buyer.id, pin, beside=found.ref)
    if most is not None and quantity > most:
        raise OverLimit(found.variant.product.name, most, unit)
    if found.state == ClaimState.WAITING:
        join(found, Wish(found.code, found.variant, quantity))
    elif not (quantity == found.quantity and holds.stands(found)) and not alter(found, quantity):
        raise NotEnough(found.variant.product.name)


def again(buyer: Buyer, ref: str) -> Outcome:
    """The buyer wants after all what lapsed for them: a word of now, at the price of now.

    Raises NotFound, Closed.
    """
    query = select(Claim).where(Claim.buyer_id == buyer.id, Claim.ref == ref)
    lapsed = db.session.scalar(query.where(Claim.state == ClaimState.LAPSED))
    if lapsed is None:
        raise NotFound(ref=ref)
    if buyer.broadcast.state == BroadcastState.CLOSED:
        raise Closed
    lock([buyer.id], [lapsed.variant_id])
    return enter(buyer, Wish(lapsed.code, lapsed.variant, lapsed.quantity))


def lock(buyer_ids: Collection[int], variant_ids: Collection[int] = ()) -> None:
    """Lock `variant_ids` and the variants of these buyers' live claims until the commit."""
    query = select(Claim.variant_id).where(among(Claim.buyer_id, buyer_ids), Claim.state.in_(LIVE))
    stock.lock_saleable({*variant_ids, *db.session.scalars(query)})


def lock_buyers(buyer_ids: Collection[int]) -> None:
    """Lock the rows of buyers that will be written to; before the variants."""
    if buyer_ids:
        # NO KEY: claims that refer to the rows are made meanwhile.
        query = select(Buyer.id).where(among(Buyer.id, buyer_ids)).order_by(Buyer.id)
        db.session.execute(query.with_for_update(key_share=True)).all()


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
    lock_buyers([buyer.id])
    lock([buyer.id])
    held = [c for c in live(buyer) if c.state == ClaimState.HELD]
    if not held:
        return ordered(buyer) or _nothing()
    if seen and seen != digest(held):
        raise BasketChanged
    for found in held:
        # Its time is over, and the sweep was not there yet: others come first now.
        if not holds.stands(found) and not alter(found, found.quantity):
            raise NotEnough(found.variant.product.name)
    buyer.name, buyer.phone = who.name, who.phone
    grouped = by_seller(held)
    agreed = terms or _plain_terms(buyer, who, grouped)
    vouchers.lock((seller_id, each.voucher) for seller_id, each in agreed.items())
    return [
        _order(buyer, who, found, agreed.get(seller_id)) for seller_id, found in grouped.items()
    ]


def _nothing() -> list[Order]:
    raise NothingHeld


def _plain_terms(
    buyer: Buyer, who: checkout.Buyer, grouped: Mapping[int, list[Claim]]
) -> dict[int, checkout.Terms]:
    """Nothing was agreed beside the goods: the session's voucher, where it may be used."""
    code = buyer.broadcast.voucher_code
    return {
        seller_id: checkout.Terms(voucher=code)
        for seller_id, found in grouped.items()
        if code and usable(code, seller_id, goods_vnd(found), who.phone)
    }


def _order(
    buyer: Buyer, who: checkout.Buyer, claims: list[Claim], terms: checkout.Terms | None
) -> Order:
    seller_id = claims[0].seller_id
    source = source_of(buyer.broadcast.ref)
    order = checkout.place(
        who,
        [checkout.Want(c.variant, c.quantity, c.price_vnd) for c in claims],
        source=source,
        source_key=f"{source}:{buyer.id}:{seller_id}:{_orders_before(buyer, seller_id)}",
        holders=[holder(c) for c in claims],
        terms=terms,
    )
    for found in claims:
        found.state, found.held_until, found.order_ref = ClaimState.ORDERED, None, order.ref
    if order.pay_by == PayBy.CASHLESS:
        # Without one the order's page says so, and whom to call.
        with suppress(NoAccount):
            requests.open(order)
    return order


def _orders_before(buyer: Buyer, seller_id: int) -> int:
    query = select(func.count(Claim.order_ref.distinct())).where(
        Claim.buyer_id == buyer.id, Claim.seller_id == seller_id
    )
    return db.session.scalar(query) or 0


def lapse(limit: int = 1000) -> int:
    """Give back claims whose time is over, and offer what that frees; returns how many."""
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
        holds.end(found, ClaimState.LAPSED)
    db.session.flush()
    waiting.offer({found.variant_id for found in lapsed})
    screens.tell_of({found.broadcast_id for found in lapsed})
    return len(lapsed)
