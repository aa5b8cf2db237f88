"""TikTok Shop's settlement report."""

from datetime import date

from shop.reconciliation.settlements import tiktok
from shop.reconciliation.settlements.protocol import SettlementLine

HEADER = [
    *("ID đơn hàng/điều chỉnh", "Loại giao dịch", "Thời gian tạo đơn hàng"),
    *("Thời gian quyết toán đơn hàng", "Đơn vị tiền tệ", "Tổng số tiền quyết toán"),
    *("Tổng doanh thu", "Tổng phụ trước giảm giá", "Giảm giá của người bán", "Tổng phí"),
    *("Phí giao dịch", "Phí hoa hồng của TikTok Shop", "Hoàn phí SFR"),
    *("Thuế GTGT do TikTok Shop khấu trừ", "Thuế TNCN do TikTok Shop khấu trừ"),
    *("Số tiền điều chỉnh", "ID đơn hàng liên quan", "Khách thanh toán"),
]
DAYS = ("2026/06/01", "2026/06/08", "VND")
SOLD = [
    *("584123456789012345", "Đơn hàng", *DAYS, "156130", "180000", "200000", "-20000", "-23870"),
    *("-9000", "-12170", "0", "-1800", "-900", "0", "/", "190000"),
]
REFUNDED = [
    *("584123456789012346", "Đơn hàng", *DAYS, "-98500", "-100000", "0", "0", "1500"),
    *("0", "0", "0", "1000", "500", "0", "584123456789012344", "-100000"),
]
ADVERTISED = [
    *("734000000000000001", "GMV thanh toán cho Quảng cáo TikTok", *DAYS, "-30000", "0", "0", "0"),
    *("0", "0", "0", "0", "0", "0", "-30000", "-", "0"),
]
REPORT = [
    ["Khoảng thời gian", "2026/06/01 - 2026/06/30"],
    ["Tổng số tiền quyết toán", "27630"],
    ["Tổng phụ trước giảm giá", "200000"],
]


def workbook(*rows, header=HEADER, report=REPORT):
    sheets = {"Báo cáo": report, "Chi tiết đơn hàng": [header, *rows]}
    sheets["Lịch sử rút tiền"] = [["Loại", "ID tham chiếu", "Số tiền"], ["Rút", "1", "27630"]]
    return sheets | {"Giải thích về phí": [["Tổng số tiền quyết toán", "Số tiền bạn nhận được"]]}


def test_a_report_is_read_whole(xlsx, balances):
    read = balances(tiktok.read(xlsx(workbook(SOLD, REFUNDED, ADVERTISED)), "income_1.xlsx"))
    sold, refunded, advertised = read.lines
    day = date(2026, 6, 8)
    assert sold == SettlementLine(
        *(2, "584123456789012345", "584123456789012345", "sale", day),
        *(180_000, 21_170, 2_700, 0, 156_130, "Đơn hàng"),
    )
    # What was taken from a sale comes back with its refund.
    assert refunded == SettlementLine(
        *(3, "584123456789012346", "584123456789012344", "refund", day),
        *(-100_000, 0, -1_500, 0, -98_500, "Đơn hàng"),
    )
    assert advertised == SettlementLine(
        *(4, "734000000000000001", "", "adjustment", day, 0, 0, 0, -30_000, -30_000),
        "GMV thanh toán cho Quảng cáo TikTok",
    )
    assert read.net_vnd == 27_630
    assert (read.period_from, read.period_to) == (date(2026, 6, 1), date(2026, 6, 30))
    assert read.warnings == []


def test_the_report_sheet_holds_the_rows_to_their_sum(xlsx, refused):
    why, _row, message = refused("tiktok", xlsx(workbook(SOLD, REFUNDED)))
    assert why == "total"
    assert message.startswith("tổng in trong tệp là 27.630 nhưng các dòng cộng lại là 57.630.")


def test_a_number_that_lost_its_last_digits_refuses_the_file(xlsx, refused):
    rounded = [584_123_456_789_012_345, *SOLD[1:]]
    why, number, message = refused("tiktok", xlsx(workbook(rounded, report=[])))
    assert (why, number) == ("rounded", 2)
    assert "không mở ra lưu lại bằng Excel" in message


def test_taxes_outside_the_fees_do_not_balance(xlsx, refused):
    row = [*SOLD[:9], "-21170", *SOLD[10:]]
    why, number, message = refused("tiktok", xlsx(workbook(row, report=[])))
    assert (why, number) == ("unbalanced", 2)
    assert "180.000 - phí 18.470 - thuế 2.700" in message


def test_without_columns_of_tax_that_is_told(xlsx, balances):
    header, row = [*HEADER[:13], *HEADER[15:]], [*SOLD[:13], *SOLD[15:]]
    read = balances(tiktok.read(xlsx(workbook(row, header=header, report=[])), "x.xlsx"))
    assert (read.lines[0].fee_vnd, read.lines[0].tax_vnd) == (23_870, 0)
    assert read.warnings == ["Không thấy cột thuế khấu trừ: nếu có, thuế đang nằm trong phí."]


def test_another_currency_is_refused(xlsx, refused):
    row = [*SOLD[:4], "USD", *SOLD[5:]]
    why, _row, message = refused("tiktok", xlsx(workbook(row, report=[])))
    assert why == "currency"
    assert "“USD”" in message


def test_orders_not_yet_settled_are_no_settlement(xlsx, refused):
    header = ["Số tiền quyết toán ước tính" if "quyết toán" in n else n for n in HEADER]
    why, _row, message = refused("tiktok", xlsx(workbook(SOLD, header=header)))
    assert why == "no-table"
    assert "thiếu cột “Tổng số tiền quyết toán”; đã thấy: “ID đơn hàng/điều chỉnh”" in message
