"""Lazada's export of transactions: a row for each fee."""

from datetime import date

import pytest

from shop.reconciliation.settlements import lazada
from shop.reconciliation.settlements.protocol import SettlementLine

HEADER = [
    *("Transaction Date", "Transaction Type", "Fee Name", "Transaction Number", "Details"),
    *("Seller SKU", "Lazada SKU", "Amount", "VAT in Amount", "WHT Amount"),
    *("WHT included in Amount", "Statement", "Paid Status", "Order No.", "Order Item No."),
]
WEEK = "01 Jun 2026 - 07 Jun 2026"


def fee(name, amount, order="447211854511833", *, kind="Orders-Lazada Fees", **more):
    row = {
        **{"Transaction Date": "05-Jun-2026", "Transaction Type": kind, "Fee Name": name},
        **{"Transaction Number": "", "Amount": amount, "VAT in Amount": "0.00"},
        **{"WHT Amount": "0.00", "WHT included in Amount": "No", "Statement": WEEK},
        **{"Paid Status": "Paid", "Order No.": order},
        **{name.replace("_", " "): cell for name, cell in more.items()},
    }
    return [row.get(column, "") for column in HEADER]


SOLD = [
    fee("Item Price Credit", "300000.00", kind="Orders-Sales"),
    fee("Payment Fee", "-15000.00", VAT_in_Amount="-1363.00"),
    fee("Commission", -24_000),
    fee("Compensation for lost item", 5_000),
]
OTHER = fee("Item Price Credit", "120,000.00", "1118594800859773", kind="Orders-Sales")
SPONSORED = fee("Sponsored Discovery", -40_000, "", kind="Other Services", Transaction_Number="T-9")


def test_the_rows_of_an_order_become_one_line(separated, balances):
    rows = [HEADER, SOLD[0], OTHER, *SOLD[1:], SPONSORED]
    read = balances(lazada.read(separated(rows), "finance.export.csv"))
    day = date(2026, 6, 5)
    assert read.lines == [
        SettlementLine(
            *(2, "447211854511833", "447211854511833", "sale", day),
            *(300_000, 39_000, 0, 5_000, 266_000),
            "Item Price Credit, Payment Fee, Commission, Compensation for lost item",
        ),
        SettlementLine(
            *(3, "1118594800859773", "1118594800859773", "sale", day),
            *(120_000, 0, 0, 0, 120_000, "Item Price Credit"),
        ),
        SettlementLine(
            *(7, "T-9", "", "fee", day, 0, 40_000, 0, 0, -40_000, "Sponsored Discovery")
        ),
    ]
    assert read.net_vnd == 346_000
    assert (read.period_from, read.period_to) == (date(2026, 6, 1), date(2026, 6, 7))
    assert (read.payout_reference, read.warnings) == (WEEK, [])


def test_the_vietnamese_overview_is_read(xlsx, balances):
    header = [
        *("kỳ báo cáo", "Mã sao kê", "Ngày giao dịch", "Tên phí", "Số tiền (Đã bao gồm thuế)"),
        *("VAT Amount", "Đã thanh toán", "Ngày phát hành", "Bình luận", "Ngày tạo đơn"),
        "Mã đơn hàng",
    ]
    told = (WEEK, "VN1-2026-0601", "01 Jun 2026")
    rows = [
        ["Sao kê thu nhập"],
        header,
        [*told, "Phí cố định", -20_000, 0, "", "", "", "", "LZ001"],
        [*told, "Phí xử lý đơn hàng", -9_577, 0, "", "", "", "", "LZ001"],
        [*told, "Giảm Giá Bằng Xu", -3_000, 0, "", "", "", "", "LZ001"],
        [*told, "Giá trị sản phẩm", 500_000, 0, "", "", "", "", "LZ001"],
        ["Total", "", "", "", 467_423],
    ]
    read = balances(lazada.read(xlsx({"Income Overview": rows}), "x.xlsx"))
    assert [(line.gross_vnd, line.fee_vnd) for line in read.lines] == [(500_000, 32_577)]
    assert (read.payout_reference, read.period_to) == ("VN1-2026-0601", date(2026, 6, 7))
    assert read.warnings == []


