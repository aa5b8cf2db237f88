"""The daily settlement files of VNPay, MoMo and ZaloPay: a row for each payment or refund.

None of the names is sure: no vendor publishes its file, and VNPay's is a matter of the contract.
They are the plain words such files use, kept as data; `columns` replaces them, role by role, with
what a cooperative's own file says.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from flask_babel import gettext as _

from shop.reconciliation.settlements import notes, reckoning
from shop.reconciliation.settlements.header import Layout, Names, key, listed
from shop.reconciliation.settlements.protocol import (
    BadSettlement,
    Kind,
    Settlement,
    SettlementLine,
)
from shop.reconciliation.settlements.table import Row, Table, Tables

_AMOUNT = ("Số tiền giao dịch", "Số tiền GD", "Giá trị giao dịch", "Số tiền", "Amount")
_FEE = ("Phí giao dịch", "Phí thanh toán", "Phí dịch vụ", "Phí", "Fee")
_NET = ("Số tiền thực nhận", "Thực nhận", "Số tiền quyết toán", "Số tiền thanh toán", "Net amount")
_DAY = ("Thời gian giao dịch", "Ngày giao dịch", "Thời gian thanh toán", "Transaction time")
_TYPE = ("Loại giao dịch", "Loại GD", "Transaction type")
_STATUS = ("Trạng thái", "Trạng thái giao dịch", "Status")
_TEXT = ("Nội dung", "Nội dung thanh toán", "Diễn giải", "Mô tả", "Description")
_KNOWN = ("STT", "No.", "Ngân hàng", "Mã ngân hàng", "Merchant", "Mã merchant", "Tên merchant")

_Columns = Mapping[str, Names]

VNPAY: _Columns = {
    "reference": ("Mã giao dịch VNPAY", "Số giao dịch VNPAY", "Mã GD VNPAY", "TransactionNo"),
    "order": ("Mã đơn hàng", "Mã tham chiếu", "Mã hóa đơn", "TxnRef"),
    **{"gross": _AMOUNT, "fee": _FEE, "net": _NET, "day": (*_DAY, "PayDate"), "type": _TYPE},
    **{"status": _STATUS, "text": (*_TEXT, "OrderInfo")},
}
MOMO: _Columns = {
    "reference": ("Mã giao dịch MoMo", "Mã giao dịch", "Mã GD", "transId", "Transaction ID"),
    "order": ("Mã đơn hàng", "Mã hóa đơn", "orderId", "Order ID"),
    **{"gross": _AMOUNT, "fee": _FEE, "net": _NET, "day": _DAY, "type": _TYPE},
    **{"status": _STATUS, "text": (*_TEXT, "orderInfo")},
}
ZALOPAY: _Columns = {
    "reference": ("Mã giao dịch ZaloPay", "Mã giao dịch ZLP", "zp_trans_id", "zpTransId"),
    "order": ("Mã giao dịch đối tác", "Mã đơn hàng", "app_trans_id", "appTransId"),
    **{"gross": _AMOUNT, "fee": _FEE, "net": _NET, "day": _DAY, "type": _TYPE},
    **{"status": _STATUS, "text": _TEXT},
}

_SALE = {"", "thanh toan", "ban hang", "giao dich", "payment", "sale", "purchase", "pay"}
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(_SALE, "sale"),
    **dict.fromkeys(("hoan tien", "hoan tra", "hoan tien mot phan", "refund"), "refund"),
    **dict.fromkeys(("phi", "thu phi", "fee"), "fee"),
    **dict.fromkeys(("dieu chinh", "adjustment"), "adjustment"),
}
_DONE = {
    *("", "thanh cong", "da thanh toan", "giao dich thanh cong", "hoan thanh", "da quyet toan"),
    *("success", "successful", "succeeded", "paid", "completed", "settled", "00", "0"),
}
_PAYOUT = ("Mã lô", "Mã phiên đối soát", "Mã đối soát", "Mã thanh toán", "Số lệnh chi", "Batch ID")


def vnpay(data: bytes, name: str, *, columns: Mapping[str, str] | None = None) -> Settlement:
    """Read VNPay's daily file (.xlsx, .csv). `name`: of the file. Raises BadSettlement.

    `columns`: what this contract's file calls a role. Roles: reference (VNPay's transaction
    number), order, gross, fee, net, day, type, status, text. Raises KeyError for another one.
    """
    return _read(data, name, VNPAY, columns)


def momo(data: bytes, name: str, *, columns: Mapping[str, str] | None = None) -> Settlement:
    """Read MoMo's daily file, as `vnpay` does; `reference` is MoMo's transId."""
    return _read(data, name, MOMO, columns)


def zalopay(data: bytes, name: str, *, columns: Mapping[str, str] | None = None) -> Settlement:
    """Read ZaloPay's daily file, as `vnpay` does; `reference` is its zp_trans_id."""
    return _read(data, name, ZALOPAY, columns)


