"""Shopee's income report (báo cáo thu nhập): orders on one sheet, adjustments on another.

The names of the columns are those of real exports of 2025 and 2026, which several public readers
of them share; they change every year, and a fee that is new makes the sums of its rows fail. That
sheet `Summary` prints the whole as "3. Tổng số tiền" is known from one reader only, which does not
say whether adjustments are in it: either sum is accepted.
"""

from collections import Counter
from collections.abc import Iterator

from flask_babel import gettext as _

from shop import text
from shop.reconciliation.settlements import notes, reckoning
from shop.reconciliation.settlements.header import Layout, key, listed
from shop.reconciliation.settlements.protocol import Settlement, SettlementLine
from shop.reconciliation.settlements.table import Row, Table, Tables

ORDERS = Layout(
    needed={
        "reference": ("Mã đơn hàng", "Order ID"),
        "level": ("Đơn hàng / Sản phẩm", "Order / Sku"),
        "net": ("Tổng tiền đã thanh toán",),
        "price": ("Giá sản phẩm",),
    },
    optional={
        "day": ("Ngày hoàn thành thanh toán",),
        "refunded": ("Số tiền hoàn lại",),
        "request": ("Mã yêu cầu hoàn tiền",),
    },
    sums={
        "gross": (
            "Giá sản phẩm",
            "Số tiền hoàn lại",
            "Sản phẩm được trợ giá từ Shopee",
            "Mã ưu đãi do Người Bán chịu",
            "Mã ưu đãi Đồng Tài Trợ do Người Bán chịu",
            "Mã hoàn xu do Người Bán chịu",
            "Mã hoàn xu Đồng Tài Trợ do Người Bán chịu",
        ),
        "fee": (
            "Phí vận chuyển Người mua trả",
            "Phí vận chuyển thực tế",
            "Phí vận chuyển được trợ giá từ Shopee",
            "Phí vận chuyển trả hàng (đơn Trả hàng/hoàn tiền)",
            "Phí vận chuyển được hoàn bởi PiShip",
            "Phí vận chuyển trả hàng (đơn giao không thành công)",
            "Phí cố định",
            "Phí Dịch Vụ",
            "Phí thanh toán",
            "Phí xử lý giao dịch",  # what "Phí thanh toán" is called since May 2026
            "Phí hoa hồng Tiếp thị liên kết",
            "Phí dịch vụ PiShip",
            "Phí dịch vụ hiển thị NTTD (từ doanh thu đơn hàng)",
            "Mức Nạp Tiền Tự Động (từ doanh thu đơn hàng)",
            "Phí lắp đặt người mua trả",
            "Phí lắp đặt thực tế",
            "Trade-in Bonus by Seller",
        ),
        "tax": ("Thuế GTGT", "Thuế TNCN"),
    },
    # Behind "Người Mua" the report only tells more; nothing there is part of the sum.
    known=(
        *("Mã giao dịch", "Mã Số Thuế", "Mã sản phẩm", "Tên sản phẩm", "Ngày đặt hàng"),
        *("Phương thức thanh toán", "Loại đơn hàng", "Phân Loại", "Sản Phẩm Bán Chạy"),
        *("Người Mua", "Amount Paid By Buyer", "Transaction Fee Rate (%)"),
        *("Phương thức thanh toán của Người mua", "Buyer Payment Method Details_1"),
        *("Installment Plan (if applicable)", "Phí vận chuyển - Người bán hỗ trợ"),
        *("Đơn vị vận chuyển", "Courier Name", "Mã voucher", "Đền bù đơn mất hàng"),
        *("Giá sản phẩm (sau khuyến mãi)", "Shopee xu", "Shopee voucher"),
        "Ngân hàng khuyến mãi thanh toán trên Thẻ Tín Dụng",
        "Shopee khuyến mãi thanh toán trên Thẻ Tín Dụng",
    ),
)
ADJUSTMENTS = Layout(
    needed={
        "reference": ("Mã đơn hàng liên quan",),
        "type": ("Loại điều chỉnh | Mô tả", "Loại điều chỉnh"),
        "day": ("Ngày hoàn thành điều chỉnh đơn hàng", "Ngày hoàn thành điều chỉnh"),
        "net": ("Số tiền điều chỉnh",),
    },
    optional={"reason": ("Lý do điều chỉnh",)},
    known=("Mã giao dịch", "Ngày hoàn thành thanh toán"),
)

