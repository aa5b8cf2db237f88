"""Shopee's income report."""

from datetime import date

from shop.reconciliation.settlements import shopee
from shop.reconciliation.settlements.protocol import SettlementLine

HEADER = [
    *("Mã giao dịch", "Đơn hàng / Sản phẩm", "Mã đơn hàng", "Mã Số Thuế", "Mã yêu cầu hoàn tiền"),
    *("Mã sản phẩm", "Tên sản phẩm", "Ngày đặt hàng", "Ngày hoàn thành thanh toán"),
    *("Phương thức thanh toán", "Loại đơn hàng", "Sản Phẩm Bán Chạy", "Tổng tiền đã thanh toán"),
    *("Giá sản phẩm", "Số tiền hoàn lại", "Phí vận chuyển Người mua trả"),
    *("Phí vận chuyển thực tế", "Phí vận chuyển được trợ giá từ Shopee"),
    "Phí vận chuyển trả hàng (đơn Trả hàng/hoàn tiền)",
    "Phí vận chuyển được hoàn bởi PiShip",
    "Phí vận chuyển trả hàng (đơn giao không thành công)",
    *("Sản phẩm được trợ giá từ Shopee", "Mã ưu đãi do Người Bán chịu"),
    *("Mã ưu đãi Đồng Tài Trợ do Người Bán chịu", "Mã hoàn xu do Người Bán chịu"),
    *("Mã hoàn xu Đồng Tài Trợ do Người Bán chịu", "Phí cố định", "Phí Dịch Vụ"),
    *("Phí xử lý giao dịch", "Phí hoa hồng Tiếp thị liên kết", "Phí dịch vụ PiShip"),
    *("Phí dịch vụ hiển thị NTTD (từ doanh thu đơn hàng)", "Thuế GTGT", "Thuế TNCN"),
    *("Phí lắp đặt người mua trả", "Phí lắp đặt thực tế", "Trade-in Bonus by Seller"),
    *("Người Mua", "Amount Paid By Buyer", "Transaction Fee Rate (%)"),
    *("Phí vận chuyển - Người bán hỗ trợ", "Đền bù đơn mất hàng", "Shopee xu"),
]
ABOVE = [["Thông tin đơn hàng", *[""] * 11, "Doanh thu"], []]


def row(level, order, net_vnd, **amounts):
    """A row of the sheet of orders; amounts by a part of the column's name, 0 elsewhere."""
    named = {"Đơn hàng / Sản phẩm": level, "Mã đơn hàng": order, "Tổng tiền đã": net_vnd}
    named |= {"Ngày hoàn thành thanh toán": "2026-06-15", "Người Mua": "khach01"}
    named |= {"Amount Paid By Buyer": 201_000, "Transaction Fee Rate": 4.91, **amounts}
    return [_cell(name, named) for name in HEADER]


def _cell(name, named):
    for part, cell in named.items():
        if name.startswith(part):
            return cell
    text = name.startswith(
        ("Mã giao", "Mã Số", "Mã yêu", "Mã sản", "Tên", "Ngày", "Phương", "Loại")
    )
    return "" if text or name == "Sản Phẩm Bán Chạy" else 0


SOLD = {
    "Giá sản phẩm": 200_000,
    "Phí vận chuyển Người mua": 16_500,
    "Phí vận chuyển thực tế": -32_000,
    "Phí vận chuyển được trợ giá": 15_500,
    "Mã ưu đãi do": -10_000,
    "Phí cố định": -8_000,
    "Phí Dịch Vụ": "-6.000",
    "Phí xử lý": -9_300,
    "Phí dịch vụ PiShip": "-",
    "Thuế GTGT": -1_900,
    "Thuế TNCN": -950,
}
ORDER = row("Order", "260601AAAA0001", 163_850, **SOLD)
GOODS = row("Sku", "260601AAAA0001", 163_850, **SOLD)
GIVEN_BACK = row(
    "Order",
    "260601AAAA0002",
    -1_620,
    **{"Mã yêu cầu": "RQ77", "Giá sản phẩm": 100_000, "Số tiền hoàn lại": -100_000},
    **{"Phí vận chuyển trả hàng (đơn Trả": -1_620},
)
ADJUSTED = [
    ["Người Bán", "htx_che_shan"],
    ["Từ", "2026-06-01"],
    ["Đến", "2026-06-30"],
    ["Tóm tắt theo loại điều chỉnh"],
    ["Chương trình Marketing", -64_724],
    [],
    ["Chi tiết danh sách giao dịch điều chỉnh"],
    [
        *("Mã giao dịch", "Ngày hoàn thành điều chỉnh đơn hàng", "Loại điều chỉnh | Mô tả"),
        *("Lý do điều chỉnh", "Số tiền điều chỉnh", "Mã đơn hàng liên quan"),
        "Ngày hoàn thành thanh toán",
    ],
    [1, "2026-06-10", "Chương trình Marketing", "", -54_724, "260601AAAA0001", "2026-06-09"],
    [2, "2026-06-10", "Chương trình Marketing", "Lần 2", -10_000, "260601AAAA0001", "2026-06-09"],
    [3, "2026-06-12", "Đền bù", "", "30.000", "", "2026-06-11"],
    ["Tổng cộng", "", "", "", -34_724, "", ""],
]


