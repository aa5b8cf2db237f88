import io
import tracemalloc
from dataclasses import replace
from itertools import pairwise

import pypdfium2
import pytest
import zxingcpp

from traceability import digital_link, identifiers, qr, sheet_pdf, sheets
from traceability.digital_link import Identity
from traceability.labels import Face, Logo
from traceability.sheets import LAYOUTS, LabelTooSmall, Layout, Stamp

KEY = b"0123456789abcdef0123456789abcdef"
NAME = "Chè tôm nõn đặc sản Tân Cương thượng hạng, hộp thiếc 200 g"
SELLER = "HTX Trà Hảo Đạt"


def stamp(number: int) -> Stamp:
    serial = identifiers.serial(KEY, "B1", number)
    uri = digital_link.build_short(
        "txng.example.vn", Identity(gtin="08936123456788", serial=serial)
    )
    return Stamp(uri, serial)


FACE = Face((NAME, SELLER))
LOGO = Logo(4, 4, bytes(range(0, 256, 16)))
WHOLE_FACE = Face((NAME, SELLER, "Lô CH261101"), 4, LOGO)


def printed(stamps, layout, face=FACE):
    out = io.BytesIO()
    assert sheet_pdf.write(iter(stamps), layout, face, out) == len(stamps)
    return pypdfium2.PdfDocument(out.getvalue())


def pixels(page, dpi):
    return page.render(scale=dpi / 72).to_pil().convert("L")


def decoded(page, dpi):
    """Texts of all symbols of the page, in reading order."""
    found = zxingcpp.read_barcodes(page.render(scale=dpi / 72).to_pil())
    row_height = dpi  # labels stand more than an inch apart
    places = [(code.position.top_left.y, code.position.top_left.x, code.text) for code in found]
    return [text for y, x, text in sorted(places, key=lambda p: (round(p[0] / row_height), p[1]))]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", [name for name in LAYOUTS if name.startswith("a4")])
def test_every_symbol_of_a_sheet_is_read_and_equals_its_row(name, dpi):
    layout = LAYOUTS[name]
    stamps = [replace(stamp(n), secret="7Q2M9K") for n in range(layout.per_page + 3)]
    document = printed(stamps, layout, WHOLE_FACE)
    assert len(document) == 2
    assert decoded(document[0], dpi) == [each.uri for each in stamps[: layout.per_page]]
    assert decoded(document[1], dpi) == [each.uri for each in stamps[layout.per_page :]]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", [name for name in LAYOUTS if name.startswith("cuon")])
def test_every_label_of_a_roll_is_read_and_equals_its_row(name, dpi):
    stamps = [stamp(number) for number in range(6)]
    document = printed(stamps, LAYOUTS[name])
    assert [decoded(page, dpi) for page in document] == [[each.uri] for each in stamps]


LONGEST = (
    "NGHỆ NHÂN NGUYỄN ĐƯỜNG NGUỘC QUẾ ẪM Ỗ PHƯỢNG HOÀNG " * 4,
    "HợptácxãsảnxuấtkinhdoanhdịchvụnôngnghiệptổnghợpThượngĐườngNgưỡng" * 3,
    "Lô " + "W" * 20,
)
SLACK = 0.1 * 72 / 25.4  # in points; letters are measured by their outline


def cells(layout):
    """The labels of a page: left, bottom, right, top in points from the lower left."""
    unit, height = 72 / 25.4, layout.page[1]
    return [
        (
            x * unit,
            (height - y - layout.height) * unit,
            (x + layout.width) * unit,
            (height - y) * unit,
        )
        for x, y in sheets.corners(layout)
    ]


def letters(page):
    text = page.get_textpage()
    boxes = [text.get_charbox(place) for place in range(text.count_chars())]
    return [box for box in boxes if box[2] > box[0] and box[3] > box[1]]


def inside(box, cell):
    left, bottom, right, top = cell
    return (
        box[0] >= left - SLACK
        and box[1] >= bottom - SLACK
        and box[2] <= right + SLACK
        and box[3] <= top + SLACK
    )


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", LAYOUTS)
def test_the_longest_words_stay_on_their_label_and_its_symbol_is_read(name, dpi):
    layout = LAYOUTS[name]
    uri = "HTTPS://TRUYXUAT.HOPTACXA.EXAMPLE.VN/01/08936123456788/21/"
    stamps = [replace(stamp(n), uri=uri + stamp(n).code) for n in range(layout.per_page)]
    (page,) = printed(stamps, layout, Face(LONGEST, 5, LOGO))
    assert sorted(decoded(page, dpi)) == sorted(each.uri for each in stamps)
    labels = cells(layout)
    astray = [box for box in letters(page) if not any(inside(box, cell) for cell in labels)]
    assert astray == []
    assert bool(letters(page)) == (layout.lines > 0)


def test_a_page_has_the_size_of_the_paper():
    assert printed([stamp(1)], LAYOUTS["a4-5x8"])[0].get_size() == pytest.approx(
        (595.28, 841.89), abs=0.01
    )
    assert printed([stamp(1)], LAYOUTS["cuon-30x20"])[0].get_size() == pytest.approx(
        (85.04, 56.69), abs=0.01
    )


