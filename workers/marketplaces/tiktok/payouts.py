"""What TikTok Shop settles for an order (finance statements)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shop import clock
from workers.marketplaces.protocol import PayoutLine, Shop
from workers.marketplaces.tiktok import client, orders

# Statements are looked for so far back: longer than anybody waits for a payout.
BACK = timedelta(days=120)
PAGE = 100


def lines(shop: Shop, order_ids: Sequence[str]) -> list[PayoutLine]:
    """The settled amounts of these orders; one that is not settled yet is left out."""
    told = {order_id: _transactions(shop, order_id) for order_id in order_ids}
    settled = {order_id: data for order_id, data in told.items() if data.get("sku_transactions")}
    if not settled:
        return []
    times, paid = _statement_times(shop), _paid(shop, list(settled))
    return [
        _line(data, at, order_id=order_id, paid_vnd=paid[order_id])
        for order_id, data in settled.items()
        if order_id in paid and (at := _settled_at(data, times)) is not None
    ]


def _transactions(shop: Shop, order_id: str) -> dict[str, Any]:
    return client.get(shop, f"/finance/202501/orders/{order_id}/statement_transactions")


def _statement_times(shop: Shop) -> dict[str, int]:
    """Statement → its time in epoch seconds: a transaction tells only its statement."""
    since = int((clock.now() - BACK).timestamp())
    pages = client.pages(
        shop,
        "/finance/202309/statements",
        statement_time_ge=since,
        sort_field="statement_time",
        page_size=PAGE,
    )
    rows = [row for page in pages for row in page.get("statements") or []]
    return {str(row["id"]): int(row["statement_time"]) for row in rows}


def _settled_at(data: dict[str, Any], times: Mapping[str, int]) -> int | None:
    """When the last of it was settled; None while a part of it stands on no statement."""
    found = [times.get(str(row.get("statement_id"))) for row in data["sku_transactions"]]
    known = [at for at in found if at is not None]
    return max(known) if len(known) == len(found) else None


def _paid(shop: Shop, order_ids: Sequence[str]) -> dict[str, int]:
    """Order → what its buyer paid, which is what our order says."""
    starts = range(0, len(order_ids), orders.MOST_READ)
    rows = [
        row
        for start in starts
        for row in orders.rows(shop, order_ids[start : start + orders.MOST_READ])
    ]
    return {str(row["id"]): orders.vnd(row["payment"]["total_amount"]) for row in rows}


def _line(data: dict[str, Any], at: int, *, order_id: str, paid_vnd: int) -> PayoutLine:
    net = orders.vnd(data["settlement_amount"])
    kept, tax = orders.vnd(data["fee_and_tax_amount"]), _tax(data)
    shipping = orders.vnd(data.get("shipping_cost_amount"))
    # net = revenue − shipping − fees and taxes, says the page; its samples show them negative.
    if orders.vnd(data["revenue_amount"]) - shipping - kept != net:
        kept, tax = -kept, -tax
    return PayoutLine(
        order_id=order_id,
        happened_at=datetime.fromtimestamp(at, UTC),
        gross_vnd=paid_vnd,
        fee_vnd=kept - tax,
        tax_vnd=tax,
        # Delivery, TikTok's own discounts and what else lies between payment and payout.
        adjustment_vnd=net - paid_vnd + kept,
        net_vnd=net,
    )


def _tax(data: dict[str, Any]) -> int:
    breakdowns = [row.get("fee_tax_breakdown") or {} for row in data["sku_transactions"]]
    taxes = [each.get("tax") or {} for each in breakdowns]
    return sum(orders.vnd(amount) for tax in taxes for amount in tax.values())
