"""Statements of six banks as their exports look in public samples, with the traps of each."""

import contextlib
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from shop.reconciliation.statements import columns, detect
from shop.reconciliation.statements.columns import Mapping
from shop.reconciliation.statements.errors import BadStatement

VIETCOMBANK = [
    ["NGÂN HÀNG TMCP NGOẠI THƯƠNG VIỆT NAM"],
    ["Số tài khoản/Account No: 0071000123456"],
    ["Số dư đầu kỳ/Opening balance:", "1.000.000"],
    ["STT\nNo.", "Ngày\nTNX Date/ Số CT\nDoc No", "Ngày hiệu lực\nEffective date",
     "Số tiền ghi nợ\nDebit", "Số tiền ghi có\nCredit", "Số dư\nBalance",
     "Nội dung chi tiết\nTransactions in detail"],
    ["1", "31/10/2026\n5243.65937", "31/10/2026", "", "185,000", "1,185,000",
     "MBVCB.1.OCPW5T7RN.CT tu 001 LE THI LAN"],
    ["2", "31/10/2026\n5389 - 82579", "31/10/2026", "11,000", "", "1,174,000", "Phi SMS"],
    ["Tổng số", "", "", "11,000", "185,000"],
    ["Số dư cuối kỳ/Closing balance:", "", "", "", "", "1.174.000"],
]  # fmt: skip
TECHCOMBANK = [
    ["Ngày KH thực hiện", "Ngày giao dịch", "Số bút toán", "Ngân hàng đối tác",
     "Tài khoản đích", "Tên tài khoản đối ứng", "Diễn giải", "Nợ", "Có", "Số dư"],
    ["30/10/2026", "30/10/2026", "FT26303428461", "VCB", "0071", "LE THI LAN",
     "OCPW5T7RN FT24255276428461", "", "185,000", "1,185,000"],
    ["31/10/2026", "31/10/2026", "FT26304428462", "", "", "", "Phi", "-11,000", "", "1,174,000"],
]  # fmt: skip
MB = [["MB Bank"], *[[""] for _blank in range(16)],
    ["Số tài khoản", "", "9704221234567"],
    ["Ngày giao dịch", "Ngày hạch toán", "Số bút toán", "Phát sinh nợ", "Phát sinh có",
     "Nội dung", "Đơn vị thụ hưởng/chuyển", "Tài khoản", "Ngân hàng đối tác"],
    [datetime(2026, 10, 31, 9, 15), datetime(2026, 10, 31), "FT1", 0, 185000,
     "OCPW5T7RN   Trace 339176", "LE THI LAN", "0071", "VCB"],
]  # fmt: skip
VIETINBANK = [
    ["STT", "Ngày hạch toán", "Mô tả giao dịch", "Nợ", "Có", "Số dư TK", "Số giao dịch",
     "Số/Tên tài khoản đối ứng"],
    ["1", "31-10-2026 09:15:30", "CT DEN:1 OCPW5T7RN", "", "185.000", "1.185.000", "77A", "LAN"],
    ["2", "30-10-2026 08:00:00", "RUT", "15.000", "", "1.000.000", "77B", ""],
    ["", "Quý khách lưu ý kiểm tra số dư", "", "", "", "", "", ""],
]  # fmt: skip
BIDV = [
    ["STT", "Ngày hiệu lực", "Ghi nợ", "Ghi có", "Số dư", "Mô tả", "Ngày giao dịch"],
    ["1", "31/10/2026", "", "185,000.00", "185,000.00", "REM Tfr Ac OCPW5T7RN", "31/10/2026"],
]
AGRIBANK = [
    ["Ngày giờ giao dịch\nTransaction Date Time", "Phát sinh nợ\nDebit", "Phát sinh có\nCredit",
     "Số dư\nBalance", "Diễn giải\nDescription"],
    ["31/10/2026 09:15:30", "", "185.000", "1.185.000", "OCPW5T7RN"],
    ["31/10/2026 10:00:00", "11.000", "", "1.174.000", "Phi"],
]  # fmt: skip


def xlsx(rows):
    book, out = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def csv(*lines):
    return "\n".join(lines).encode()


def read(rows):
    return detect.read(xlsx(rows), "sao-ke.xlsx")


BANKS = {"vcb": VIETCOMBANK, "tcb": TECHCOMBANK, "mb": MB, "ctg": VIETINBANK, "bidv": BIDV,
         "agri": AGRIBANK}  # fmt: skip


@pytest.mark.parametrize("rows", BANKS.values(), ids=BANKS)
def test_each_banks_first_line_is_read(app, rows):
    line = read(rows).lines[0]
    assert (line.direction, line.amount_vnd) == ("in", 185_000)
    assert "OCPW5T7RN" in line.content
    assert line.value_day in {date(2026, 10, 31), date(2026, 10, 30)}


