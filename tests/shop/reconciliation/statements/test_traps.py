"""What makes a table lose a movement, or say more than the bank did."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from shop.reconciliation.statements import columns, detect, tables
from shop.reconciliation.statements.columns import Mapping
from shop.reconciliation.statements.errors import BadStatement

AMOUNT = "Ngày giao dịch,Nội dung,Số tiền"
BOTH = "Ngày,Nội dung,Ghi nợ,Ghi có"


def read(*lines, mapping=None):
    return detect.read("\n".join(lines).encode(), "sao-ke.csv", mapping)


def found(*cells):
    mapping = columns.find([(1, cells)]).as_json()
    return {name: cells[place] for name, place in mapping.items() if name != "header" and place}


def test_vietinbanks_own_account_column_is_not_money_in():
    assert found(
        *("STT", "Ngày hạch toán", "Mô tả giao dịch", "Nợ", "Có", "Số dư TK", "Số giao dịch"),
        *("Số/Tên tài khoản đối ứng", "MTID/CITAD", "Mã định danh TK thụ hưởng"),
        "Ngày phát sinh",
    ) == {
        "date": "Ngày hạch toán",
        "value_date": "Ngày phát sinh",
        "content": "Mô tả giao dịch",
        "debit": "Nợ",
        "credit": "Có",
        "balance": "Số dư TK",
        "reference": "Số giao dịch",
        "counterparty": "Số/Tên tài khoản đối ứng",
    }


def test_bidv_prints_no_day_but_the_one_of_effect():
    cells = ("STT", "Ngày hiệu lực", "Ghi nợ", "Ghi có", "Số dư", "Mô tả")
    assert found(*cells)["date"] == "Ngày hiệu lực"
    assert "value_date" not in found(*cells)


@pytest.mark.parametrize(
    ("debit", "credit"),
    [("Nợ/Debit", "Có/Credit"), ("Nợ\nDebit", "Có\nCredit"), ("Nợ (VND)", "Có (VND)"),
     ("Chi", "Thu"), ("Nợ VND", "Có VND")],
)  # fmt: skip
def test_short_words_count_where_they_are_the_whole_heading(debit, credit):
    columns_found = found("Số thứ tự", "Ngày", "Diễn giải", "Địa chỉ", debit, credit)
    assert (columns_found["debit"], columns_found["credit"]) == (debit, credit)


def test_the_row_number_is_never_taken_for_money(app):
    statement = read("Số thứ tự,Ngày,Diễn giải,Thu,Chi", "7,31/10/2026,OCPW5T7RN,185000,")
    assert [line.amount_vnd for line in statement.lines] == [185_000]


def test_a_payer_may_write_what_totals_begin_with(app):
    book, out = Workbook(), BytesIO()
    book.active.append(AMOUNT.split(","))
    book.active.append([datetime(2026, 10, 31, 9), "Tổng công ty May 10 OCPW5T7RN", 185_000])
    book.active.append([datetime(2026, 10, 31, 9), "Số dư đầu kỳ gửi lại", 5000])
    book.save(out)
    lines = detect.read(out.getvalue(), "a.xlsx").lines
    assert [line.amount_vnd for line in lines] == [185_000, 5000]


def test_counts_below_the_totals_are_no_movements(app):
    statement = read(BOTH, "31/10/2026,x,,185000", "Tổng số,,0,185000", ",Số giao dịch,0,1")
    assert len(statement.lines) == 1


def test_money_without_a_day_above_the_totals_is_refused(app):
    with pytest.raises(BadStatement, match="Dòng 2") as refusal:
        read(BOTH, ",x,,185000", "Tổng số,,0,185000")
    assert refusal.value.why == "no-date"


def test_a_balance_row_without_a_number_says_nothing(app):
    rows = ["31/10/2026,x,,5,105", "31/10/2026,x,,5,110", "Số dư cuối kỳ,,,,110"]
    statement = read(f"{BOTH},Số dư", "Số dư đầu kỳ,,,,", *rows)
    assert (statement.opening_vnd, statement.closing_vnd) == (None, 110)


def test_a_row_that_moves_nothing_is_no_movement(app):
    assert len(read(AMOUNT, "31/10/2026,x,0", "31/10/2026,y,5").lines) == 1


@pytest.mark.parametrize(
    ("said", "hour"), [("02:15:30 PM", 7), ("12:15:30 AM", 17), ("12:15:30 PM", 5), ("14:15:30", 7)]
)
def test_half_days_are_told_apart(app, said, hour):
    (line,) = read(AMOUNT, f"31/10/2026 {said},x,5").lines
    assert (line.booked_at.hour, line.booked_at.minute) == (hour, 15)
    assert line.booked_at.tzinfo is UTC


def test_a_day_beside_the_account_is_no_part_of_it(app):
    rows = ["Số tài khoản,0071000123456,01/10/2026 - 31/10/2026", AMOUNT, "31/10/2026,x,5"]
    assert read(*rows).account_number == "0071000123456"


def test_what_a_table_of_ours_cannot_hold_is_left_out(app):
    assert read(AMOUNT, "31/10/2026,a\x00b,5").lines[0].content == "ab"


def test_a_heading_that_moved_up_does_not_swallow_the_first_movement(app):
    kept = Mapping(header=3, date=0, content=1, debit=2, credit=3)
    rows = ["So tai khoan 0071000123456", BOTH, "30/10/2026,x,,95000", "31/10/2026,y,,5000"]
    with pytest.raises(BadStatement, match="Dòng 3") as refusal:
        read(*rows, mapping=kept)
    assert refusal.value.why == "mapping-elsewhere"
    assert len(read("a", *rows, mapping=kept).lines) == 2


def test_a_kept_mapping_serves_whatever_stands_between_the_columns(app):
    kept = Mapping(header=1, date=0, content=1, amount=2)
    for sign in ";\t|":
        (line,) = read(f"a{sign}b{sign}c", f"31/10/2026{sign}x{sign}185,000", mapping=kept).lines
        assert line.amount_vnd == 185_000


def test_an_account_in_another_currency_is_refused():
    with pytest.raises(BadStatement) as refused:
        read("Loại tiền: USD", AMOUNT, "01/10/2026,tiền hàng,12.500")
    assert "tài khoản bằng USD" in str(refused.value)
    read("Loại tiền: VND", AMOUNT, "01/10/2026,tiền hàng,12.500")


def test_one_line_must_follow_from_the_opening_balance():
    head = "Ngày,Nội dung,Ghi nợ,Ghi có,Số dư"
    line = "01/10/2026,tiền hàng,,150.000,650.000"
    assert read("Số dư đầu kỳ: 500.000", head, line).lines[0].amount_vnd == 150_000
    with pytest.raises(BadStatement) as refused:
        read("Số dư đầu kỳ: 400.000", head, line)
    assert "thiếu dòng ở đầu" in str(refused.value)


def test_where_nothing_tells_in_from_out_it_is_said():
    said = read(AMOUNT, "01/10/2026,tiền hàng,12.500").warnings
    assert any(words.startswith("Cột số tiền không cho biết") for words in said)
    said = read(BOTH, "01/10/2026,tiền hàng,,12.500").warnings
    assert not any(words.startswith("Cột số tiền không cho biết") for words in said)


def test_the_first_rows_are_shown_in_their_columns():
    data = "\n".join(["Sao kê; tháng 10", "Ngay,Dien giai,Tien", "01/10/2026,a;b,1.000"]).encode()
    assert tables.first_rows(data, "sao-ke.csv")[1] == (2, ["Ngay", "Dien giai", "Tien"])
