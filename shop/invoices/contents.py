"""What stands on an order's invoice, to the đồng.

Contents as Article 10 of Decree 123/2020/NĐ-CP (amended by Decree 70/2025/NĐ-CP) asks for: seller,
buyer, goods with unit, quantity and price, tax rate by line, sums, and the total in words. Prices
include the tax, so what stands before it is reckoned back and both sum to what the buyer pays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shop import clock, money
from shop.invoices.models import Invoice, VatRate
from shop.orders import dues, returns, words
from shop.orders.models import Order, PayBy
from shop.sellers import addresses


@dataclass(frozen=True)
class Line:
    """One line. `total_vnd` = `net_vnd` + `vat_vnd`, after its share of the discount.

    `discount_vnd`: that share, tax included. `unit_price_vnd`: as sold, tax included.
    """

    name: str
    unit: str
    quantity: Decimal
    unit_price_vnd: int
    discount_vnd: int
    vat: VatRate
    net_vnd: int
    vat_vnd: int

    @property
    def total_vnd(self) -> int:
        """What the buyer pays for the line."""
        return self.net_vnd + self.vat_vnd


Back = Mapping[int, Decimal]


def lines(order: Order, vat: VatRate, back: Back | None = None) -> list[Line]:
    """The goods that the buyer kept, and the delivery; their totals sum to the order's price.

    `back`: line id → what came back, where it is known for many orders at once.
    """
    back = returns.returned(order) if back is None else back
    kept = [(row, row.quantity - back.get(row.id, Decimal(0))) for row in order.lines]
    kept = [(row, quantity) for row, quantity in kept if quantity]
    gross = [_half_up(row.amount_vnd * quantity / row.quantity) for row, quantity in kept]
    taken_off = min(order.discount_vnd, order.goods_vnd) + order.returned_vnd
    # What was given back as a courtesy made the goods cheaper, as it made the sale smaller.
    wanted = max(0, order.goods_vnd - taken_off - dues.courtesy_vnd(order))
    shares = share(wanted, gross)
    made = [
        _line(f"{row.name} ({row.pack})", row.unit, quantity, row.unit_price_vnd, of, paid, vat)
        for (row, quantity), of, paid in zip(kept, gross, shares, strict=True)
    ]
    if not order.lines and wanted:
        sold = str(words.ONLY_A_SUM)
        made.append(_line(sold, "lần", Decimal(1), order.goods_vnd, order.goods_vnd, wanted, vat))
    if fee_vnd := order.fee_vnd:
        made.append(_line("Phí giao hàng", "lần", Decimal(1), fee_vnd, fee_vnd, fee_vnd, vat))
    return made


def _line(
    name: str, unit: str, quantity: Decimal, price: int, gross: int, paid: int, vat: VatRate
) -> Line:
    net_vnd = before_tax_vnd(paid, vat)
    return Line(name, unit, quantity, price, gross - paid, vat, net_vnd, paid - net_vnd)


def share(total: int, weights: Sequence[int]) -> list[int]:
    """`total` parted in proportion to `weights`, in whole đồng that sum to it.

    What rounding leaves goes to the largest remainders, the first of equals.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda n: (-remainders[n], n))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def before_tax_vnd(paid_vnd: int, vat: VatRate) -> int:
    """What of a price with tax is before it, rounded half up to the đồng."""
    if vat in {VatRate.KCT, VatRate.KKKNT}:
        return paid_vnd
    return _half_up(Decimal(paid_vnd) * 100 / (100 + int(vat)))


def _half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def document(invoice: Invoice, vat: VatRate, back: Back | None = None) -> dict[str, Any]:
    """The whole invoice as JSON values, for a provider."""
    order, found = invoice.order, lines(invoice.order, vat, back)
    total_vnd = sum(line.total_vnd for line in found)
    return {
        "ref": invoice.ref,
        "order": order.ref,
        "state": invoice.state,
        "date": _day(order).isoformat(),
        "currency": "VND",
        "payment": "TM" if order.pay_by in {PayBy.COD, PayBy.CASH} else "CK",
        "seller": {
            "name": order.seller.legal_name or order.seller.name,
            "tax_code": order.seller.tax_code or "",
            "address": addresses.today(order.seller) or "",
            "phone": order.seller.phone or "",
        },
        "buyer": {
            "name": invoice.buyer_name or order.buyer_name,
            "company": invoice.company,
            "tax_code": invoice.tax_code,
            "address": invoice.address or order.address,
            "email": invoice.email or order.buyer_email or "",
            "phone": order.buyer_phone,
            "wants_invoice": invoice.wanted,
        },
        "lines": [
            {
                "name": line.name,
                "unit": line.unit,
                "quantity": f"{line.quantity.normalize():f}",
                "unit_price_vnd": line.unit_price_vnd,
                "discount_vnd": line.discount_vnd,
                "vat": line.vat.value,
                "net_vnd": line.net_vnd,
                "vat_vnd": line.vat_vnd,
                "total_vnd": line.total_vnd,
            }
            for line in found
        ],
        "net_vnd": sum(line.net_vnd for line in found),
        "vat_vnd": sum(line.vat_vnd for line in found),
        "total_vnd": total_vnd,
        "in_words": money.in_words(total_vnd),
    }


def _day(order: Order) -> date:
    """The day of the invoice: when the goods were handed over (Decree 123/2020, Article 9)."""
    sent = next((e.at for e in order.events if e.to_state in {"shipped", "delivered"}), None)
    return clock.vietnam(sent or clock.now()).date()