_ORDER = {"order", "don hang"}
_ITEM = {"sku", "san pham"}
_WHOLE = ("3. Tổng số tiền", "3. Tổng số tiền đã thanh toán")


def read(data: bytes, name: str) -> Settlement:
    """Read an income report (.xlsx). `name`: of the file. Raises BadSettlement.

    An order is known by its number. An adjustment is known by order, day and type, with a number
    behind where these are the same: "2602098R4NA7MV/20260210/chuong-trinh-marketing".
    """
    tables = Tables(data, name, {"orders": ORDERS, "adjustments": ADJUSTMENTS})
    orders: list[SettlementLine] = []
    adjustments: list[SettlementLine] = []
    counts: Counter[str] = Counter()
    for table in tables:
        if table.kind == "orders":
            lines = list(_orders(table))
            orders += lines
        else:
            lines = [_adjustment(row, counts) for row in table.rows()]
            adjustments += lines
        reckoning.check_totals(table, lines)
    sold = sum(line.net_vnd for line in orders)
    adjusted = sum(line.net_vnd for line in adjustments)
    reckoning.check_printed(notes.printed(tables.notes, _WHOLE), sold, sold + adjusted)
    return reckoning.settlement(orders + adjustments, tables, warnings=_unread(tables))


def _orders(table: Table) -> Iterator[SettlementLine]:
    for row in table.rows():
        level = key(row.text("level"))
        # An order stands there twice, once as itself and once as its goods.
        if level in _ITEM:
            continue
        if level not in _ORDER:
            words = _("không rõ dòng là đơn hàng hay sản phẩm: “%(cell)s”.", cell=level)
            raise row.refusal("level", words)
        yield _order(row)


def _order(row: Row) -> SettlementLine:
    gross_vnd = row.amount("gross") or 0
    given_back = gross_vnd < 0 or (gross_vnd == 0 and bool(row.amount("refunded")))
    line = SettlementLine(
        row=row.number,
        reference=row.code("reference"),
        order_reference=row.code("reference"),
        kind="refund" if given_back else "sale",
        happened_on=row.day("day"),
        gross_vnd=gross_vnd,
        fee_vnd=-(row.amount("fee") or 0),
        tax_vnd=-(row.amount("tax") or 0),
        adjustment_vnd=0,
        net_vnd=row.needed_amount("net"),
        text=row.text("request"),
    )
    return reckoning.balanced(line, row)


def _adjustment(row: Row, counts: Counter[str]) -> SettlementLine:
    order, day, amount_vnd = row.code("reference"), row.day("day"), row.needed_amount("net")
    known_by = f"{order}/{day:%Y%m%d}" if day else f"{order}/"
    known_by = f"{known_by}/{text.slug(row.text('type'))}"
    counts[known_by] += 1
    line = SettlementLine(
        row=row.number,
        reference=known_by if counts[known_by] == 1 else f"{known_by}/{counts[known_by]}",
        order_reference=order,
        kind="adjustment",
        happened_on=day,
        gross_vnd=0,
        fee_vnd=0,
        tax_vnd=0,
        adjustment_vnd=amount_vnd,
        net_vnd=amount_vnd,
        text=" – ".join(filter(None, (row.text("type"), row.text("reason")))),
    )
    return reckoning.balanced(line, row)


def _unread(tables: Tables) -> list[str]:
    names = [name for name in tables.without if key(name).startswith(("adjust", "dieu chinh"))]
    if not names:
        return []
    return [_("Trang %(names)s không có bảng điều chỉnh nào đọc được.", names=listed(names))]
