"""Spreadsheets in, distrusted; out, in cells that run nothing."""

import zipfile
from contextlib import suppress
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from shop import spreadsheets
from shop.spreadsheets import BadSheet


@pytest.fixture(autouse=True)
def _words():
    app = Flask("words")
    Babel(app, default_locale="vi")
    with app.app_context():
        yield


def cells(data, name="x.xlsx"):
    return [row.cells for row in spreadsheets.read(BytesIO(data), name)]


def refused(data, name="x.xlsx"):
    with pytest.raises(BadSheet) as refusal:
        list(spreadsheets.read(BytesIO(data), name))
    return refusal.value.why


def rewritten(data, **parts):
    """The archive with a part changed by a function of its bytes, by the end of its name."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            stem = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, parts.get(stem, lambda part: part)(old.read(name)))
    return out.getvalue()


WRITTEN = spreadsheets.write(["A", "B"], [["x", 1], ["y", 2]])


def test_what_is_written_is_read_back_in_both_kinds():
    row = ["Chè", 185_000, Decimal("1.125"), "", "=1+1", "+84", "-5", "@a", "'=b", "00123"]
    row += ["a\nb", "#N/A", "_x0041_", "a;b,c\td", 'nói "thế"']
    head = [f"c{n}" for n in range(len(row))]
    assert cells(spreadsheets.write(head, [row])) == [head, row]
    as_text = [*row[:1], "185000", "1,125", *row[3:]]
    assert cells(spreadsheets.write_csv(head, [row]), "x.csv") == [head, as_text]


def test_text_that_looks_like_a_formula_is_text_in_excel():
    data = spreadsheets.write(["A"], [['=HYPERLINK("http://x")'], ["+1"], ["-1"], ["@sum"]])
    sheet = load_workbook(BytesIO(data)).active
    assert [row[0].data_type for row in sheet.iter_rows(min_row=2)] == ["s"] * 4


def test_text_that_looks_like_a_formula_is_guarded_in_csv():
    written = spreadsheets.write_csv(["A"], [["=1"], ["+1"], ["-1"], ["@1"], [-1]]).decode(
        "utf-8-sig"
    )
    assert written.split() == ["A", "'=1", "'+1", "'-1", "'@1", "-1"]


SAFE = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(SAFE, SAFE), min_size=1, max_size=5))
@example([("", "\t")])
def test_any_text_survives_the_way_out_and_in(rows):
    kept = [[spreadsheets.plain(cell) for cell in row] for row in rows]
    kept = [row for row in kept if any(row)]
    for data, name in (
        (spreadsheets.write(["A", "B"], rows), "x.xlsx"),
        (spreadsheets.write_csv(["A", "B"], rows), "x.csv"),
    ):
        assert cells(data, name)[1:] == kept


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300), st.sampled_from(["", "PK\x03\x04", "\xff\xfe", "a;b\n"]))
def test_rubbish_is_read_or_refused_but_never_worse(rubbish, start):
    with suppress(BadSheet):
        list(spreadsheets.read(BytesIO(start.encode("latin-1") + rubbish), "x.csv"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_of_excel_is_understood(encoding, delimiter):
    import unicodedata

    said = f"Mã{delimiter}Giá\nChè{delimiter}5\n"
    if encoding == "cp1258":  # tones stand after their letters
        said = said.replace("Mã", "Ma\u0303").replace("Giá", "Gia\u0301").replace("è", "e\u0300")
    read = cells(said.encode(encoding), "x.csv")
    assert [[unicodedata.normalize("NFC", cell) for cell in row] for row in read] == [
        ["Mã", "Giá"],
        ["Chè", "5"],
    ]


def test_a_told_delimiter_is_believed_and_rows_keep_their_numbers():
    read = list(spreadsheets.read(BytesIO(b'sep=;\r\nA;B\r\n"x\r\ny";1,5\r\n\r\nz;2'), "x.csv"))
    assert [(row.number, row.cells) for row in read] == [
        (2, ["A", "B"]),
        (3, ["x\r\ny", "1,5"]),
        (6, ["z", "2"]),
    ]


def test_numbers_days_and_yes_are_read_as_people_mean_them():
    from datetime import date

    book = Workbook()
    book.active.append([185_000.0, 0.5, date(2026, 11, 23), True, "  x "])
    out = BytesIO()
    book.save(out)
    assert cells(out.getvalue()) == [[185_000, Decimal("0.5"), "23/11/2026", "TRUE", "x"]]


def test_empty_rows_are_left_out_and_numbers_are_those_of_excel():
    book = Workbook()
    book.active["B3"], book.active["B5"] = "A", "x"
    out = BytesIO()
    book.save(out)
    read = spreadsheets.read(BytesIO(out.getvalue()), "x.xlsx")
    assert [(row.number, row.cells) for row in read] == [(3, ["A"]), (5, ["x"])]


def test_hidden_sheets_are_passed_over():
    book = Workbook()
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    book.create_sheet().append(["shown"])
    out = BytesIO()
    book.save(out)
    assert cells(out.getvalue()) == [["shown"]]


def test_a_cell_in_the_last_corner_takes_no_memory():
    far = rewritten(WRITTEN, sheet1=lambda part: part.replace(b'"B3"', b'"XFD1048576"'))
    assert refused(far) == "too-large"
    entity = rewritten(WRITTEN, sheet1=lambda part: part.replace(b'"B3"', b'"&#88;FD1048576"'))
    assert refused(entity) == "too-large"


def test_cells_that_only_a_forgiving_reader_finds_are_refused():
    cut = rewritten(WRITTEN, sheet1=lambda part: part.replace(b"</sheetData>", b"</other>"))
    assert refused(cut) == "broken"


def test_a_zip_bomb_is_stopped_while_it_unpacks(monkeypatch):
    monkeypatch.setattr(spreadsheets, "UNPACKED_BYTES", 100_000)
    bomb = rewritten(WRITTEN, app=lambda part: part + b" " * 200_000)
    assert refused(bomb) == "bomb"


def test_entities_are_refused():
    laugh = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    assert refused(rewritten(WRITTEN, sheet1=lambda part: laugh + part)) == "broken"


def test_too_many_rows_and_too_many_bytes_are_refused(monkeypatch):
    monkeypatch.setattr(spreadsheets, "ROWS", 2)
    assert len(cells(WRITTEN)) == 3
    assert refused(b"a\n1\n2\n3\n", "x.csv") == "too-large"
    monkeypatch.setattr(spreadsheets, "FILE_BYTES", 10)
    assert refused(b"a" * 11, "x.csv") == "too-big"


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"", "x.xlsx", "empty"),
        (b"\xd0\xcf\x11\xe0 old", "x.bin", "xls"),
        (b"PK\x03\x04 cut", "x.xlsx", "broken"),
        (WRITTEN[:-200], "x.xlsx", "broken"),
        (b"a\x00\xff\xfe\x80b", "x.csv", "broken"),
        (b"\xff\xfe\x00", "x.csv", "broken"),
    ],
)
def test_what_cannot_be_read_says_why(data, name, why):
    assert refused(data, name) == why


@pytest.mark.parametrize("place", [b"A199999999999", b"A0", b"a1", b"A1_0", b"1A", b""])
def test_a_cell_whose_place_is_in_another_form_is_refused(place):
    moved = rewritten(WRITTEN, sheet1=lambda part: part.replace(b'r="A1"', b'r="%s"' % place))
    assert refused(moved) == "broken"


@pytest.mark.parametrize("place", [b"1e9", b"1_000_000", b" 9", b"0", b"99999999", b""])
def test_a_row_whose_place_is_in_another_form_is_refused(place):
    moved = rewritten(
        WRITTEN, sheet1=lambda part: part.replace(b'<row r="1"', b'<row r="%s"' % place)
    )
    assert refused(moved) == "broken"
