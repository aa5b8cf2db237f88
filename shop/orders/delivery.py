"""What a seller asks for delivery, and to where: the nearest rule counts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from shop import quantities
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Variant
from shop.database import among_given, db
from shop.orders.models import DeliveryFee, DeliveryTerms, Handing
from shop.sellers.models import Seller

# Where a seller states none of its own.
RETURNS = _l(
    "Hàng không đúng như mô tả, hỏng hoặc thiếu: báo người bán trong 7 ngày kể từ khi nhận để đổi, "
    "trả hoặc nhận lại tiền."
)


@dataclass(frozen=True)
class Place:
    """Where goods go: codes of today's province and commune, as `places` has them."""

    province_code: str
    commune_code: str


def terms_of(seller_ids: Collection[int]) -> dict[int, DeliveryTerms]:
    """Seller id → its terms, for those that set any; one query and one for the fees."""
    rows = db.session.scalars(_terms(), {"seller_ids": list(seller_ids)})
    return {row.seller_id: row for row in rows}


@cache
def _terms() -> Select[DeliveryTerms]:
    return select(DeliveryTerms).where(among_given(DeliveryTerms.seller_id, "seller_ids"))


def promises(seller_id: int, handing: str) -> tuple[str, str]:
    """What the seller promises now: when or where goods are handed over, how they go back."""
    terms = terms_of([seller_id]).get(seller_id)
    return handed_over(terms, handing), returns(terms)


def handed_over(terms: DeliveryTerms | None, handing: str) -> str:
    """When goods are delivered, or where and when they may be fetched, for the buyer to read."""
    if handing == Handing.COUNTER:
        return ""
    if handing == Handing.PICKUP:
        return (terms.pickup_note if terms else "") or _("Hẹn với người bán nơi và giờ lấy hàng.")
    return (terms.note if terms else "") or _("Người bán gọi báo ngày giao.")


def returns(terms: DeliveryTerms | None) -> str:
    """On what terms goods go back, for the buyer to read."""
    return (terms.returns if terms else "") or str(RETURNS)


def fee_vnd(terms: DeliveryTerms, place: Place, weight_g: int, goods_vnd: int) -> int | None:
    """What delivery of so many grams costs, None where the seller does not deliver.

    Fees for the commune stand before those for the province, those before the ones for anywhere;
    of the nearest, the lightest bracket that holds the weight counts.
    """
    if not terms.delivers:
        return None
    fitting = [fee for fee in _nearest(terms.fees, place) if _holds(fee, weight_g)]
    if not fitting:
        return None
    if terms.free_from_vnd is not None and goods_vnd >= terms.free_from_vnd:
        return 0
    return min(fitting, key=lambda fee: (fee.up_to_g is None, fee.up_to_g or 0)).fee_vnd


def _nearest(fees: Sequence[DeliveryFee], place: Place) -> list[DeliveryFee]:
    in_commune = [fee for fee in fees if fee.commune_code == place.commune_code]
    in_province = [
        fee for fee in fees if not fee.commune_code and fee.province_code == place.province_code
    ]
    anywhere = [fee for fee in fees if not fee.commune_code and not fee.province_code]
    return in_commune or in_province or anywhere


def _holds(fee: DeliveryFee, weight_g: int) -> bool:
    return fee.up_to_g is None or weight_g <= fee.up_to_g


def weight_g(wanted: Iterable[tuple[Variant, Decimal]]) -> int:
    """Grams of so much of each variant, rounded up; a pack whose weight nobody gave counts 0."""
    grams = Decimal(0)
    for variant, quantity in wanted:
        each = quantities.GRAMS.get(variant.unit) or variant.weight_g or 0
        grams += each * quantity
    return int(grams.to_integral_value(ROUND_CEILING))


def settle(actor: Actor, seller: Seller, data: dict[str, Any], fees: list[DeliveryFee]) -> None:
    """The terms of a seller as they are from now on (`data` as TermsSchema gives it)."""
    terms = terms_of([seller.id]).get(seller.id) or DeliveryTerms(seller_id=seller.id)
    for name, value in data.items():
        setattr(terms, name, value)
    terms.fees = fees
    db.session.add(terms)
    audit.note(actor, "delivery.settle", terms, seller.name)
