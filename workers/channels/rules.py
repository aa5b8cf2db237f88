"""How much of the stock a channel is offered: share, buffer, threshold."""

from collections.abc import Collection, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.inventory import stock
from workers.channels.models import Connection, Listing
from workers.marketplaces.known import MARKETPLACES

RULES = ("share_percent", "buffer", "threshold", "calls_per_second", "drift")


def change(actor: Actor, connection: Connection, values: Mapping[str, Any]) -> None:
    """Set the rules (`RULES`) of a shop. What follows for its listings is the caller's to ask."""
    for name in RULES:
        setattr(connection, name, values[name])
    audit.note(actor, "channels.rules", connection, f"{connection.platform} {connection.shop_id}")


def publishable(connection: Connection, saleable: Decimal) -> int:
    """Whole units of `saleable` (on hand − reserved − safety stock) to be offered there.

    max(0, floor(saleable × share) − buffer); nothing when that is below the threshold.
    """
    shared = (saleable * connection.share_percent / 100).to_integral_value(ROUND_FLOOR)
    offered = max(0, int(shared) - connection.buffer)
    return offered if offered >= connection.threshold else 0


def stocks(
    connection: Connection, listings: Collection[Listing], promised: Mapping[int, Decimal]
) -> dict[int, int]:
    """Listing id → units to be offered. What is not on sale has none.

    `promised`: variant id → units that the channel sold already and the books do not know of yet.
    """
    saleable = stock.saleable([listing.variant_id for listing in listings])
    return {
        listing.id: publishable(
            connection,
            saleable[listing.variant_id] - promised.get(listing.variant_id, Decimal(0)),
        )
        if on_sale(listing)
        else 0
        for listing in listings
    }


def shown(listing: Listing, stock: int) -> bool:
    """Whether it is to stand there with so much stock: some marketplaces have no way to show
    what there is none of."""
    # A portal is no marketplace of ours, and a person sees to it.
    market = MARKETPLACES.get(listing.connection.platform)
    hides_empty = market is not None and market.hides_empty
    return on_sale(listing) and (stock > 0 or not hides_empty)


def on_sale(listing: Listing) -> bool:
    """Whether buyers of the channel are to see it: offered there, published, its pack active."""
    variant = listing.variant
    return listing.offered and variant.active and variant.product.on_sale
