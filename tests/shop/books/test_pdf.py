"""The books on paper, read back as a reader of PDF files sees them."""

import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pypdfium2
import pytest

from shop import pdf as paper
from shop.books import forms, pdf
from shop.books.forms import Heading, MoneyAccount, MoneyLine, RevenueGroup, RevenueLine

HEADING = Heading("HTX Mèo Vạc", "Xã Tả Lủng", "5100123456", "Chợ phiên", "Quý 4 năm 2026")
DAY = date(2026, 10, 1)
A4 = (595, 842)


def open_pdf(form):
    out = BytesIO()
    pdf.document(form, out)
    return pypdfium2.PdfDocument(out.getvalue())


def texts(form):
    """The text of each page, its lines joined by blanks."""
    pages = (page.get_textpage().get_text_range() for page in open_pdf(form))
    return [" ".join(unicodedata.normalize("NFC", text).split()) for text in pages]


def sold(count, words="Bán lẻ"):
    return [
        RevenueLine(DAY + timedelta(i % 90), f"{words} số {i:05d}.", 1000) for i in range(count)
    ]


def moved(count):
    return [MoneyLine(DAY, f"PT{i:05d}", "Bán lẻ", 1000) for i in range(count)]


def test_a_page_holds_head_table_sum_and_place_to_sign():
    form = forms.revenue_s1a(HEADING, [RevenueLine(DAY, "Bán lẻ tại chợ", 1_250_000)])
    assert texts(form) == [
        "HỘ, CÁ NHÂN KINH DOANH: HTX Mèo Vạc Địa chỉ: Xã Tả Lủng Mã số thuế: 5100123456"
        " Mẫu số S1a-HKD (Kèm theo Thông tư số 152/2025/TT-BTC ngày 31 tháng 12 năm 2025 của Bộ"
        " trưởng Bộ Tài chính) SỔ DOANH THU BÁN HÀNG HÓA, DỊCH VỤ Địa điểm kinh doanh: Chợ phiên"
        " Kỳ kê khai: Quý 4 năm 2026 Đơn vị tính: đồng Ngày tháng Diễn giải Số tiền A B 1"
        " 01/10/2026 Bán lẻ tại chợ 1.250.000 Tổng cộng 1.250.000 Ngày …… tháng …… năm ………"
        " NGƯỜI ĐẠI DIỆN HỘ KINH DOANH/ CÁ NHÂN KINH DOANH (Ký, họ tên, đóng dấu) Trang 1/1"
    ]


def test_what_is_not_known_of_the_seller_is_left_to_be_filled_in():
    [text] = texts(forms.revenue_s1a(Heading("", "", "", "", ""), []))
    for label in ("KINH DOANH", "Địa chỉ", "Mã số thuế", "Địa điểm kinh doanh", "Kỳ kê khai"):
        assert f"{label}: …………" in text
    assert "Tổng cộng 0 Ngày" in text


def test_our_own_book_names_no_circular():
    [text] = texts(forms.income_expense(HEADING, 0, []))
    assert text.startswith("Đơn vị: HTX Mèo Vạc")
    assert "Thông tư" not in text
    assert "Mẫu số" not in text
    assert "Người lập biểu (Ký, họ tên)" in text


@pytest.mark.parametrize(
    ("form", "size"),
    [
        (forms.revenue_s1a(HEADING, []), A4),
        (forms.revenue_s2a(HEADING, []), A4),
        (forms.money_s2e(HEADING, []), A4),
        (forms.income_expense(HEADING, 0, []), A4[::-1]),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_the_paper_is_a4_on_its_side_only_for_many_columns(form, size):
    width, height = open_pdf(form)[0].get_size()
    assert (round(width), round(height)) == size


def test_titles_and_numbers_of_pages_stand_on_every_page():
    pages = texts(forms.money_s2e(HEADING, [MoneyAccount("Quỹ", 0, moved(150), True)]))
    assert len(pages) == 4
    for number, text in enumerate(pages, 1):
        assert text.endswith(f"Trang {number}/4")
        assert text.count("Thu/Gửi vào Chi/Rút ra A B C 1 2") == 1
    assert ["SỔ CHI TIẾT TIỀN" in text for text in pages] == [True, False, False, False]
    assert ["(Ký, họ tên, đóng dấu)" in text for text in pages] == [False, False, False, True]


def test_five_thousand_rows_are_all_there_once_and_in_order():
    whole = " ".join(texts(forms.revenue_s1a(HEADING, sold(5000))))
    assert [word for word in whole.split() if word.endswith(".")] == [
        f"{i:05d}." for i in range(5000)
    ]
    assert "Tổng cộng 5.000.000" in whole


@pytest.mark.parametrize("count", range(1, 90))
def test_signatures_and_sums_stand_with_the_last_rows(count):
    pages = texts(forms.revenue_s1a(HEADING, sold(count)))
    assert f"{count - 1:05d}." in pages[-1]
    assert f"Tổng cộng {count}.000" in pages[-1]
    assert "(Ký, họ tên, đóng dấu)" in pages[-1]


@pytest.mark.parametrize("count", range(20, 60))
def test_the_name_of_an_account_is_never_the_last_line_of_a_page(count):
    accounts = [
        MoneyAccount("Quỹ", 0, moved(count), True),
        MoneyAccount("Vietcombank 1023", 0, moved(60)),
    ]
    for text in texts(forms.money_s2e(HEADING, accounts)):
        last = text.rpartition(" Trang")[0]
        assert not last.endswith(("Tiền gửi không kỳ hạn", "Vietcombank 1023"))


def test_long_texts_are_wrapped_whole():
    names = "Hợp tác xã nông nghiệp hữu cơ Mèo Vạc và các hộ thành viên " * 4
    said = "MBVCB.1234567890.5389.OCPW5T7RN chuyen tien mua mat ong bac ha va che shan " * 5
    heading = Heading(names, names, "5100123456-001", names, names)
    group = RevenueGroup(names, [RevenueLine(DAY, said, 5)], Decimal(1), Decimal(1))
    text = " ".join(texts(forms.revenue_s2a(heading, [group])))
    assert text.count(names.strip()) == 5
    assert said.strip() in text


def test_a_text_of_many_pages_without_a_blank_is_written_whole():
    said = "".join(f"{i:05d}" for i in range(3000))
    pages = texts(forms.revenue_s1a(HEADING, [RevenueLine(DAY, said, 5)]))
    assert len(pages) > 1
    assert said in "".join(
        word for text in pages for word in text.split() if len(word) > 20 and word.isdigit()
    )


def test_an_amount_too_wide_for_its_column_is_smaller_not_cut():
    amount = "999.999.999.999.999.999.999.999"
    form = forms.revenue_s1a(HEADING, [RevenueLine(DAY, "Bán", int(amount.replace(".", "")))])
    page = open_pdf(form)[0].get_textpage()
    at, length = page.search(amount).get_next()
    assert length == len(amount)
    left, *_rest = page.get_charbox(at)
    _left, _bottom, right, _top = page.get_charbox(at + length - 1)
    column = (A4[0] - 2 * paper.mm(15)) * 20 / 93
    assert A4[0] - paper.mm(15) - column < left < right < A4[0] - paper.mm(15)


def test_the_same_book_is_the_same_file():
    first, second = BytesIO(), BytesIO()
    for out in (first, second):
        pdf.document(forms.revenue_s1a(HEADING, sold(3)), out)
    assert first.getvalue() == second.getvalue()
