import io
import unicodedata

import pypdfium2
import pytest

from shop import pdf

LETTERS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ₫…–"


def test_every_vietnamese_letter_is_printed_in_both_weights():
    out = io.BytesIO()
    page = pdf.canvas(out, title="Chữ")
    pdf.line(page, LETTERS, (20, 700), font=pdf.REGULAR, size=6)
    pdf.line(page, LETTERS.upper(), (20, 600), font=pdf.BOLD, size=6)
    page.save()
    text = pypdfium2.PdfDocument(out.getvalue())[0].get_textpage().get_text_range()
    assert text.split("\r\n") == [LETTERS, LETTERS.upper()]
    assert len(out.getvalue()) < 60_000  # only the letters used are embedded


@pytest.mark.parametrize(
    ("room", "shown"),
    [(500, "Mật ong bạc hà"), (75, "Mật ong bạc…"), (50, "Mật ong…"), (20, "M…"), (2, "")],
)
def test_a_text_is_cut_between_words_where_it_can_be(room, shown):
    cut = pdf.fit("Mật  ong\nbạc hà", pdf.REGULAR, 10, room)
    assert cut == shown
    assert pdf.width(cut, pdf.REGULAR, 10) <= room


def test_a_decomposed_text_keeps_its_accents():
    apart = unicodedata.normalize("NFD", "Mật ong")
    assert pdf.fit(apart, pdf.REGULAR, 10, 500) == "Mật ong"


def test_a_text_is_broken_into_lines_and_the_last_one_cut():
    assert pdf.wrap("Mật ong bạc hà Mèo Vạc", 55, 2) == ["Mật ong", "bạc hà…"]
    assert pdf.wrap("Mật ong bạc hà Mèo Vạc", 55, 9) == ["Mật ong", "bạc hà", "Mèo Vạc"]
    assert pdf.wrap("", 55, 2) == []
    assert pdf.wrap("Mật ong", 55, 0) == []


def test_a_millimetre_is_a_millimetre():
    assert pdf.mm(25.4) == pytest.approx(72)
