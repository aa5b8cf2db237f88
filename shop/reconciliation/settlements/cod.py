"""A carrier's session of cash on delivery (phiên đối soát COD): a row for each waybill.

None of the names is sure: carriers publish no format, and each has its own. They are the plain
words their sheets use; a sheet that has others is refused with the names it lacks.
"""

from flask_babel import gettext as _

from shop.reconciliation.settlements import notes, reckoning
from shop.reconciliation.settlements.header import Layout, key
from shop.reconciliation.settlements.protocol import Settlement, SettlementLine
from shop.reconciliation.settlements.table import Row, Tables

WAYBILLS = Layout(
    needed={
        "reference": ("Mã vận đơn", "Vận đơn", "Mã vận chuyển", "Mã bưu gửi", "Tracking number"),
        "collected": ("Tiền thu hộ", "Thu hộ", "Tiền thu hộ COD", "Tiền COD", "COD"),
        "state": ("Trạng thái", "Trạng thái đơn hàng", "Trạng thái giao hàng", "Status"),
        "net": (
            *("Tiền trả shop", "Thực nhận", "Số tiền thực nhận", "Thực trả", "Tiền đối soát"),
            *("Tổng đối soát", "Số tiền chuyển", "Còn lại"),
        ),
    },
    optional={
        "order": ("Mã đơn hàng", "Mã đơn hàng shop", "Mã đơn khách hàng", "Mã đơn shop"),
        "day": ("Ngày giao hàng", "Ngày giao", "Ngày hoàn thành", "Ngày phát", "Ngày đối soát"),
        "text": ("Ghi chú", "Nội dung"),
        "freight": ("Tổng phí", "Tổng cước", "Tổng cước phí"),
    },
    sums={
        "parts": (  # of the freight, where it is not printed as a whole
            *("Phí giao hàng", "Phí vận chuyển", "Cước phí", "Cước vận chuyển", "Cước"),
            *("Phí dịch vụ", "Phí hoàn", "Phí hoàn hàng", "Phí chuyển hoàn", "Phí thu hộ"),
            *("Phí bảo hiểm", "Phí khai giá", "Phí khác"),
        )
    },
    money=("collected", "net", "freight"),
    known=("STT", "Người nhận", "Tên người nhận", "Số điện thoại", "SĐT", "Địa chỉ", "Khối lượng"),
)

_DELIVERED = {
    *("da giao", "da giao hang", "giao thanh cong", "giao hang thanh cong", "thanh cong"),
    *("phat thanh cong", "hoan thanh", "da hoan thanh", "hoan tat", "giao mot phan"),
    *("giao hang mot phan", "delivered", "success", "completed"),
}
_RETURNED = {
    *("hoan", "da hoan", "hoan hang", "da hoan hang", "chuyen hoan", "da chuyen hoan"),
    *("hoan ve", "hoan tra", "da hoan tra", "tra hang", "da tra hang", "giao that bai"),
    *("hoan thanh cong", "chuyen hoan thanh cong", "return", "returned"),
}
_SESSION = (
    "Mã phiên",
    "Mã phiên đối soát",
    "Phiên đối soát",
    "Mã phiên chuyển tiền",
    "Mã đối soát",
)


def read(data: bytes, name: str) -> Settlement:
    """Read a carrier's session (.xlsx, .csv). `name`: of the file. Raises BadSettlement.

    A delivered waybill is a sale; a returned one is a fee, its freight, for nothing was collected.
    The state is the text of the line.
    """
    tables = Tables(data, name, {"waybills": WAYBILLS})
    lines: list[SettlementLine] = []
    for table in tables:
        here = [_line(row) for row in table.rows()]
        reckoning.check_totals(table, here)
        lines += here
    session = notes.words(tables.notes, _SESSION)
    return reckoning.settlement(lines, tables, payout_reference=session)


def _line(row: Row) -> SettlementLine:
    delivered = _is_delivered(row)
    # Returned, a parcel may still tell what was to be collected: that is not money.
    collected_vnd = row.needed_amount("collected") if delivered else 0
    net_vnd, freight_vnd = row.needed_amount("net"), row.amount("freight")
    if freight_vnd is None:
        freight_vnd = row.amount("parts") or 0
    if collected_vnd + freight_vnd == net_vnd:
        freight_vnd = -freight_vnd  # some print what they take with a minus
    line = SettlementLine(
        row=row.number,
        reference=row.code("reference"),
        order_reference=row.code("order"),
        kind="sale" if delivered else "fee",
        happened_on=row.day("day"),
        gross_vnd=collected_vnd,
        fee_vnd=freight_vnd,
        tax_vnd=0,
        adjustment_vnd=0,
        net_vnd=net_vnd,
        text=" – ".join(filter(None, (row.text("state"), row.text("text")))),
    )
    return reckoning.balanced(line, row)


def _is_delivered(row: Row) -> bool:
    state = key(row.text("state"))
    if state not in _DELIVERED | _RETURNED:
        words = _(
            "không rõ trạng thái “%(cell)s”: ghi “Đã giao” hoặc “Đã hoàn”.",
            cell=row.text("state"),
        )
        raise row.refusal("state", words)
    return state in _DELIVERED
