"""The daily files of VNPay, MoMo and ZaloPay."""

from datetime import date

import pytest

from shop.reconciliation.settlements import gateway
from shop.reconciliation.settlements.protocol import BadSettlement, SettlementLine

HEADER = [
    *("STT", "Mã giao dịch VNPAY", "Mã đơn hàng", "Thời gian giao dịch", "Loại giao dịch"),
    *("Số tiền giao dịch", "Phí giao dịch", "Số tiền thực nhận", "Trạng thái", "Nội dung"),
]
PAID = [
    *(1, "14422574", "OCPW5T7RN", "20260614091806", "Thanh toán"),
    *("185.000", "2.200", "182.800", "Thành công", "Thanh toan don OCPW5T7RN"),
]
REFUNDED = [
    *(2, "14422580", "OCPG8N2PX", "14/06/2026 15:02", "Hoàn tiền"),
    *(100_000, 0, 100_000, "Thành công", ""),
]
TOTAL = ["", "Tổng cộng", "", "", "", "", "", 82_800, "", ""]


def daily(*rows, header=HEADER):
    return [["ĐỐI SOÁT GIAO DỊCH"], ["Từ ngày 14/06/2026 đến ngày 14/06/2026"], header, *rows]


def without(row, column, header=HEADER):
    place = header.index(column)
    return [*row[:place], *row[place + 1 :]]


def test_a_daily_file_is_read_whole(xlsx, balances):
    above = [["Mã đối soát:", "VNP-260614"]]
    read = balances(gateway.vnpay(xlsx({"A": above + daily(PAID, REFUNDED, TOTAL)}), "x.xlsx"))
    day = date(2026, 6, 14)
    assert read.lines == [
        SettlementLine(
            *(5, "14422574", "OCPW5T7RN", "sale", day, 185_000, 2_200, 0, 0, 182_800),
            "Thanh toan don OCPW5T7RN",
        ),
        SettlementLine(6, "14422580", "OCPG8N2PX", "refund", day, -100_000, 0, 0, 0, -100_000, ""),
    ]
    assert (read.net_vnd, read.payout_reference) == (82_800, "VNP-260614")
    assert (read.period_from, read.period_to) == (day, day)
    assert read.warnings == []


@pytest.mark.parametrize(
    ("kind", "amounts", "found"),
    [
        ("Thanh toán", (185_000, -2_200, 182_800), ("sale", 185_000, 2_200, 0)),
        ("", (-185_000, 0, -185_000), ("refund", -185_000, 0, 0)),
        ("Refund", (185_000, 2_200, -182_800), ("refund", -185_000, -2_200, 0)),
        ("Hoàn tiền", (-185_000, 1_100, -186_100), ("refund", -185_000, 1_100, 0)),
        ("Thu phí", (-50_000, 0, -50_000), ("fee", 0, 50_000, 0)),
        ("Phí", (0, 50_000, -50_000), ("fee", 0, 50_000, 0)),
        ("Điều chỉnh", (12_000, 0, 12_000), ("adjustment", 0, 0, 12_000)),
    ],
)
def test_signs_are_those_that_make_the_net(xlsx, balances, kind, amounts, found):
    row = [*PAID[:4], kind, *amounts, "", ""]
    line = balances(gateway.vnpay(xlsx({"A": daily(row)}), "x.xlsx")).lines[0]
    assert (line.kind, line.gross_vnd, line.fee_vnd, line.adjustment_vnd) == found


def test_no_sign_helps_a_row_that_does_not_balance(xlsx, refused):
    row = [*PAID[:5], 185_000, 2_200, 182_801, "", ""]
    why, number, message = refused("vnpay", xlsx({"A": daily(row)}))
    assert (why, number) == ("unbalanced", 4)
    assert "185.000 - phí 2.200" in message
    assert "182.801" in message


def test_a_total_is_held_against_the_lines(xlsx, refused):
    assert refused("vnpay", xlsx({"A": daily(PAID, TOTAL)}))[:2] == ("total", 5)


