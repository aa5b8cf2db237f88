"""What a basket comes to: what each seller offers of it, how it is handed over, what it costs.

Each seller has one order of what is there and one of every harvest that is ordered ahead, with
its own delivery: so ready goods do not wait for a field, nobody is asked for the money of next
month's goods to get today's, and one that falls through takes nothing else with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from shop import places, seen
from shop.errors import BadInput
from shop.inventory.models import Harvest
from shop.orders import delivery, preorders, vouchers
from shop.orders.delivery import Place
from shop.orders.errors import NoVoucher
from shop.orders.models import DeliveryTerms, Handing, PayBy
from shop.sellers import addresses
from shop.sellers.addresses import Answer, Question
from shop.sellers.models import Seller
from shop.storefront import basket
from shop.storefront.basket import Line


@dataclass(frozen=True)
class Choice:
    """What the buyer chose of one part."""

    handing: str = ""
    pay_by: str = ""
    voucher: str = ""
    note: str = ""


@dataclass
class Offer:
    """The part of a basket that becomes one order: what a seller has there, or of one harvest.

    `fee_vnd` None: not known yet, or not delivered there. `problems`: field → messages, for the
    fields of this part (`handing-<ref>`, …).
    """

    seller: Seller
    lines: list[Line]
    terms: DeliveryTerms | None
    choice: Choice
    harvest: Harvest | None = None
    fee_vnd: int | None = None
    discount_vnd: int = 0
    problems: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """What its fields are named after."""
        return self.harvest.ref if self.harvest else self.seller.ref

    @property
    def goods_vnd(self) -> int:
        """The goods without fee and discount."""
        return basket.total_vnd(self.lines)

    @property
    def total_vnd(self) -> int:
        """What this order will ask for."""
        return self.goods_vnd + (self.fee_vnd or 0) - self.discount_vnd

    @property
    def handed_over(self) -> str:
        """When it is delivered, or where and when it may be fetched."""
        return delivery.handed_over(self.terms, self.choice.handing)

    @property
    def returns(self) -> str:
        """On what terms its goods go back."""
        return delivery.returns(self.terms)

    @property
    def rights(self) -> str:
        """What the buyer must know of ordering ahead."""
        return preorders.rights(self.first_vnd, self.total_vnd)

    @property
    def first_vnd(self) -> int:
        """What of it is asked for first: all, or the deposit of a harvest."""
        if self.harvest is None:
            return self.total_vnd
        return preorders.deposit_vnd(self.total_vnd, self.harvest.deposit_percent)

    @property
    def delivers(self) -> bool:
        """Whether the seller sends goods; without terms it does not."""
        return self.terms is not None and self.terms.delivers

    @property
    def picks_up(self) -> bool:
        """Whether goods may be fetched; without terms that is the only way."""
        return self.terms is None or self.terms.picks_up

    @property
    def cod(self) -> bool:
        """Whether cash on delivery is taken; of a harvest it is not, see `preorders`."""
        return self.terms is not None and self.terms.cod and self.harvest is None


def offers(there: Mapping[Seller, list[Line]], sent: Mapping[str, str]) -> list[Offer]:
    """A part for each seller and harvest, with what `sent` (a form) chose of it."""
    terms = delivery.terms_of([seller.id for seller in there])
    return [
        Offer(seller, some, terms.get(seller.id), _choice(seller, harvest, sent), harvest)
        for seller, lines in there.items()
        for harvest, some in _apart(lines)
    ]


def _apart(lines: Sequence[Line]) -> list[tuple[Harvest | None, list[Line]]]:
    ready = [line for line in lines if line.harvest is None]
    ahead = [(line.harvest, [line]) for line in lines if line.harvest is not None]
    return [*([(None, ready)] if ready else []), *ahead]


def _choice(seller: Seller, harvest: Harvest | None, sent: Mapping[str, str]) -> Choice:
    ref = harvest.ref if harvest else seller.ref
    return Choice(
        handing=sent.get(f"handing-{ref}", ""),
        pay_by=sent.get(f"pay-{ref}", ""),
        voucher=sent.get(f"voucher-{ref}", "").strip()[:40],
        note=sent.get(f"note-{ref}", "").strip()[:300],
    )


def reckon(parts: Sequence[Offer], phone: str, place: Place | None) -> None:
    """Settle each part's ways, fee and discount, or name its problems."""
    for part in parts:
        _settle_ways(part)
        _settle_fee(part, place)
        _settle_voucher(part, phone)
        for line in part.lines:
            if line.problem:
                part.problems.setdefault("basket", []).append(
                    f"{line.pack.product.name}: {line.problem}"
                )


