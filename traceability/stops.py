"""Stopping the sale of a lot that is called back, on every channel: its stock is promised to it.

The stock counts packs, not lots, so of each pack of the product as much is held as the lot may
still have in it; all that is for sale where nobody said how much that is, or its weight. Held too
much is better than sold. Promises to orders stay theirs: the packing page says which to repack.
"""

from decimal import ROUND_UP, Decimal

from sqlalchemy import select

from shop import quantities
from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory import reservations, stock
from traceability import balances
from traceability.models import Lot


def holder(lot: Lot) -> str:
    """Under which name the stock of a lot that is called back is held."""
    return f"recall:{lot.ref}"


def fit(lot: Lot) -> None:
    """Hold what is left of a lot that is called back, and nothing of any other.

    To be run again when more or less is left: goods were destroyed, or come back from an order.
    """
    if lot.recalled_at is None:
        return
    packs = db.session.scalars(
        select(Variant).where(Variant.product_id == lot.product_id).order_by(Variant.id)
    ).all()
    ids = [pack.id for pack in packs]
    stock.lock(ids)
    reservations.release(holder(lot))
    there, left = stock.promisable(ids), balances.left(lot)
    wanted = {pack.id: min(there[pack.id], _in_pack(lot, left, pack)) for pack in packs}
    wanted = {pack_id: quantity for pack_id, quantity in wanted.items() if quantity > 0}
    if wanted:
        reservations.hold(wanted, holder=holder(lot), until=None)


def let_go(lot: Lot) -> None:
    """The lot is called back no more: what is left is for sale again. Safe to run twice."""
    reservations.release(holder(lot))


def _in_pack(lot: Lot, left: Decimal | None, pack: Variant) -> Decimal:
    """What is left of the lot in units of the pack; without end where that cannot be said."""
    if left is None:
        return Decimal("Infinity")
    weight_g = balances.counted_g(pack.unit, pack.weight_g)
    found = balances.convert(left, lot.unit, pack.unit, weight_g)
    if found is None:
        return Decimal("Infinity")
    step = Decimal("0.001") if pack.unit in quantities.GRAMS else Decimal(1)
    return found.quantize(step, ROUND_UP)
