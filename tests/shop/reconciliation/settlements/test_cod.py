"""A carrier's session of cash on delivery; and with its small table, the traps of all tables."""

import unicodedata
from datetime import date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest

from shop.reconciliation.settlements import book, cod
from shop.reconciliation.settlements.protocol import SettlementLine

TONES = "\u0300\u0301\u0303\u0309\u0323"
HEADER = [
    *("STT", "Mã vận đơn", "Mã đơn hàng", "Ngày giao", "Tiền thu hộ (đ)"),
    *("Phí giao hàng", "Phí hoàn", "Trạng thái", "Tiền trả shop"),
]
DELIVERED = [1, "GHN7K2", "OCPW5T7RN", "16/06/2026", 185_000, 22_000, 0, "Đã giao", 163_000]
PREPAID = [2, "GHN7K3", "OCPG8N2PX", "16/06/2026", 0, "22.000", "", "Giao thành công", -22_000]
RETURNED = [3, "GHN7K4", "", "17/06/2026", "250.000", 22_000, 11_000, "Đã hoàn", "(33.000)"]
TOTAL = ["Tổng cộng", "", "", "", 185_000, 66_000, 11_000, "", 108_000]


def session(*rows, header=HEADER):
    return [
        ["CÔNG TY GIAO HÀNG ABC"],
        ["Mã phiên đối soát: DS-260617-01"],
        ["Kỳ đối soát: 16/06/2026 - 17/06/2026"],
        [],
        header,
        *rows,
    ]


def test_a_session_is_read_whole(xlsx, balances):
    rows = session(DELIVERED, PREPAID, RETURNED, TOTAL)
    read = balances(cod.read(xlsx({"Đối soát": rows}), "doi-soat.xlsx"))
    day = date(2026, 6, 16)
    assert read.lines == [
        SettlementLine(
            6, "GHN7K2", "OCPW5T7RN", "sale", day, 185_000, 22_000, 0, 0, 163_000, "Đã giao"
        ),
        SettlementLine(
            7, "GHN7K3", "OCPG8N2PX", "sale", day, 0, 22_000, 0, 0, -22_000, "Giao thành công"
        ),
        SettlementLine(
            8, "GHN7K4", "", "fee", date(2026, 6, 17), 0, 33_000, 0, 0, -33_000, "Đã hoàn"
        ),
    ]
    assert (read.net_vnd, read.payout_reference) == (108_000, "DS-260617-01")
    assert (read.period_from, read.period_to) == (date(2026, 6, 16), date(2026, 6, 17))
    assert read.warnings == []


def test_columns_are_known_by_name_wherever_they_stand(xlsx):
    def turned(row):
        return [*row][::-1]

    rows = session(turned(DELIVERED), header=turned(HEADER))
    assert cod.read(xlsx({"A": rows}), "x.xlsx").lines[0].net_vnd == 163_000


def test_names_are_folded(xlsx):
    shouted = [f"  {name.upper()}\n " for name in HEADER]
    assert cod.read(xlsx({"A": session(DELIVERED, header=shouted)}), "x.xlsx").net_vnd == 163_000


def test_freight_may_be_printed_as_taken_or_as_a_whole(xlsx, balances):
    minus = [1, "A1", "", "", 185_000, -22_000, -1_000, "Đã giao", 162_000]
    read = balances(cod.read(xlsx({"A": session(minus)}), "x.xlsx"))
    assert read.lines[0].fee_vnd == 23_000
    header = [*HEADER, "Tổng phí"]
    read = balances(cod.read(xlsx({"A": session([*DELIVERED, 22_000], header=header)}), "x.xlsx"))
    assert read.lines[0].fee_vnd == 22_000


def test_finished_is_not_sent_back(xlsx):
    finished = [*DELIVERED[:7], "Hoàn thành", 163_000]
    assert cod.read(xlsx({"A": session(finished)}), "x.xlsx").lines[0].kind == "sale"