def test_each_module_is_printed_where_the_symbol_has_it():
    layout, one = LAYOUTS["cuon-20x20"], stamp(1)
    image = pixels(printed([one], layout)[0], 600)
    symbol = qr.matrix(one.uri)
    side = sheets.module_mm(layout, len(symbol)) / 25.4 * 600
    start = (20 / 25.4 * 600 - side * len(symbol)) / 2
    middles = [int(start + (place + 0.5) * side) for place in range(len(symbol))]
    read = tuple(tuple(image.getpixel((x, y)) < 128 for x in middles) for y in middles)
    assert read == symbol


def test_a_vietnamese_caption_can_be_searched_and_keeps_its_accents():
    one = stamp(1)
    text = printed([one], LAYOUTS["a4-3x8"])[0].get_textpage().get_text_range()
    code = sheets.grouped(one.code)
    assert text.split("\r\n") == [
        "Chè tôm nõn đặc sản", "Tân Cương thượng hạng,", "hộp thiếc 200 g", SELLER, code
    ]  # fmt: skip


def test_a_long_name_is_cut_between_words_and_the_code_never():
    one = stamp(1)
    layout = replace(LAYOUTS["a4-5x8"], lines=3)
    text = printed([one], layout)[0].get_textpage().get_text_range()
    assert text.split("\r\n") == [
        "Chè tôm nõn đặc sản Tân Cương…",
        SELLER,
        sheets.grouped(one.code),
    ]


def test_a_code_too_long_for_its_line_is_printed_smaller_and_whole():
    one = replace(stamp(1), code="ABCDEFGHJKMNPQRSTVWXYZ0123456789")
    layout = replace(LAYOUTS["cuon-25x25"], lines=1, type_size=6)
    assert printed([one], layout)[0].get_textpage().get_text_range() == sheets.grouped(one.code)


def test_nothing_is_printed_outside_its_label():
    layout = replace(LAYOUTS["a4-5x8"], page=(300, 297), gap=(20, 2))
    image = pixels(printed([stamp(n) for n in range(40)], layout)[0], 203)
    for left, right in ((58, 77), (223, 242)):
        between = [round(mm / 25.4 * 203) for mm in (left, 10, right, 287)]
        assert image.crop(between).getextrema() == (255, 255)


def test_sheets_to_cut_by_hand_have_marks_and_rolls_have_none():
    sheet = pixels(printed([stamp(1)], LAYOUTS["a4-5x8"])[0], 300)
    roll = pixels(printed([stamp(1)], LAYOUTS["cuon-20x20"])[0], 300)
    height = int(6.5 / 25.4 * 300)
    above = [sheet.getpixel((x, height)) < 200 for x in range(sheet.width)]
    assert sum(not before and dark for before, dark in pairwise(above)) == 10
    assert roll.crop((0, 0, roll.width, int(2 / 25.4 * 300))).getextrema() == (255, 255)


def test_a_module_is_a_whole_number_of_printer_dots():
    side = sheets.module_mm(LAYOUTS["cuon-20x20"], 29)
    assert side / (25.4 / 203) == pytest.approx(4)
    assert side >= 0.33


@pytest.mark.parametrize(
    "layout",
    [
        Layout("tem-nho", (12, 12), 1, 1, 12, 12),
        replace(LAYOUTS["cuon-20x20"], name="chu-to", lines=3),
        Layout("tem-nho", (9, 9), 1, 1, 9, 9, dpi=300, lines=0),
        Layout("am", (20, 3), 1, 1, 20, 3),
    ],
)
def test_a_label_too_small_to_be_read_is_refused_and_nothing_is_written(layout):
    out = io.BytesIO()
    with pytest.raises(LabelTooSmall, match="quá nhỏ") as refusal:
        sheet_pdf.write([stamp(1)], layout, FACE, out)
    assert refusal.value.facts["least_mm"] == sheets.MIN_MODULE_MM[layout.dpi]
    assert refusal.value.status == 422
    assert out.getvalue() == b""


def test_the_same_stamps_give_the_same_file():
    one, two = io.BytesIO(), io.BytesIO()
    sheet_pdf.write([stamp(1)], LAYOUTS["a4-5x8"], FACE, one)
    sheet_pdf.write([stamp(1)], LAYOUTS["a4-5x8"], FACE, two)
    assert one.getvalue() == two.getvalue()


def test_a_batch_is_taken_page_by_page_and_stays_small():
    seen_at_page: list[int] = []
    sheet_pdf.write([stamp(0)], LAYOUTS["a4-5x8"], FACE, io.BytesIO())  # fonts are read once

    def batch():
        for number in range(200):
            seen_at_page.append(number)
            yield stamp(number)

    out = io.BytesIO()
    tracemalloc.start()
    try:
        assert sheet_pdf.write(batch(), LAYOUTS["a4-5x8"], FACE, out) == 200
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(pypdfium2.PdfDocument(out.getvalue())) == 5
    assert len(seen_at_page) == 200
    assert len(out.getvalue()) < 120_000
    assert peak < 6_000_000


def test_codes_are_shown_in_groups():
    assert sheets.grouped("7Q2M9K4TX") == "7Q2 M9K 4TX"
    assert sheets.grouped("VN7Q2M9K4TX") == "VN7Q 2M9K 4TX"