def test_an_unknown_type_refuses_the_file(xlsx, refused):
    row = [*PAID[:4], "Tất toán", *PAID[5:]]
    why, number, message = refused("vnpay", xlsx({"A": daily(row)}))
    assert (why, number) == ("kind", 4)
    assert "“Tất toán”" in message


def test_rows_that_did_not_succeed_are_left_out_and_told(xlsx, balances):
    failed = [3, "14422581", *PAID[2:8], "Thất bại", ""]
    read = balances(gateway.vnpay(xlsx({"A": daily(PAID, failed, failed)}), "x.xlsx"))
    assert read.net_vnd == 182_800
    assert read.warnings == ["Bỏ qua 2 dòng có trạng thái “Thất bại”."]


def test_without_a_column_of_net_the_fee_is_taken_off_and_that_is_told(xlsx, balances, refused):
    header = without(HEADER, "Số tiền thực nhận")
    paid, refunded = (without(row, "Số tiền thực nhận") for row in (PAID, REFUNDED))
    read = balances(gateway.vnpay(xlsx({"A": daily(paid, refunded, header=header)}), "x.xlsx"))
    assert [line.net_vnd for line in read.lines] == [182_800, -100_000]
    assert read.warnings == ["Tệp không ghi số thực nhận từng dòng; đã lấy số tiền trừ phí."]
    charged = [*refunded[:6], 1_100, *refunded[7:]]
    assert refused("vnpay", xlsx({"A": daily(charged, header=header)}))[:2] == ("no-net", 4)
    unsaid = [*paid[:6], "", *paid[7:]]
    assert refused("vnpay", xlsx({"A": daily(unsaid, header=header)}))[:2] == ("no-amount", 4)


def test_without_fee_and_net_there_is_nothing_to_hold(xlsx, refused):
    header, row = HEADER, PAID
    for column in ("Số tiền thực nhận", "Phí giao dịch"):
        header, row = without(header, column, header), without(row, column, header)
    why, _row, message = refused("vnpay", xlsx({"A": daily(row, header=header)}))
    assert why == "no-table"
    assert "“Số tiền thực nhận”, “Phí giao dịch”" in message


def test_the_names_of_a_contract_replace_ours(xlsx, balances):
    header = [*HEADER]
    header[1], header[7] = "Số tham chiếu hệ thống", "Phải trả ĐVCNTT"
    data = xlsx({"A": daily(PAID, header=header)})
    columns = {"reference": "Số tham chiếu hệ thống", "net": "phải trả đvcntt"}
    read = balances(gateway.vnpay(data, "x.xlsx", columns=columns))
    assert (read.lines[0].reference, read.net_vnd, read.warnings) == ("14422574", 182_800, [])
    with pytest.raises(BadSettlement, match="thiếu cột “Mã giao dịch VNPAY”; đã thấy: “Số tiền"):
        gateway.vnpay(data, "x.xlsx")
    with pytest.raises(KeyError, match="gros"):
        gateway.vnpay(data, "x.xlsx", columns={"gros": "Số tiền"})


@pytest.mark.parametrize(
    ("read", "reference", "order"),
    [
        (gateway.momo, "transId", "orderId"),
        (gateway.momo, "Mã giao dịch", "Mã đơn hàng"),
        (gateway.zalopay, "zpTransId", "appTransId"),
        (gateway.zalopay, "Mã giao dịch ZaloPay", "Mã giao dịch đối tác"),
    ],
)
def test_wallets_have_their_own_names(separated, balances, read, reference, order):
    rows = [
        ["Mã lô: B7"],
        [reference, order, "Số tiền", "Phí", "Thực nhận"],
        ["4088878999", "260614_OCPW5T7RN", "185.000", "1.850", "183.150"],
    ]
    found = balances(read(separated(rows, ";"), "x.csv"))
    line = found.lines[0]
    assert (line.reference, line.order_reference) == ("4088878999", "260614_OCPW5T7RN")
    assert (line.happened_on, found.period_from, found.payout_reference) == (None, None, "B7")
    assert found.net_vnd == 183_150
