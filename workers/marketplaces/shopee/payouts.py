"""What Shopee pays out for an order (escrow)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from workers.marketplaces.protocol import PayoutLine, Refused, Shop
from workers.marketplaces.shopee import client

# Costs that Shopee keeps, and taxes it withholds from households and persons who sell.
FEES = ("commission_fee", "service_fee", "seller_transaction_fee")
TAXES = ("withholding_vat_tax", "withholding_pit_tax", "withholding_cit_tax")


def lines(shop: Shop, order_ids: Sequence[str]) -> list[PayoutLine]:
    """The settled amounts of these orders; one that is not settled yet is left out."""
    found = [_line(shop, order_id) for order_id in order_ids]
    return [line for line in found if line is not None]


def _line(shop: Shop, order_id: str) -> PayoutLine | None:
    try:
        answer = client.get(shop, "payment/get_escrow_detail", order_sn=order_id)
    except Refused:
        return None
    income: dict[str, Any] = answer.get("order_income") or {}
    released = answer.get("escrow_release_time") or income.get("escrow_release_time")
    if not income or not released:
        return None
    fee = sum(int(income.get(name) or 0) for name in FEES)
    tax = sum(int(income.get(name) or 0) for name in TAXES)
    gross, net = int(income["buyer_total_amount"]), int(income["escrow_amount"])
    return PayoutLine(
        order_id=order_id,
        happened_at=datetime.fromtimestamp(int(released), UTC),
        gross_vnd=gross,
        fee_vnd=fee,
        tax_vnd=tax,
        # Vouchers, delivery and what else lies between what the buyer paid and the payout.
        adjustment_vnd=net - gross + fee + tax,
        net_vnd=net,
    )