def summary(whole_vnd):
    return [
        ["Người Bán", "htx_che_shan"],
        ["Từ", "2026-06-01"],
        ["Đến", "2026-06-30"],
        ["1. Tổng doanh thu", "", "", 190_000],
        ["", "Giá gốc", 300_000],
        ["3. Tổng số tiền", "", "", whole_vnd],
    ]


def report(*rows, whole_vnd=162_230, adjusted=ADJUSTED):
    sheets = {"Summary": summary(whole_vnd), "Doanh thu": [*ABOVE, HEADER, *rows]}
    return sheets | {
        "Service Fee Details": [["Mã đơn hàng", "Phí Hạ Tầng"]],
        "Adjustment": adjusted,
    }


def test_a_report_is_read_whole(xlsx, balances):
    data = xlsx(report(ORDER, GOODS, GIVEN_BACK))
    read = balances(shopee.read(data, "Income.đã phát hành.vn.xlsx"))
    day = date(2026, 6, 15)
    order, given_back, first, second, third = read.lines
    assert order == SettlementLine(
        *(4, "260601AAAA0001", "260601AAAA0001", "sale", day),
        *(190_000, 23_300, 2_850, 0, 163_850, ""),
    )
    assert given_back == SettlementLine(
        *(6, "260601AAAA0002", "260601AAAA0002", "refund", day, 0, 1_620, 0, 0, -1_620, "RQ77")
    )
    assert first == SettlementLine(
        *(9, "260601AAAA0001/20260610/chuong-trinh-marketing", "260601AAAA0001", "adjustment"),
        *(date(2026, 6, 10), 0, 0, 0, -54_724, -54_724, "Chương trình Marketing"),
    )
    assert second.reference == "260601AAAA0001/20260610/chuong-trinh-marketing/2"
    assert second.text == "Chương trình Marketing – Lần 2"
    assert (third.reference, third.order_reference) == ("/20260612/den-bu", "")
    assert read.net_vnd == 163_850 - 1_620 - 54_724 - 10_000 + 30_000
    assert (read.period_from, read.period_to) == (date(2026, 6, 1), date(2026, 6, 30))
    assert (read.payout_reference, read.warnings) == ("", [])


def test_orders_may_fill_several_sheets(xlsx, balances):
    other = row("Order", "260601AAAA0003", 200_000, **{"Giá sản phẩm": 200_000})
    sheets = {"Doanh thu": [*ABOVE, HEADER, ORDER], "Doanh thu (2)": [*ABOVE, HEADER, other]}
    assert balances(shopee.read(xlsx(sheets), "x.xlsx")).net_vnd == 363_850


def test_the_printed_whole_may_have_the_adjustments_in_it(xlsx, refused):
    orders_and_more = report(ORDER, GIVEN_BACK, whole_vnd=127_506)
    assert shopee.read(xlsx(orders_and_more), "x.xlsx").net_vnd == 127_506
    why, _row, message = refused("shopee", xlsx(report(ORDER, GIVEN_BACK, whole_vnd=150_000)))
    assert why == "total"
    assert "150.000" in message
    assert "127.506" in message


def test_a_wrong_total_of_adjustments_refuses_the_file(xlsx, refused):
    adjusted = [*ADJUSTED[:-1], ["Tổng cộng", "", "", "", -34_725, "", ""]]
    why, number, message = refused("shopee", xlsx(report(ORDER, GIVEN_BACK, adjusted=adjusted)))
    assert (why, number) == ("total", 12)
    assert message.startswith("Trang “Adjustment”, dòng 12: ")


def test_a_new_fee_is_told_by_name(xlsx, refused):
    sheets = report(ORDER)
    sheets["Doanh thu"] = [
        *ABOVE,
        [*HEADER, "Phí Hạ Tầng"],
        [*row("Order", "A1", 197_000, **{"Giá sản phẩm": 200_000}), -3_000],
    ]
    why, number, message = refused("shopee", xlsx(sheets))
    assert (why, number) == ("unbalanced", 4)
    assert "= 200.000, nhưng tệp ghi thực nhận 197.000" in message
    assert message.endswith("“Phí Hạ Tầng”.")


def test_a_sheet_of_adjustments_that_cannot_be_read_is_told(xlsx):
    adjusted = [["Không có giao dịch điều chỉnh"]]
    read = shopee.read(xlsx(report(ORDER, GIVEN_BACK, adjusted=adjusted)), "x.xlsx")
    assert read.warnings == ["Trang “Adjustment” không có bảng điều chỉnh nào đọc được."]


def test_adjustments_alone_are_no_report(xlsx, refused):
    assert refused("shopee", xlsx({"Adjustment": ADJUSTED}))[0] == "no-table"


def test_a_row_of_neither_kind_refuses_the_file(xlsx, refused):
    why, number, message = refused("shopee", xlsx(report(row("Gói", "A1", 0))))
    assert (why, number) == ("level", 4)
    assert "“goi”" in message