def test_vietcombank_prints_day_and_number_in_one_cell_and_both_balances(app):
    statement = read(VIETCOMBANK)
    assert [line.bank_reference for line in statement.lines] == ["5243.65937", "5389 - 82579"]
    assert (statement.account_number, statement.opening_vnd) == ("0071000123456", 1_000_000)
    assert statement.closing_vnd == 1_174_000
    assert len(statement.lines) == 2


def test_techcombank_prints_money_out_below_zero(app):
    statement = read(TECHCOMBANK)
    assert (statement.lines[1].direction, statement.lines[1].amount_vnd) == ("out", 11_000)
    assert statement.lines[0].bank_reference == "FT26303428461"
    assert statement.lines[0].counterparty == "LE THI LAN"


def test_mbs_heading_stands_far_below_and_without_balances_there_is_a_warning(app):
    statement = read(MB)
    assert statement.account_number == "9704221234567"
    assert statement.lines[0].booked_at == datetime(2026, 10, 31, 2, 15, tzinfo=UTC)
    assert statement.warnings


def test_vietinbank_prints_the_newest_first_and_a_notice_at_the_end(app):
    statement = read(VIETINBANK)
    assert len(statement.lines) == 2
    assert statement.lines[0].booked_at == datetime(2026, 10, 31, 2, 15, 30, tzinfo=UTC)
    assert not statement.warnings


@pytest.mark.parametrize("place", [4, 5])
def test_a_missing_line_is_noticed_by_the_balances(app, place):
    rows = [row for number, row in enumerate(VIETCOMBANK) if number != place]
    with pytest.raises(BadStatement) as refusal:
        read(rows)
    assert refusal.value.why == "unbalanced"


def test_a_running_balance_that_does_not_follow_names_its_row(app):
    rows = [*AGRIBANK, ["31/10/2026 11:00:00", "", "5.000", "9.999.999", "x"]]
    with pytest.raises(BadStatement, match="Dòng 4"):
        read(rows)


def test_two_identical_rows_are_two_movements(app):
    rows = [
        "Ngày giao dịch,Nội dung,Số tiền",
        "31/10/2026,tien che,5000",
        "31/10/2026,tien che,5000",
    ]
    statement = detect.read(csv(*rows), "a.csv")
    assert [line.occurrence for line in statement.lines] == [1, 2]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("31/10/2026,x,1.5", "amount"),
        ("31/10/2026,x,1e9", "amount"),
        ("31/02/2026,x,5000", "date"),
        (",x,5000", "no-date"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_row(app, row, why):
    with pytest.raises(BadStatement, match="Dòng 2") as refusal:
        detect.read(csv("Ngày giao dịch,Nội dung,Số tiền", row), "a.csv")
    assert refusal.value.why == why


def test_a_web_page_in_disguise_is_refused(app):
    with pytest.raises(BadStatement, match="trang web"):
        detect.read(b"<html><table><tr><td>1</td></tr></table></html>", "sao-ke.xls")


def test_a_table_without_a_heading_is_refused_until_somebody_names_its_columns(app):
    data = csv("a,b,c", "31/10/2026,OCPW5T7RN,-185000")
    with pytest.raises(BadStatement, match="tiêu đề"):
        detect.read(data, "a.csv")
    mapping = Mapping(header=1, date=0, content=1, amount=2)
    (line,) = detect.read(data, "a.csv", Mapping.from_json(mapping.as_json())).lines
    assert (line.direction, line.amount_vnd) == ("out", 185_000)


@pytest.mark.parametrize(
    "kept",
    [{}, {"header": 1}, {"header": 1, "date": 0, "content": 0, "amount": 1},
     {"header": 1, "date": 0, "content": 1, "debit": 2}, {"header": 99, "date": 0},
     {"header": 1, "date": -1, "content": 1, "amount": 2}],
)  # fmt: skip
def test_a_mapping_that_cannot_serve_is_refused(app, kept):
    with app.test_request_context(), pytest.raises(BadStatement):
        Mapping.from_json(kept)


@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=12))
def test_any_table_is_read_or_refused(app, rows):
    text = "\n".join(",".join(cell.replace(",", " ") for cell in row) for row in rows)
    data = text.encode("utf-8", "replace")
    with app.test_request_context(), contextlib.suppress(BadStatement):
        detect.read(data, "a.csv")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(app, data):
    with app.test_request_context(), contextlib.suppress(BadStatement):
        detect.read(data, "a")


def test_the_longest_word_of_a_heading_decides(app):
    mapping = columns.find([(1, ["Ngày", "Ngày giao dịch", "Nội dung", "Số tiền"])])
    assert mapping.date == 1
