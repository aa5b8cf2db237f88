"""Lazada's transactions, as exported by its finance pages: a row for each fee of an order.

Surely so called in real exports: Transaction Date, Transaction Type, Fee Name, Transaction Number,
Amount, VAT in Amount, WHT Amount, WHT included in Amount, Statement, Paid Status, Order No.; in the
newer Vietnamese "Income Overview" Mã sao kê, Ngày giao dịch, Tên phí, Số tiền (Đã bao gồm thuế),
VAT Amount, Mã đơn hàng. Which fee names are the price of goods is less sure, and that a tax which
is "not included" is taken besides the amount is only what the words say.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext as _

from shop import text
from shop.reconciliation.settlements import notes, reckoning
from shop.reconciliation.settlements.header import Layout, key
from shop.reconciliation.settlements.protocol import Kind, Settlement, SettlementLine
from shop.reconciliation.settlements.table import Row, Table, Tables

FEES = Layout(
    needed={
        "reference": ("Order No.", "Order Number", "Mã đơn hàng"),
        "fee": ("Fee Name", "Tên phí"),
        "net": ("Amount", "Amount(Include Tax)", "Số tiền (Đã bao gồm thuế)", "Số tiền"),
        "statement": ("Statement Number", "Mã sao kê", "Statement"),
    },
    optional={
        "day": ("Transaction Date", "Ngày giao dịch"),
        "type": ("Transaction Type", "Loại giao dịch"),
        "number": ("Transaction Number",),
        "period": ("Statement Period", "Kỳ báo cáo", "Statement"),
        "status": ("Paid Status", "Release Status"),
        "tax": ("WHT Amount",),
        "included": ("WHT included in Amount",),
    },
    money=("net", "tax"),
    # VAT is a part of the amount, told for the books of those who can deduct it.
    known=(
        *("VAT in Amount", "VAT Amount", "Details", "Seller SKU", "Lazada SKU", "Comment"),
        *("Order Item No.", "Order Line ID", "Order Item Status", "Order Status", "Short Code"),
        *("Shipping Provider", "Shipping Speed", "Shipment Type", "Reference", "PaymentRefId"),
        *("Release Date", "Order Creation Date", "Product Name", "ShortCode", "Bình luận"),
        *("Đã thanh toán", "Ngày phát hành", "Ngày tạo đơn", "Mã sản phẩm", "Tên sản phẩm"),
    ),
)

_GOODS = {
    *("item price credit", "item price", "product price paid by buyer", "gia tri san pham"),
    *("reversal item price", "hoan gia tri san pham"),
    *("shipping fee paid by customer", "reversal shipping fee paid by customer"),
}
_ADJUSTMENT = ("adjust", "compensation", "dieu chinh", "den bu", "boi thuong")
_UNPAID = ("not", "un", "chua")


@dataclass
class _Order:
    """What the rows of one order in one statement come to, each amount with its own sign."""

    first: Row
    day: date | None
    goods: list[int] = field(default_factory=list)
    fees: list[int] = field(default_factory=list)
    adjustments: list[int] = field(default_factory=list)
    tax_vnd: int = 0
    net_vnd: int = 0
    names: dict[str, None] = field(default_factory=dict)

    def kind(self) -> Kind:
        if self.goods:
            given_back = sum(self.goods) < 0 or (sum(self.goods) == 0 and min(self.goods) < 0)
            return "refund" if given_back else "sale"
        return "fee" if self.fees else "adjustment"


def read(data: bytes, name: str) -> Settlement:
    """Read a transaction export (.xlsx, .csv). `name`: of the file. Raises BadSettlement.

    The rows of an order in a statement become one line, known by the order's number; what belongs
    to no order is a line each, known by its transaction number, else by statement, day and name.
    """
    tables = Tables(data, name, {"fees": FEES})
    lines: list[SettlementLine] = []
    seen = _Seen()
    for table in tables:
        here = _lines(table, seen)
        reckoning.check_totals(table, here)
        lines += here
    return reckoning.settlement(
        lines,
        tables,
        payout_reference=next(iter(seen.statements)) if len(seen.statements) == 1 else "",
        period=notes.span(next(iter(seen.periods))) if len(seen.periods) == 1 else None,
        warnings=seen.warnings(),
    )


@dataclass
class _Seen:
    """What the rows tell beside their amounts."""

    statements: dict[str, None] = field(default_factory=dict)
    periods: dict[str, None] = field(default_factory=dict)
    keys: Counter[str] = field(default_factory=Counter)
    unpaid: int = 0
    taxed_besides: int = 0

    def note(self, row: Row) -> None:
        self.statements.setdefault(row.text("statement"))
        self.periods.setdefault(row.text("period"))
        self.unpaid += key(row.text("status")).startswith(_UNPAID)

    def warnings(self) -> list[str]:
        found = []
        if len(self.statements) > 1:
            count = len(self.statements)
            found.append(_("Tệp gồm %(count)s kỳ sao kê, mỗi kỳ là một lần trả.", count=count))
        if self.unpaid:
            found.append(_("%(count)s dòng ghi là chưa được trả.", count=self.unpaid))
        if self.taxed_besides:
            words = _(
                "%(count)s dòng có thuế khấu trừ ngoài số tiền, đã trừ thêm: so với tiền về.",
                count=self.taxed_besides,
            )
            found.append(words)
        return found


def _lines(table: Table, seen: _Seen) -> list[SettlementLine]:
    orders: dict[tuple[str, ...], _Order] = {}
    for row in table.rows():
        seen.note(row)
        order, statement = row.code("reference"), row.text("statement")
        group = (order, statement) if order else (_known_by(row, seen.keys),)
        if group not in orders:
            orders[group] = _Order(row, row.day("day"))
        _add(orders[group], row, seen)
    return [_line(group[0], order) for group, order in orders.items()]


def _known_by(row: Row, counts: Counter[str]) -> str:
    day = row.day("day")
    told = (row.text("statement"), f"{day:%Y%m%d}" if day else "", text.slug(row.text("fee")))
    known_by = row.code("number") or "/".join(told)
    counts[known_by] += 1
    return known_by if counts[known_by] == 1 else f"{known_by}/{counts[known_by]}"


def _add(order: _Order, row: Row, seen: _Seen) -> None:
    amount_vnd, tax_vnd = row.needed_amount("net"), abs(row.amount("tax") or 0)
    if amount_vnd < 0:
        tax_vnd = -tax_vnd  # what was withheld from a sale comes back with its refund
    # A row's own part is what it would be without tax.
    part_vnd = amount_vnd
    if tax_vnd and _is_included(row):
        part_vnd = amount_vnd + tax_vnd
    elif tax_vnd:
        amount_vnd -= tax_vnd
        seen.taxed_besides += 1
    order.tax_vnd += tax_vnd
    order.net_vnd += amount_vnd
    order.names.setdefault(row.text("fee"))
    _place(order, row).append(part_vnd)


def _is_included(row: Row) -> bool:
    said = key(row.text("included"))
    if said not in {"yes", "no", "co", "khong"}:
        words = _("không rõ thuế khấu trừ đã nằm trong số tiền chưa: “%(cell)s”.", cell=said)
        raise row.refusal("tax", words)
    return said in {"yes", "co"}


def _place(order: _Order, row: Row) -> list[int]:
    name = key(row.text("fee"))
    if name in _GOODS or key(row.text("type")) == "orders sales":
        return order.goods
    if any(word in name for word in _ADJUSTMENT):
        return order.adjustments
    if not row.text("reference") and row.needed_amount("net") > 0:
        return order.adjustments
    return order.fees


def _line(known_by: str, order: _Order) -> SettlementLine:
    line = SettlementLine(
        row=order.first.number,
        reference=known_by,
        order_reference=order.first.code("reference"),
        kind=order.kind(),
        happened_on=order.day,
        gross_vnd=sum(order.goods),
        fee_vnd=-sum(order.fees),
        tax_vnd=order.tax_vnd,
        adjustment_vnd=sum(order.adjustments),
        net_vnd=order.net_vnd,
        text=", ".join(order.names)[:200],
    )
    return reckoning.balanced(line, order.first)