def test_withheld_tax_in_the_amount_is_taken_apart(separated, balances):
    taxed = {"WHT_Amount": "4500.00", "WHT_included_in_Amount": "Yes"}
    back = {"WHT_Amount": "-1500.00", "WHT_included_in_Amount": "Yes"}
    rows = [
        HEADER,
        fee("Item Price Credit", "295500.00", kind="Orders-Sales", **taxed),
        fee("Reversal Item Price", "-98500.00", "5", kind="Refunds-Claims", **back),
    ]
    sold, refunded = balances(lazada.read(separated(rows), "x.csv")).lines
    assert (sold.gross_vnd, sold.tax_vnd, sold.net_vnd) == (300_000, 4_500, 295_500)
    assert (refunded.kind, refunded.gross_vnd, refunded.tax_vnd) == ("refund", -100_000, -1_500)


def test_withheld_tax_besides_the_amount_is_taken_off_and_told(separated, balances):
    row = fee("Item Price Credit", 300_000, kind="Orders-Sales", WHT_Amount=4_500)
    read = balances(lazada.read(separated([HEADER, row]), "x.csv"))
    assert (read.lines[0].gross_vnd, read.lines[0].tax_vnd, read.net_vnd) == (
        300_000,
        4_500,
        295_500,
    )
    assert read.warnings == ["1 dòng có thuế khấu trừ ngoài số tiền, đã trừ thêm: so với tiền về."]


def test_a_tax_of_which_nobody_says_where_it_is_refuses_the_file(separated, refused):
    row = fee("Commission", -5_000, WHT_Amount=100, WHT_included_in_Amount="")
    assert refused("lazada", separated([HEADER, row]), "x.csv")[:2] == ("tax", 2)


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([fee("Reversal Item Price", -300_000)], "refund"),
        ([fee("Item Price", 300_000), fee("Reversal Item Price", -300_000)], "refund"),
        ([fee("Item Price", 300_000), fee("Reversal Item Price", -100_000)], "sale"),
        ([fee("Phí cố định", -20_000)], "fee"),
        ([fee("Đền bù hàng mất", 20_000)], "adjustment"),
        ([fee("Thưởng chiến dịch", 20_000, "")], "adjustment"),
    ],
)
def test_the_kind_of_a_line_is_that_of_its_rows(separated, balances, rows, kind):
    lines = balances(lazada.read(separated([HEADER, *rows]), "x.csv")).lines
    assert [line.kind for line in lines] == [kind]


def test_an_order_in_two_statements_is_two_lines_and_that_is_told(separated, balances):
    later = fee("Commission", -5_000, Statement="08 Jun 2026 - 14 Jun 2026")
    read = balances(lazada.read(separated([HEADER, SOLD[0], later]), "x.csv"))
    assert [line.kind for line in read.lines] == ["sale", "fee"]
    assert read.payout_reference == ""
    assert (read.period_from, read.period_to) == (date(2026, 6, 5), date(2026, 6, 5))
    assert read.warnings == ["Tệp gồm 2 kỳ sao kê, mỗi kỳ là một lần trả."]


def test_equal_fees_without_order_or_number_are_told_apart(separated):
    row = fee("Sponsored Discovery", -40_000, "")
    lines = lazada.read(separated([HEADER, row, row]), "x.csv").lines
    known_by = f"{WEEK}/20260605/sponsored-discovery"
    assert [line.reference for line in lines] == [known_by, f"{known_by}/2"]


def test_rows_not_yet_paid_are_told(separated):
    row = fee("Item Price", 300_000, Paid_Status="Not paid")
    read = lazada.read(separated([HEADER, row]), "x.csv")
    assert read.warnings == ["1 dòng ghi là chưa được trả."]


def test_an_order_number_as_a_long_amount_refuses_the_file(xlsx, refused):
    row = fee("Item Price", 300_000, 1_118_594_800_859_773)
    assert refused("lazada", xlsx({"Transaction Overview": [HEADER, row]}))[:2] == ("rounded", 2)


def test_a_part_of_a_dong_refuses_the_file(separated, refused):
    why, row, message = refused("lazada", separated([HEADER, fee("Commission", "-10.45")]), "x.csv")
    assert (why, row) == ("bad-amount", 2)
    assert message == "Dòng 2: “-10.45” ở cột “Amount” không phải số đồng nguyên."