def _settle_ways(part: Offer) -> None:
    ways = [*([Handing.DELIVERY] if part.delivers else []), *([Handing.PICKUP] * part.picks_up)]
    handing = part.choice.handing or ways[0]
    pay_by = part.choice.pay_by or PayBy.CASHLESS
    if handing not in ways:
        part.problems[f"handing-{part.ref}"] = [_("Chọn cách nhận hàng.")]
    if pay_by not in ([PayBy.CASHLESS, PayBy.COD] if part.cod else [PayBy.CASHLESS]):
        part.problems[f"pay-{part.ref}"] = [_("Chọn cách trả tiền.")]
    part.choice = Choice(handing, pay_by, part.choice.voucher, part.choice.note)


def _settle_fee(part: Offer, place: Place | None) -> None:
    if part.choice.handing != Handing.DELIVERY or part.terms is None:
        part.fee_vnd = 0
        return
    if place is None:
        return
    weight_g = delivery.weight_g((line.pack, line.quantity) for line in part.lines)
    part.fee_vnd = delivery.fee_vnd(part.terms, place, weight_g, part.goods_vnd)
    if part.fee_vnd is None:
        said = _("%(seller)s không giao được đến địa chỉ này.", seller=part.seller.name)
        part.problems[f"handing-{part.ref}"] = [said]


def _settle_voucher(part: Offer, phone: str) -> None:
    if not part.choice.voucher:
        return
    try:
        code = part.choice.voucher
        voucher = vouchers.find(part.seller.id, code, part.goods_vnd, phone or None)
        part.discount_vnd = vouchers.discount_vnd(voucher, part.goods_vnd)
    except NoVoucher as refusal:
        part.problems[f"voucher-{part.ref}"] = [refusal.message]


def where(parts: Sequence[Offer], data: Mapping[str, Any]) -> Place | Question | None:
    """Where it goes: a place, the question which one is meant, None when nothing is sent.

    Raises BadInput (`address`) when goods are to be sent and no commune can be read.
    """
    if not any(_is_sent(part) for part in parts):
        return None
    read = addresses.read(None, dict(data)) if data.get("address") else None
    if isinstance(read, Question):
        return read
    if not isinstance(read, Answer) or read.commune is None:
        said = _(
            "Ghi số nhà hoặc xóm, xã hoặc phường, tỉnh. Ví dụ: xóm 5, xã Tân Cương, Thái Nguyên."
        )
        raise BadInput({"address": [said]})
    return Place(read.commune.province_code, read.commune.code)


def _is_sent(part: Offer) -> bool:
    return (part.choice.handing or (Handing.DELIVERY if part.delivers else "")) == Handing.DELIVERY


def address(data: Mapping[str, Any], place: Place | None) -> str:
    """Where it goes, as typed, with today's commune where other words were used for it."""
    commune = places.commune(place.commune_code) if place else None
    if commune is None:
        return data["address"] or str(_("Tự đến lấy"))
    return addresses.written(data["address"], commune)


def mark(parts: Sequence[Offer]) -> str:
    """A mark of what the buyer agrees to: each line, price, fee, discount, way, day, deposit and
    the seller's terms."""
    return seen.mark(
        *(
            (
                part.ref,
                *_promised(part.harvest),
                *((x.pack.ref, f"{x.quantity:f}", x.pack.price_vnd) for x in part.lines),
                *(part.fee_vnd, part.discount_vnd, part.choice.handing, part.choice.pay_by),
                *(part.handed_over, part.returns),
            )
            for part in parts
        )
    )


def _promised(harvest: Harvest | None) -> tuple[Any, ...]:
    if harvest is None:
        return ()
    return harvest.from_day, harvest.until_day, harvest.deposit_percent
