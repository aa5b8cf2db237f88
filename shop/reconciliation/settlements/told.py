"""A settlement that a marketplace told us itself, kept as JSON: the same in every platform.

{"first", "last": days, "lines": [{"reference": the platform's order, or that and which change of
it; "order", "kind", "text", "happened_on", "gross_vnd", "fee_vnd", "tax_vnd", "adjustment_vnd",
"net_vnd"}]}; nobody uploads it, so it is not distrusted. One kept before changes were told has
orders and sales only.
"""

import json
from datetime import date

from shop.reconciliation.settlements.protocol import Settlement, SettlementLine


def read(data: bytes) -> Settlement:
    """What it says."""
    told = json.loads(data)
    lines = [
        SettlementLine(
            row=row,
            reference=str(line["reference"]),
            order_reference=str(line.get("order", line["reference"])),
            kind=line.get("kind", "sale"),
            happened_on=date.fromisoformat(line["happened_on"]),
            gross_vnd=line["gross_vnd"],
            fee_vnd=line["fee_vnd"],
            tax_vnd=line["tax_vnd"],
            adjustment_vnd=line["adjustment_vnd"],
            net_vnd=line["net_vnd"],
            text=line.get("text", ""),
        )
        for row, line in enumerate(told["lines"], 1)
    ]
    first, last = date.fromisoformat(told["first"]), date.fromisoformat(told["last"])
    return Settlement(lines, first, last, "", sum(line.net_vnd for line in lines))
