"""The books as Excel files, read back as Excel reads them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from shop import spreadsheets
from shop.books import excel, forms
from shop.books.forms import Column, Form, Heading, MoneyAccount, MoneyLine, RevenueLine, Row

HEADING = Heading("HTX Mèo Vạc", "Xã Tả Lủng", "5100123456", "Chợ phiên", "Quý 4 năm 2026")
DAY = date(2026, 10, 1)


def read(form):
    return load_workbook(BytesIO(excel.workbook(form))).active


def rows(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def row_of(sheet, words):
    return next(row for row in sheet.iter_rows() if words in [cell.value for cell in row])


def cash_book(*lines, heading=HEADING):
    return forms.income_expense(heading, 100, lines)


def test_days_are_days_and_amounts_are_numbers():
    sheet = read(cash_book(MoneyLine(DAY, "PT1", "Bán", 1_250_000)))
    day, _number, _text, came, went, left = row_of(sheet, "PT1")
    assert (day.value, day.number_format) == (datetime(2026, 10, 1), "dd/mm/yyyy")
    assert (came.value, came.data_type, came.number_format) == (1_250_000, "n", "#,##0")
    assert (went.value, left.value) == (None, 1_250_100)


def test_sums_are_numbers_not_formulas():
    sheet = read(cash_book(MoneyLine(DAY, "PT1", "Bán", 40), MoneyLine(DAY, "PC1", "Mua", 0, 15)))
    assert [cell.value for cell in row_of(sheet, "Cộng phát sinh trong kỳ")][3:] == [40, 15, None]
    assert [cell.value for cell in row_of(sheet, "Số dư cuối kỳ")][3:] == [None, None, 125]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"n", "s", "d"}
    assert row_of(sheet, "Số dư cuối kỳ")[5].font.bold
    assert not row_of(sheet, "PT1")[5].font.bold


def test_the_head_says_form_owner_place_period_and_unit():
    sheet = read(forms.revenue_s1a(HEADING, []))
    assert [row[0] for row in rows(sheet)[:12]] == [
        "Mẫu số S1a-HKD",
        forms.TT152,
        "HỘ, CÁ NHÂN KINH DOANH: HTX Mèo Vạc",
        "Địa chỉ: Xã Tả Lủng",
        "Mã số thuế: 5100123456",
        None,
        "SỔ DOANH THU BÁN HÀNG HÓA, DỊCH VỤ",
        "Địa điểm kinh doanh: Chợ phiên",
        "Kỳ kê khai: Quý 4 năm 2026",
        "Đơn vị tính: đồng",
        "Ngày tháng",
        "A",
    ]
    assert sheet.title == "S1a-HKD"


def test_an_empty_book_has_its_titles_its_sum_and_its_place_to_sign():
    sheet = read(forms.revenue_s1a(HEADING, []))
    assert rows(sheet)[10:] == [
        ["Ngày tháng", "Diễn giải", "Số tiền"],
        ["A", "B", "1"],
        [None, "Tổng cộng", 0],
        [None, None, None],
        [None, "Ngày …… tháng …… năm ………", None],
        [None, "NGƯỜI ĐẠI DIỆN HỘ KINH DOANH/\nCÁ NHÂN KINH DOANH", None],
        [None, "(Ký, họ tên, đóng dấu)", None],
    ]


def test_titles_of_groups_reach_over_their_columns():
    sheet = read(forms.money_s2e(HEADING, [MoneyAccount("Quỹ", 0, [], True)]))
    assert rows(sheet)[9:12] == [
        ["Chứng từ", None, "Diễn giải", "Số tiền", None],
        ["Số hiệu", "Ngày, tháng", None, "Thu/Gửi vào", "Chi/Rút ra"],
        ["A", "B", "C", "1", "2"],
    ]
    merged = {str(each) for each in sheet.merged_cells.ranges}
    assert {"A10:B10", "C10:C11", "D10:E10"} <= merged


@pytest.mark.parametrize(
    ("form", "orientation", "titles"),
    [
        (forms.revenue_s1a(HEADING, []), "portrait", "$11:$12"),
        (forms.money_s2e(HEADING, []), "portrait", "$10:$12"),
        (cash_book(), "landscape", "$9:$9"),
    ],
    ids=["S1a", "S2e", "thu chi"],
)
def test_a_sheet_prints_on_a4_with_its_titles_on_each_page(form, orientation, titles):
    sheet = read(form)
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == (orientation, 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == titles
    assert sheet.freeze_panes == f"A{int(titles.rpartition('$')[2]) + 1}"
    assert sheet.oddFooter.center.text == "Trang &P/&N"
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert widths == [column.width for column in form.columns[:3]]


@pytest.mark.parametrize(
    "said", ['=HYPERLINK("http://x")', "+84912", "-5", "@sum", "#N/A", "_x0041_", "00123"]
)
def test_text_stays_text_whatever_it_begins_with(said):
    data = excel.workbook(cash_book(MoneyLine(DAY, said, said, 1)))
    _day, number, text, *_amounts = list(load_workbook(BytesIO(data)).active.iter_rows())[10]
    assert (number.data_type, text.data_type) == ("s", "s")
    assert text.quotePrefix == (said[0] in "=+-@")
    read_back = [row.cells for row in spreadsheets.read(BytesIO(data), "x.xlsx")]
    assert ["01/10/2026", said, said, 1, "", 101] in read_back


def test_the_look_of_guarded_text_does_not_stay_for_the_next_row():
    sheet = read(cash_book(MoneyLine(DAY, "PT1", "=1"), MoneyLine(DAY, "PT2", "x")))
    assert [row_of(sheet, number)[2].quotePrefix for number in ("PT1", "PT2")] == [True, False]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_written_and_read_back(said):
    data = excel.workbook(forms.revenue_s1a(HEADING, [RevenueLine(DAY, said, 5)]))
    read_back = [row.cells for row in spreadsheets.read(BytesIO(data), "x.xlsx")]
    assert ["01/10/2026", spreadsheets.plain(said), 5] in read_back


def test_a_long_name_gets_the_lines_it_needs():
    long = Heading("Hợp tác xã " * 30, "", "", "", "")
    sheet = read(forms.revenue_s1a(long, []))
    assert sheet["A3"].value == f"HỘ, CÁ NHÂN KINH DOANH: {'Hợp tác xã ' * 30}".strip()
    assert sheet["A3"].alignment.wrap_text
    assert sheet.row_dimensions[3].height == 4 * sheet.row_dimensions[5].height
    assert (
        read(forms.revenue_s1a(Heading("x" * 9999, "", "", "", ""), [])).row_dimensions[3].height
        == 409
    )


def test_who_signs_stands_under_the_table_beside_one_another():
    last = rows(read(cash_book()))[-2:]
    assert last == [
        ["Người lập biểu", None, "Người đại diện đơn vị", None, None, None],
        ["(Ký, họ tên)", None, "(Ký, họ tên, đóng dấu)", None, None, None],
    ]


def test_quantities_are_numbers_too():
    columns = (Column("Tên", "text", 20), Column("Số lượng", "number", 10))
    form = Form("", "SỔ KHO", "", HEADING, columns, [Row(("Chè", Decimal("1.125")))], (), ())
    assert rows(read(form))[-1] == ["Chè", 1.125]


def test_five_thousand_rows_are_all_there():
    lines = [MoneyLine(DAY + timedelta(i % 90), f"PT{i}", "Bán", 1000 + i) for i in range(5000)]
    sheet = read(forms.income_expense(HEADING, 0, lines))
    numbers = [row[1] for row in rows(sheet) if str(row[1]).startswith("PT")]
    assert numbers == [f"PT{i}" for i in range(5000)]
    assert row_of(sheet, "Số dư cuối kỳ")[5].value == 5000 * 1000 + sum(range(5000))
