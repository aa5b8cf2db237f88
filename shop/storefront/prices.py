"""What a pack costs by weight, so that packs of different size can be compared."""

from decimal import ROUND_HALF_UP, Decimal

from flask_babel import gettext as _

from shop import money
from shop.catalogue.models import Variant

KG_GRAMS, SMALL_GRAMS = 1000, 500


def by_weight(pack: Variant) -> str:
    """The price for 1 kg, or for 100 g of a pack under 500 g; empty when it says nothing new."""
    if not pack.weight_g or pack.weight_g in (100, KG_GRAMS):
        return ""
    if pack.weight_g < SMALL_GRAMS:
        return str(_("%(price)s cho 100 g", price=money.show(_share(pack, 100))))
    return str(_("%(price)s cho 1 kg", price=money.show(_share(pack, KG_GRAMS))))


def _share(pack: Variant, grams: int) -> int:
    exact = Decimal(pack.price_vnd) * grams / Decimal(pack.weight_g or grams)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