def test_money_for_a_parcel_sent_back_is_refused(xlsx, refused):
    row = [1, "A1", "", "", 250_000, 22_000, 0, "Đã hoàn", 228_000]
    why, number, message = refused("cod", xlsx({"COD": session(row)}))
    assert (why, number) == ("unbalanced", 6)
    assert message == (
        "Trang “COD”, dòng 6: 0 - phí 22.000 - thuế 0 + điều chỉnh 0 = -22.000, "
        "nhưng tệp ghi thực nhận 228.000. Xin hỏi lại đối tác."
    )


@pytest.mark.parametrize(
    ("place", "cell", "why", "said"),
    [
        (7, "Đang giao", "state", "“Đang giao”"),
        (7, "", "state", "Đã giao"),
        (1, "", "no-reference", "“Mã vận đơn”"),
        (1, 584_123_456_789_012_345, "rounded", "“Mã vận đơn”"),
        (1, 584_123.5, "rounded", "“Mã vận đơn”"),
        (1, "5,84E+17", "rounded", "“Mã vận đơn”"),
        (1, datetime(2026, 6, 1), "rounded", "“Mã vận đơn”"),
        (4, 185_000.5, "bad-amount", "“185000.5” ở cột “Tiền thu hộ (đ)”"),
        (4, "1e999999999", "bad-amount", "1e999999999"),
        (4, "16/06/2026", "bad-amount", "16/06/2026"),
        (4, "", "no-amount", "“Tiền thu hộ (đ)”"),
        (8, "#N/A", "no-amount", "“Tiền trả shop”"),
        (8, "-", "no-amount", "“Tiền trả shop”"),
        (8, 163_001, "unbalanced", "163.001"),
        (3, "31/02/2026", "bad-day", "“31/02/2026”"),
        (3, "1e9", "bad-day", "“1e9”"),
    ],
)
def test_a_row_that_cannot_be_trusted_refuses_the_file(xlsx, refused, place, cell, why, said):
    row = [*DELIVERED]
    row[place] = cell
    found, number, message = refused("cod", xlsx({"COD": session(PREPAID, row)}))
    assert (found, number) == (why, 7)
    assert message.startswith("Trang “COD”, dòng 7: ")
    assert said in message


def test_a_number_that_kept_its_digits_is_a_waybill(xlsx):
    row = [1, 800_123_456_789, *DELIVERED[2:]]
    assert cod.read(xlsx({"A": session(row)}), "x.xlsx").lines[0].reference == "800123456789"


def test_a_wrong_total_refuses_the_file(xlsx, refused):
    why, number, message = refused("cod", xlsx({"COD": session(DELIVERED, RETURNED, TOTAL)}))
    assert (why, number) == ("total", 8)
    assert message == (
        "Trang “COD”, dòng 8: tổng in trong tệp là 108.000 nhưng các dòng cộng lại là 130.000. "
        "Tệp thiếu hoặc thừa dòng, xin tải lại."
    )


def test_a_total_may_stand_above_its_lines_and_bear_the_name_in_any_column(xlsx, balances):
    above = ["", "Tổng số tiền", "", "", "", "", "", "", 163_000]
    rows = session(above, DELIVERED)
    assert balances(cod.read(xlsx({"A": rows}), "x.xlsx")).net_vnd == 163_000


def test_a_shop_called_total_is_a_line(xlsx, balances):
    header = ["Cửa hàng", *HEADER]
    rows = session(["Tổng kho Lạng Sơn", *DELIVERED], header=header)
    assert len(balances(cod.read(xlsx({"A": rows}), "x.xlsx")).lines) == 1


