"""What a buyer's held claims will cost with each seller's delivery, before anything is ordered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from shop import seen
from shop.catalogue.models import Variant
from shop.errors import BadInput
from shop.livestream import baskets, parcels
from shop.livestream.models import Buyer, Claim, Unpaid
from shop.orders import delivery, vouchers
from shop.orders.checkout import Terms
from shop.orders.delivery import Place
from shop.orders.errors import NoVoucher
from shop.orders.models import DeliveryTerms, Handing, Order, PayBy
from shop.places import Commune
from shop.sellers import addresses
from shop.sellers.addresses import Answer, Question
from shop.sellers.models import Seller


@dataclass(frozen=True)
class Chosen:
    """What the buyer chose, as far as a seller offers it; `phone` (E.164) for the voucher."""

    handing: str = Handing.DELIVERY
    pay_by: str = PayBy.CASHLESS
    phone: str = ""


@dataclass(frozen=True)
class Quote:
    """One order to be: goods, fee and discount in đồng, how it is handed over, seller's terms.

    `voucher`: the session's, where it may be used; `no_voucher`: else why not. `joins`: the orders
    of the same buyer in whose parcel it goes, so that only what the fee rises by is asked.
    """

    seller: Seller
    lines: list[baskets.Line]
    goods_vnd: int
    fee_vnd: int
    handing: Handing
    handed_over: str
    returns: str
    pay_by: PayBy
    voucher: str
    discount_vnd: int
    no_voucher: str
    joins: Sequence[Order]

    @property
    def total_vnd(self) -> int:
        """What the order will ask for."""
        return self.goods_vnd + self.fee_vnd - self.discount_vnd

    @property
    def note(self) -> str:
        """What whoever packs it must know, in Vietnamese."""
        refs = ", ".join(order.ref for order in self.joins)
        return f"Gửi chung kiện với đơn {refs}." if refs else ""


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


def ways(held: Sequence[Claim]) -> tuple[bool, bool]:
    """Whether some of it may be fetched though it could be sent, and paid for on delivery.

    Cash on delivery is taken where the session's rule knows it and the seller takes it.
    """
    rules = delivery.terms_of({found.seller_id for found in held}).values()
    cash = any(found.buyer.broadcast.unpaid == Unpaid.COD for found in held)
    fetched = any(row.delivers and row.picks_up for row in rules)
    return fetched, cash and any(row.delivers and row.cod for row in rules)


def of(held: Sequence[Claim], commune: Commune | None, chosen: Chosen | None = None) -> list[Quote]:
    """A quote for each seller, in the order in which `claims.confirm` makes the orders.

    Where a seller's rules do not reach, its goods are to be fetched. Raises BadInput (`address`)
    when that seller has nothing fetched either.
    """
    grouped = baskets.by_seller(held)
    rules = delivery.terms_of(grouped)
    place = Place(commune.province_code, commune.code) if commune else None
    return [
        _quote(found, rules.get(seller_id), place, chosen or Chosen())
        for seller_id, found in grouped.items()
    ]


def _quote(
    found: Sequence[Claim], rules: DeliveryTerms | None, place: Place | None, chosen: Chosen
) -> Quote:
    seller, buyer = found[0].variant.product.seller, found[0].buyer
    goods_vnd = baskets.goods_vnd(found)
    joins = parcels.open_for(buyer, seller.id, place) if place else []
    fee_vnd = None
    if chosen.handing != Handing.PICKUP or (rules is not None and not rules.picks_up):
        fee_vnd = _fee_vnd(found, rules, place, joins)
        if fee_vnd is None and rules is not None and not rules.picks_up:
            said = _("%(seller)s không giao được đến địa chỉ này.", seller=seller.name)
            raise BadInput({"address": [said]})
    sent = fee_vnd is not None
    handing = Handing.DELIVERY if sent else Handing.PICKUP
    cash = sent and rules is not None and rules.cod and buyer.broadcast.unpaid == Unpaid.COD
    voucher, discount_vnd, no_voucher = _voucher(buyer, seller, goods_vnd, chosen.phone)
    return Quote(
        seller=seller,
        lines=baskets.lines(found),
        goods_vnd=goods_vnd,
        fee_vnd=fee_vnd or 0,
        handing=handing,
        handed_over=delivery.handed_over(rules, handing),
        returns=delivery.returns(rules),
        pay_by=PayBy.COD if cash and chosen.pay_by == PayBy.COD else PayBy.CASHLESS,
        voucher=voucher,
        discount_vnd=discount_vnd,
        no_voucher=no_voucher,
        joins=joins if sent else [],
    )


def _fee_vnd(
    found: Sequence[Claim],
    rules: DeliveryTerms | None,
    place: Place | None,
    joins: Sequence[Order],
) -> int | None:
    """The fee; None where the seller does not deliver, or has never said for how much.

    A fee that nobody stated is none that a buyer can agree to: the goods are to be fetched, as
    from such a seller's basket. In one parcel with earlier orders it is what the fee of the whole
    parcel is above what those were asked already.
    """
    if rules is None or place is None:
        return None
    wanted: list[tuple[Variant, Decimal]] = [(c.variant, c.quantity) for c in found]
    weight_g = delivery.weight_g([*wanted, *parcels.goods(joins)])
    goods_vnd = baskets.goods_vnd(found) + sum(order.goods_vnd for order in joins)
    fee_vnd = delivery.fee_vnd(rules, place, weight_g, goods_vnd)
    if fee_vnd is None:
        return None
    return max(0, fee_vnd - sum(order.fee_vnd for order in joins))


def _voucher(buyer: Buyer, seller: Seller, goods_vnd: int, phone: str) -> tuple[str, int, str]:
    """The session's voucher, what it takes off, and why it cannot be used."""
    code = buyer.broadcast.voucher_code
    if not code:
        return "", 0, ""
    try:
        found = vouchers.find(seller.id, code, goods_vnd, phone or None)
    except NoVoucher as refusal:
        # It is the host's: of what other sellers sell nobody expects it.
        return "", 0, refusal.message if seller.id == buyer.broadcast.seller_id else ""
    return found.code, vouchers.discount_vnd(found, goods_vnd), ""


def terms(quotes: Sequence[Quote]) -> dict[int, Terms]:
    """Seller id → the terms on which its order is placed."""
    return {
        q.seller.id: Terms(
            pay_by=q.pay_by,
            handing=q.handing,
            fee_vnd=q.fee_vnd,
            voucher=q.voucher,
            note=q.note,
        )
        for q in quotes
    }


def mark(quotes: Sequence[Quote], held: Sequence[Claim]) -> str:
    """A mark of all that the buyer agrees to."""
    said = (
        (
            *(q.seller.ref, q.fee_vnd, q.handing, q.handed_over, q.returns),
            *(q.pay_by, q.voucher, q.discount_vnd, q.note),
        )
        for q in quotes
    )
    return seen.mark(baskets.digest(held), *said)
