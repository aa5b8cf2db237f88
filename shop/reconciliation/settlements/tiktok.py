"""TikTok Shop's settlement report ("Đã quyết toán"): a row for an order or an adjustment.

The Vietnamese names are those of real exports of 2026; the English ones are less sure. That
"Tổng phí" has the withheld taxes in it, fees and taxes being negative, is what readers of real
files have measured. Sheet "Báo cáo" prints the sum of all rows.
"""

from flask_babel import gettext as _

from shop.reconciliation.settlements import notes, reckoning
from shop.reconciliation.settlements.header import Layout, key
from shop.reconciliation.settlements.protocol import Kind, Settlement, SettlementLine
from shop.reconciliation.settlements.table import Row, Table, Tables

ROWS = Layout(
    needed={
        "reference": ("ID đơn hàng/điều chỉnh", "Order/adjustment ID"),
        "type": ("Loại giao dịch", "Type"),
        "net": ("Tổng số tiền quyết toán", "Total settlement amount"),
        "gross": ("Tổng doanh thu", "Total revenue"),
        "fee": ("Tổng phí", "Total fees"),
    },
    optional={
        "day": ("Thời gian quyết toán đơn hàng", "Order settled time"),
        "order": ("ID đơn hàng liên quan", "Related order ID"),
        "currency": ("Đơn vị tiền tệ", "Currency"),
        "adjustment": ("Số tiền điều chỉnh", "Adjustment amount"),
    },
    sums={"tax": ("Thuế GTGT do TikTok Shop khấu trừ", "Thuế TNCN do TikTok Shop khấu trừ")},
    money=("net", "gross", "fee", "adjustment"),
    # What the totals above are made of, and what the report only tells.
    known=(
        *("Thời gian tạo đơn hàng", "Order created time"),
        *("Tổng phụ sau giảm giá của người bán", "Tổng phụ trước giảm giá"),
        *("Giảm giá của người bán", "Tổng phụ của khoản hoàn tiền sau giảm giá của người bán"),
        "Tổng phụ hoàn tiền trước giảm giá của người bán",
        "Khoản hoàn tiền giảm giá của người bán",
        *("Phí giao dịch", "Phí hoa hồng của TikTok Shop", "Phí vận chuyển của người bán"),
        *("Phí vận chuyển thực tế", "Chiết khấu phí vận chuyển của nền tảng"),
        *("Chi phí vận chuyển của khách hàng", "Phí vận chuyển trả hàng thực tế"),
        *("Phí vận chuyển của khách hàng được hoàn lại", "Hoàn phí SFR"),
        *("Trợ cấp giao hàng không thành công", "Trợ giá vận chuyển", "Hoa hồng liên kết"),
        "Hoa hồng liên kết trước thuế TNCN (thuế thu nhập cá nhân)",
        *("Thuế TNCN đã khấu trừ", "Hoa hồng liên kết Quảng cáo cửa hàng"),
        "Hoa hồng của Quảng cáo cửa hàng liên kết trước thuế TNCN",
        "Thuế thu nhập cá nhân đã được khấu trừ vào khoản hoa hồng của Quảng cáo cửa hàng liên kết",
        *("Hoa hồng của đối tác liên kết", "Tiền cọc hoa hồng liên kết", "Hoàn hoa hồng liên kết"),
        "Hoa hồng quảng cáo cửa hàng của Đối tác liên kết",
        *("Phí dịch vụ SFP", "Phí dịch vụ hoàn tiền thưởng"),
        *("Phí dịch vụ Ưu đãi đặc biệt trên LIVE", "Phí dịch vụ Voucher Xtra"),
        *("Phí xử lý đơn hàng", "Phí dịch vụ Chương trình EAMS", "Phí dịch vụ Flash Sale"),
        *("Phí chương trình TikTok PayLater", "Phí nguồn lực chiến dịch", "Phí dịch vụ SFR"),
        *("Voucher GMV Max", "Thuế bán hàng của voucher GMV Max", "Phí quảng cáo GMV Max"),
        "Gói dịch vụ được quản lý (thuế bán hàng)",
        "Gói dịch vụ được quản lý (phí mỗi đơn hàng)",
        *("Khách thanh toán", "Tiền hoàn của khách", "Giảm phí vận chuyển của người bán"),
        "Giảm giá voucher đồng chi trả của người bán",
        "Hoàn tiền giảm giá voucher đồng chi trả của người bán",
        *("Giảm giá của nền tảng", "Hoàn tiền giảm giá của nền tảng"),
        "Giảm giá voucher đồng chi trả của nền tảng",
        "Hoàn tiền giảm giá voucher đồng chi trả của nền tảng",
        *("Trọng lượng kiện hàng ước tính", "Trọng lượng kiện hàng được tính phí"),
    ),
)

_ORDER = {"don hang", "order"}
_REFUND = ("hoan tien", "tra hang", "refund")
_WHOLE = ("Tổng số tiền quyết toán", "Total settlement amount")


def read(data: bytes, name: str) -> Settlement:
    """Read a settlement report (.xlsx). `name`: of the file. Raises BadSettlement.

    Advertising and compensation are adjustments, known by a number of their own.
    """
    tables = Tables(data, name, {"rows": ROWS})
    lines: list[SettlementLine] = []
    for table in tables:
        read_here = [_line(row) for row in table.rows()]
        reckoning.check_totals(table, read_here)
        lines += read_here
    whole = notes.printed(tables.notes, _WHOLE)
    reckoning.check_printed(whole, sum(line.net_vnd for line in lines))
    return reckoning.settlement(lines, tables, warnings=_untaxed(tables.read))


def _line(row: Row) -> SettlementLine:
    currency = row.text("currency")
    if currency.upper() not in {"", "VND", "₫", "Đ"}:
        words = _("đồng tiền là “%(currency)s”, chỉ nhận VND.", currency=currency)
        raise row.refusal("currency", words)
    gross_vnd = row.amount("gross") or 0
    tax_vnd = -(row.amount("tax") or 0)
    kind = _kind(row.text("type"), gross_vnd)
    reference = row.code("reference")
    line = SettlementLine(
        row=row.number,
        reference=reference,
        order_reference=row.code("order") or ("" if kind == "adjustment" else reference),
        kind=kind,
        happened_on=row.day("day"),
        gross_vnd=gross_vnd,
        fee_vnd=-(row.amount("fee") or 0) - tax_vnd,
        tax_vnd=tax_vnd,
        adjustment_vnd=row.amount("adjustment") or 0,
        net_vnd=row.needed_amount("net"),
        text=row.text("type"),
    )
    return reckoning.balanced(line, row)


def _kind(words: str, gross_vnd: int) -> Kind:
    named = key(words)
    if named in _ORDER:
        return "refund" if gross_vnd < 0 else "sale"
    return "refund" if named.startswith(_REFUND) else "adjustment"


def _untaxed(tables: list[Table]) -> list[str]:
    if all("tax" in table.columns for table in tables):
        return []
    return [_("Không thấy cột thuế khấu trừ: nếu có, thuế đang nằm trong phí.")]