def _read(
    data: bytes, name: str, defaults: _Columns, columns: Mapping[str, str] | None
) -> Settlement:
    tables = Tables(data, name, {"payments": _layout(defaults, columns or {})})
    lines: list[SettlementLine] = []
    left_out: Counter[str] = Counter()
    warnings: list[str] = []
    for table in tables:
        _refuse_without_net(table)
        if "net" not in table.columns:
            warnings.append(_("Tệp không ghi số thực nhận từng dòng; đã lấy số tiền trừ phí."))
        here = list(_lines(table, left_out))
        reckoning.check_totals(table, here)
        lines += here
    for status, count in left_out.items():
        words = _("Bỏ qua %(count)s dòng có trạng thái “%(status)s”.", count=count, status=status)
        warnings.append(words)
    payout = notes.words(tables.notes, _PAYOUT)
    return reckoning.settlement(lines, tables, payout_reference=payout, warnings=warnings)


def _layout(defaults: _Columns, columns: Mapping[str, str]) -> Layout:
    for role in columns:
        if role not in defaults:
            raise KeyError(role)
    names = {**defaults, **{role: (column,) for role, column in columns.items()}}
    needed = {role: names.pop(role) for role in ("reference", "gross")}
    return Layout(needed, names, money=("gross", "fee", "net"), known=_KNOWN)


def _refuse_without_net(table: Table) -> None:
    if not {"fee", "net"} & table.columns.keys():
        words = _("thiếu cột %(names)s.", names=listed([_NET[0], _FEE[0]]))
        raise BadSettlement("no-table", words, sheet=table.sheet)


def _lines(table: Table, left_out: Counter[str]) -> Iterator[SettlementLine]:
    for row in table.rows():
        if key(row.text("status")) in _DONE:
            yield _line(row)
        else:
            left_out[row.text("status", 40)] += 1


def _line(row: Row) -> SettlementLine:
    kind = _kind(row)
    gross_vnd, fee_vnd, net_vnd = _amounts(row, kind)
    line = SettlementLine(
        row=row.number,
        reference=row.code("reference"),
        order_reference=row.code("order"),
        kind=kind,
        happened_on=row.day("day"),
        gross_vnd=gross_vnd,
        fee_vnd=fee_vnd,
        tax_vnd=0,
        adjustment_vnd=0,
        net_vnd=net_vnd,
        text=row.text("text"),
    )
    if kind == "fee":
        line = replace(line, gross_vnd=0, fee_vnd=fee_vnd - gross_vnd)
    elif kind == "adjustment":
        line = replace(line, gross_vnd=0, adjustment_vnd=gross_vnd)
    return reckoning.balanced(line, row)


def _kind(row: Row) -> Kind:
    said = row.text("type")
    kind = _KINDS.get(key(said))
    if kind is None:
        words = _("không rõ loại giao dịch “%(cell)s”.", cell=said)
        raise row.refusal("kind", words)
    return "refund" if kind == "sale" and row.needed_amount("gross") < 0 else kind


def _amounts(row: Row, kind: Kind) -> tuple[int, int, int]:
    """Gross, fee and net with their signs, in which files differ: the sum tells what is meant."""
    gross_vnd, net_vnd = row.needed_amount("gross"), row.amount("net")
    fee_vnd = row.amount("fee") or 0
    if kind == "refund" and gross_vnd > 0:
        # Printed as a plain number, it goes out all the same, and so does its net.
        gross_vnd = -gross_vnd
        net_vnd = -abs(net_vnd) if net_vnd is not None else None
    if net_vnd is None and "net" in row.table.columns:
        net_vnd = row.needed_amount("net")
    if net_vnd is None:
        fee_vnd = _fee_alone(row, kind)
        return gross_vnd, fee_vnd, gross_vnd - fee_vnd
    if gross_vnd + fee_vnd == net_vnd:
        fee_vnd = -fee_vnd
    return gross_vnd, fee_vnd, net_vnd


def _fee_alone(row: Row, kind: Kind) -> int:
    fee_vnd = abs(row.needed_amount("fee"))
    if fee_vnd and kind == "refund":
        words = _("tệp không ghi số thực nhận, nên không rõ phí của khoản hoàn là thu hay trả lại.")
        raise row.refusal("no-net", words)
    return fee_vnd
