"""What may be ordered ahead of a harvest, as the product page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shop.catalogue.models import Variant
from shop.inventory import harvests
from shop.inventory.models import Harvest
from shop.orders import checkout
from shop.storefront import basket


@dataclass(frozen=True)
class Ahead:
    """The next harvest of a pack and how much of it (in the pack's unit) nobody has ordered."""

    harvest: Harvest
    left: Decimal

    @property
    def key(self) -> str:
        """Its name in the basket."""
        return basket.AHEAD + self.harvest.ref


def of(packs: Sequence[Variant]) -> dict[int, Ahead]:
    """Variant id → what may be ordered ahead today, for those that have it. Two queries."""
    rows = harvests.open_now([pack.id for pack in packs if checkout.for_sale(pack)])
    promised = harvests.promised_of([row.id for row in rows.values()]) if rows else {}
    found = {
        variant_id: Ahead(row, row.quantity - promised.get(row.id, Decimal(0)))
        for variant_id, row in rows.items()
    }
    return {variant_id: ahead for variant_id, ahead in found.items() if ahead.left > 0}