def test_notes_repeated_headers_and_blanks_are_no_lines(xlsx, balances):
    signed = ["", "", "Người lập biểu", "", "", "", "", "Kế toán trưởng"]
    rows = session(DELIVERED, [], ["", "-", "–"], HEADER, PREPAID, ["Số liệu đến 24h"], signed)
    read = balances(cod.read(xlsx({"A": rows}), "x.xlsx"))
    assert [line.row for line in read.lines] == [6, 10]
    assert read.warnings == [
        "Các dòng ghi chú, không tính: “11: Số liệu đến 24h”, “12: Người lập biểu”."
    ]


def test_a_column_nobody_knows_is_told(xlsx):
    rows = session([*DELIVERED, 5_000], header=[*HEADER, "Phụ phí vùng xa"])
    read = cod.read(xlsx({"A": rows}), "x.xlsx")
    assert read.warnings == ["Các cột chưa biết, không dùng: “Phụ phí vùng xa”."]


def test_a_column_nobody_knows_is_told_where_a_row_does_not_balance(xlsx, refused):
    row = [*DELIVERED[:8], 158_000, 5_000]
    rows = session(row, header=[*HEADER, "Phụ phí vùng xa"])
    _why, _row, message = refused("cod", xlsx({"A": rows}))
    assert message.endswith("Có thể do cột mới chưa biết: “Phụ phí vùng xa”.")


def test_missing_columns_are_named_with_those_found(xlsx, refused):
    header = [*HEADER[:7], "Tình trạng", "Chuyển khoản"]
    sheets = {"Bìa": [["Kính gửi"]], "COD": session(DELIVERED, header=header)}
    why, _row, message = refused("cod", xlsx(sheets))
    assert why == "no-table"
    assert message == (
        "Trang “COD”: Không thấy bảng cần đọc: thiếu cột “Trạng thái”, “Tiền trả shop”; "
        "đã thấy: “Mã vận đơn”, “Tiền thu hộ”. "
        "Kiểm lại có đúng loại tệp, hoặc đổi tên cột cho khớp."
    )


def test_a_header_below_forty_rows_is_not_looked_for(xlsx, refused):
    rows = [["ghi chú"]] * 35 + session(DELIVERED)
    assert cod.read(xlsx({"A": rows}), "x.xlsx").lines[0].row == 41
    assert refused("cod", xlsx({"A": [["ghi chú"], *rows]}))[0] == "no-table"


def test_a_column_that_counts_is_there_once(xlsx, refused):
    rows = session([*DELIVERED, 1], header=[*HEADER, "tiền thu hộ"])
    why, _row, message = refused("cod", xlsx({"A": rows}))
    assert why == "two-columns"
    assert "“Tiền thu hộ (đ)”" in message


def test_a_table_may_go_on_on_another_sheet_but_not_on_a_hidden_one(xlsx, balances):
    sheets = {".Nháp": session(DELIVERED), "1": session(DELIVERED), "2": session(PREPAID)}
    read = balances(cod.read(xlsx(sheets), "x.xlsx"))
    assert [line.reference for line in read.lines] == ["GHN7K2", "GHN7K3"]


def test_a_waybill_told_twice_is_shown(xlsx):
    read = cod.read(xlsx({"A": session(DELIVERED, PREPAID, DELIVERED)}), "x.xlsx")
    assert read.warnings == ["Có mã nằm ở nhiều dòng, xin kiểm lại: “GHN7K2”."]


def test_a_table_without_lines_is_refused(xlsx, refused):
    assert refused("cod", xlsx({"A": session()}))[0] == "no-lines"
    assert refused("cod", xlsx({"A": []}))[0] == "no-table"


def test_without_a_printed_period_the_lines_tell_it(xlsx):
    rows = session(DELIVERED, RETURNED)[4:]
    read = cod.read(xlsx({"A": rows}), "x.xlsx")
    assert (read.period_from, read.period_to) == (date(2026, 6, 16), date(2026, 6, 17))
    assert read.payout_reference == ""


