"""What Lazada pays out for an order: the lines of its finance statements."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from shop import clock
from workers.marketplaces.lazada import client, values
from workers.marketplaces.protocol import PayoutLine, Shop

PAGE, MOST_DAYS = 500, 180
# What the buyer paid: goods and delivery, less vouchers.
GROSS = {
    "item price credit",
    "shipping fee (paid by customer)",
    "promotional charges vouchers",
}
TAXES = ("tax", "withh", "thuế")
FEES = ("fee", "commission", "phí")
PAID = "paid"


def lines(shop: Shop, order_ids: Sequence[str]) -> list[PayoutLine]:
    """The settled amounts of these orders; one with any line that is not paid is left out."""
    of_order: dict[str, dict[str, dict[str, Any]]] = {order_id: {} for order_id in order_ids}
    for row in _rows(shop):
        rows = of_order.get(str(row.get("order_no")))
        if rows is not None:
            # New lines push others onto the next page: one told twice is one.
            rows[str(row["transaction_number"])] = row
    return [
        _line(order_id, list(rows.values()))
        for order_id, rows in of_order.items()
        if rows and all(_paid(row) for row in rows.values())
    ]


def _rows(shop: Shop) -> Iterator[dict[str, Any]]:
    """Every line as far back as may be asked, in one span of days."""
    today, offset = clock.today(), 0
    while True:
        page = client.get(
            shop,
            "/finance/transaction/details/get",
            start_time=(today - timedelta(days=MOST_DAYS)).isoformat(),
            end_time=today.isoformat(),
            limit=PAGE,
            offset=offset,
        )
        yield from page or []
        if len(page or []) < PAGE:
            return
        offset += PAGE


def _paid(row: dict[str, Any]) -> bool:
    return str(row.get("paid_status") or "").strip().lower() == PAID


def _line(order_id: str, rows: list[dict[str, Any]]) -> PayoutLine:
    """Tax is what is withheld beside the amounts or within them, and lines that are named so."""
    gross = fee = tax = net = 0
    for row in rows:
        amount, withheld = values.vnd(row["amount"]), abs(values.vnd(row.get("WHT_amount")))
        name = str(row.get("fee_name") or "").lower()
        within = str(row.get("WHT_included_in_amount") or "").lower() == "yes"
        net += amount if within else amount - withheld
        tax += withheld
        if name in GROSS:
            gross += amount
        elif any(word in name for word in TAXES):
            tax -= amount
        elif any(word in name for word in FEES):
            fee -= amount + (withheld if within else 0)
    return PayoutLine(
        order_id=order_id,
        happened_at=clock.midnight(max(values.day(str(r["transaction_date"])) for r in rows)),
        gross_vnd=gross,
        fee_vnd=fee,
        tax_vnd=tax,
        # Refunds, claims and what else is neither price nor fee nor tax.
        adjustment_vnd=net - gross + fee + tax,
        net_vnd=net,
    )
