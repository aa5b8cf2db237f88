"""What a buyer's held claims will cost with each seller's delivery, before anything is ordered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from shop import seen
from shop.errors import BadInput
from shop.livestream import claims
from shop.livestream.models import Claim
from shop.orders import checkout, delivery
from shop.orders.checkout import Terms
from shop.orders.delivery import Place
from shop.orders.models import DeliveryTerms, Handing
from shop.places import Commune
from shop.sellers import addresses
from shop.sellers.addresses import Answer, Question
from shop.sellers.models import Seller


@dataclass(frozen=True)
class Quote:
    """One order to be: goods and fee in đồng, the way it is handed over, the seller's terms."""

    seller: Seller
    lines: list[tuple[Claim, int]]
    goods_vnd: int
    fee_vnd: int
    handing: Handing
    handed_over: str
    returns: str

    @property
    def total_vnd(self) -> int:
        """What the order will ask for."""
        return self.goods_vnd + self.fee_vnd


def where(held: Sequence[Claim], data: Mapping[str, Any]) -> Commune | Question | None:
    """The commune that `data` (address, commune_code) names, or which of several is meant.

    Raises BadInput (`address`) when a seller's fees need one and none can be read.
    """
    read = addresses.read(None, dict(data))
    rules = delivery.terms_of({found.seller_id for found in held}).values()
    if isinstance(read, Answer) and read.commune is not None:
        return read.commune
    if not any(row.delivers for row in rules):
        return None
    if isinstance(read, Question):
        return read
    said = _("Ghi số nhà hoặc xóm, xã hoặc phường, tỉnh. Ví dụ: xóm 5, xã Tân Cương, Thái Nguyên.")
    raise BadInput({"address": [said]})


def of(held: Sequence[Claim], commune: Commune | None) -> list[Quote]:
    """A quote for each seller, in the order in which `claims.confirm` makes the orders.

    Where a seller's rules do not reach, its goods are to be fetched. Raises BadInput (`address`)
    when that seller has nothing fetched either.
    """
    grouped = claims.by_seller(held)
    rules = delivery.terms_of(grouped)
    place = Place(commune.province_code, commune.code) if commune else None
    return [_quote(found, rules.get(seller_id), place) for seller_id, found in grouped.items()]


def _quote(found: Sequence[Claim], rules: DeliveryTerms | None, place: Place | None) -> Quote:
    seller = found[0].variant.product.seller
    lines = [(c, checkout.amount_vnd(c.variant.price_vnd, c.quantity)) for c in found]
    goods_vnd = sum(amount for _claim, amount in lines)
    fee_vnd = _fee_vnd(found, rules, place, goods_vnd)
    if fee_vnd is None and rules is not None and not rules.picks_up:
        said = _("%(seller)s không giao được đến địa chỉ này.", seller=seller.name)
        raise BadInput({"address": [said]})
    handing = Handing.PICKUP if fee_vnd is None else Handing.DELIVERY
    told = delivery.handed_over(rules, handing), delivery.returns(rules)
    return Quote(seller, lines, goods_vnd, fee_vnd or 0, handing, *told)


def _fee_vnd(
    found: Sequence[Claim], rules: DeliveryTerms | None, place: Place | None, goods_vnd: int
) -> int | None:
    """The fee; None where the seller does not deliver, or has never said for how much.

    A fee that nobody stated is none that a buyer can agree to: the goods are to be fetched, as
    from such a seller's basket.
    """
    if rules is None or place is None:
        return None
    wanted: list[tuple[Any, Decimal]] = [(c.variant, c.quantity) for c in found]
    return delivery.fee_vnd(rules, place, delivery.weight_g(wanted), goods_vnd)


def terms(quotes: Sequence[Quote]) -> dict[int, Terms]:
    """Seller id → the terms on which its order is placed."""
    return {q.seller.id: Terms(handing=q.handing, fee_vnd=q.fee_vnd) for q in quotes}


def mark(quotes: Sequence[Quote], held: Sequence[Claim]) -> str:
    """A mark of all that the buyer agrees to."""
    said = ((q.seller.ref, q.fee_vnd, q.handing, q.handed_over, q.returns) for q in quotes)
    return seen.mark(claims.digest(held), *said)