def test_a_period_may_stand_beside_its_words(xlsx):
    above = [["Từ ngày", datetime(2026, 6, 1)], ["Đến ngày:", "07/06/2026"], ["Mã phiên", 12345.0]]
    read = cod.read(xlsx({"A": above + session(DELIVERED)[4:]}), "x.xlsx")
    assert (read.period_from, read.period_to) == (date(2026, 6, 1), date(2026, 6, 7))
    assert read.payout_reference == "12345"


def test_a_sheet_that_reaches_far_is_read_the_same(xlsx, balances, refused):
    far = [[]] * 60_000 + [[""] * 60 + ["ghi chú ở xa"]]
    near, wide = session(DELIVERED, RETURNED), session(DELIVERED, RETURNED, *far)
    small = balances(cod.read(xlsx({".Nháp": near, "A": near}), "x.xlsx"))
    large = balances(cod.read(xlsx({".Nháp": near, "A": wide}), "x.xlsx"))
    assert large.lines == small.lines
    assert large.warnings == ["Các dòng ghi chú, không tính: “60008: ghi chú ở xa”."]
    wrong = [*DELIVERED[:8], "#N/A"]
    why, row, _message = refused("cod", xlsx({"A": session(wrong, *far)}))
    assert (why, row) == ("bad-amount", 6)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_is_read_with_notes_above_in_every_form(separated, balances, delimiter, encoding):
    # The note and the amounts have commas, which are not what parts the columns.
    rows = session([*DELIVERED[:4], "185,000", "22,000", "", "Đã giao", "163,000"], TOTAL)
    rows[-1][-1] = "163,000"
    rows[0] = ["Công ty, chi nhánh, phòng, ban, tổ, đội, nhóm, kho, bến"]
    read = balances(cod.read(separated(rows, delimiter, encoding), "x.csv"))
    assert (read.net_vnd, read.payout_reference) == (163_000, "DS-260617-01")
    assert read.lines[0].row == 6


def test_a_csv_in_the_old_code_page_is_read(separated):
    rows = [[toned(str(cell)) for cell in row] for row in (HEADER, DELIVERED)]
    assert cod.read(separated(rows, encoding="cp1258"), "x.csv").net_vnd == 163_000


def toned(words):
    """As code page 1258 has them: letters whole, tones behind them."""
    written = ""
    for letter in unicodedata.normalize("NFC", words):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(part for part in parts if part in TONES)
        written += unicodedata.normalize("NFC", parts.replace(tone, "")) + tone
    return written


def packed(**parts):
    out = BytesIO()
    with ZipFile(out, "w", 8) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"\xd0\xcf\x11\xe0old", "xls"),
        (b"\xef\xbb\xbf\n<html><table>", "html"),
        (b"PK\x03\x04 torn", "broken"),
        (packed(xl__workbook="<workbook/>"), "broken"),
        (b"\xff\xfe\x00", "broken"),
        (b'"' + b"a" * 200_000, "broken"),
        (b"," * 2_000, "too-large"),
        (b"x" * (book.FILE_BYTES + 1), "too-big"),
    ],
)
def test_what_is_no_table_is_refused(refused, data, why):
    assert refused("cod", data, "x.csv")[0] == why


def test_a_file_that_asks_for_too_much_is_refused(xlsx, refused):
    def changed(old, new):
        out = BytesIO()
        with ZipFile(BytesIO(xlsx({"A": session(DELIVERED)}))) as was, ZipFile(out, "w", 8) as now:
            for name in was.namelist():
                part = was.read(name)
                now.writestr(name, part.replace(old, new) if "sheet1" in name else part)
        return out.getvalue()

    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    assert refused("cod", changed(b"</sheetData>", far))[0] == "too-large"
    bomb = b"</worksheet>" + b" " * (book.UNPACKED_BYTES + 1)
    assert refused("cod", changed(b"</worksheet>", bomb))[0] == "too-large"
    entities = b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'
    assert refused("cod", changed(b"<worksheet", entities))[0] == "broken"
