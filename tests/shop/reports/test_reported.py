"""Numbers of others are taken in with their source, all or none, and never mixed with ours."""

import time
from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import func, select

from shop import regions, spreadsheets
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.reports import kpis, reported
from shop.reports.errors import BadFile
from shop.reports.models import Reported
from shop.reports.reported import HEADINGS, Taken
from shop.reports.reported_views import EXAMPLE
from tests import make_reports

pytestmark = pytest.mark.usefixtures("november")
PAGE = "/so-lieu/bao-cao"
ROW = {
    "Nguồn": "Báo Thái Nguyên",
    "Ngày nguồn": "2023-12",
    "Nơi": "huyện Phú Lương",
    "Vùng": "huyện Phú Lương, tỉnh Thái Nguyên",
    "Kỳ": "2023",
    "Chỉ số": "Ví điện tử",
    "Nguyên văn": "gần 11 nghìn",
    "Dấu": "gần",
    "Giá trị": "11000",
    "Đơn vị": "ví",
    "Ghi chú": "",
}


def file(*rows):
    return BytesIO(spreadsheets.write_csv(HEADINGS, [[row[h] for h in HEADINGS] for row in rows]))


def take(*rows):
    return reported.take(SYSTEM, file(*rows), "so-lieu.csv")


def count():
    return db.session.scalar(select(func.count()).select_from(Reported))


def test_the_example_with_what_the_press_told_is_taken_in_once():
    for expected in (Taken(36, 0), Taken(0, 36)):
        assert reported.take(SYSTEM, BytesIO(EXAMPLE.read_bytes()), EXAMPLE.name) == expected
    assert count() == 36


def test_a_number_keeps_its_source_its_words_and_its_place():
    assert take(ROW) == Taken(1, 0)
    row = db.session.scalars(select(Reported)).one()
    assert (row.source, row.said_on, row.place, row.area_code) == (
        *("Báo Thái Nguyên", "2023-12", "huyện Phú Lương"),
        "cu-168",
    )
    assert (row.as_printed, row.qualifier, row.value) == ("gần 11 nghìn", "almost", Decimal(11000))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"Nguồn": ""}, "thiếu “Nguồn”"),
        ({"Vùng": "Sao Hỏa"}, "không rõ vùng"),
        ({"Giá trị": "nhiều"}, "không phải là số"),
        ({"Dấu": "chừng"}, "dấu phải là"),
    ],
)
def test_one_wrong_row_and_nothing_is_taken_in(wrong, said):
    with pytest.raises(BadFile) as caught:
        take(ROW, ROW | {"Kỳ": "2024"} | wrong)
    assert any(said in fault and fault.startswith("Dòng 3") for fault in caught.value.faults)
    assert count() == 0


@pytest.mark.parametrize("name", ["Giao dịch", "orders.transactions"])
def test_a_total_that_we_reckon_is_not_typed(name):
    with pytest.raises(BadFile) as caught:
        take(ROW | {"Chỉ số": name})
    assert "tính từ dữ liệu, không nhập tay được" in caught.value.faults[0]
    assert count() == 0


@pytest.mark.parametrize("name", ["giao  dịch", "GIAO DICH", "Giao\u200b dịch", "Giao di\u0323ch"])
def test_another_spelling_of_a_total_that_we_reckon_is_not_typed_either(name):
    with pytest.raises(BadFile):
        take(ROW | {"Chỉ số": name})
    assert count() == 0


def test_a_total_that_we_reckon_is_not_typed_in_whatever_language_the_page_is(cast):
    cast.administrator.get("/ngon-ngu/en")
    for name in ("Giao dịch", str(kpis.get("orders.transactions").title)):
        sent = {"file": (file(ROW | {"Chỉ số": name}), "so-lieu.csv")}
        more = {"content_type": "multipart/form-data"}
        assert cast.administrator.post(PAGE, sent, **more).status_code == 422
    assert count() == 0


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("25.700", "25700"),
        ("1.250.000", "1250000"),
        ("1.250,5", "1250.5"),
        ("70,5", "70.5"),
        ("70.5", "70.5"),
        ("11 000", "11000"),
    ],
)
def test_a_number_is_read_as_people_write_it(typed, value):
    take(ROW | {"Giá trị": typed})
    assert db.session.scalar(select(Reported.value)) == Decimal(value)


@pytest.mark.parametrize("typed", ["NaN", "Infinity", "1e9", "-5", "٢٠", "1_000", "9" * 16, ",5"])
def test_what_is_no_plain_number_is_refused(typed):
    with pytest.raises(BadFile):
        take(ROW | {"Giá trị": typed})


def test_a_cell_that_no_page_could_show_is_refused_and_signs_that_hide_are_left_out():
    with pytest.raises(BadFile):
        take(ROW | {"Ghi chú": "x" * 301})
    rung = file(ROW | {"Ghi chú": "một#hai"}).getvalue().replace(b"#", b"\x07")
    with pytest.raises(BadFile):
        reported.take(SYSTEM, BytesIO(rung), "so-lieu.csv")
    assert count() == 0
    take(ROW | {"Ghi chú": "một \u202ehai"})
    assert db.session.scalar(select(Reported.note)) == "một hai"


def test_periods_that_overlap_are_refused_from_file_to_file_too():
    take(ROW | {"Kỳ": "9 tháng 2023"})
    with pytest.raises(BadFile) as caught:
        take(ROW)
    assert "kỳ 2023 và 9 tháng 2023 chồng lên nhau" in caught.value.faults[0]
    assert take(ROW | {"Kỳ": "9 tháng 2023"}) == Taken(0, 1)
    assert take(ROW | {"Kỳ": "quý 4/2023"}) == Taken(1, 0)


def test_twenty_thousand_rows_are_looked_at_in_seconds(query_count):
    rows = [ROW | {"Kỳ": f"kỳ {number}"} for number in range(19_999)]
    sent = file(*rows, rows[0])
    began = time.monotonic()
    with query_count() as queries, pytest.raises(BadFile):
        reported.take(SYSTEM, sent, "so-lieu.csv")
    assert time.monotonic() - began < 30
    assert len(queries) < 10


def test_periods_that_overlap_are_refused():
    with pytest.raises(BadFile) as caught:
        take(ROW, ROW | {"Kỳ": "9 tháng 2023"})
    assert "kỳ 2023 và 9 tháng 2023 chồng lên nhau" in caught.value.faults[0]
    assert count() == 0


def test_another_number_for_the_same_is_refused():
    take(ROW)
    with pytest.raises(BadFile) as caught:
        take(ROW | {"Giá trị": "12000"})
    assert "nguồn này đã báo gần 11 nghìn" in caught.value.faults[0]
    assert db.session.scalar(select(Reported.value)) == Decimal(11000)


def test_columns_that_are_missing_are_named():
    with pytest.raises(BadFile) as caught:
        reported.take(SYSTEM, BytesIO("Nguồn;Kỳ\na;b\n".encode()), "x.csv")
    assert "Thiếu cột: Ngày nguồn, Nơi" in caught.value.faults[0]


def test_a_province_shows_what_was_reported_of_its_old_districts():
    take(ROW)
    found = {code: len(reported.of_region(regions.get(code))) for code in ("19", "cu-168", "38")}
    assert found == {"19": 1, "cu-168": 1, "38": 0}


def test_what_was_reported_changes_no_figure_of_ours(official):
    before = kpis.every(make_reports.scope())
    take(ROW)
    assert kpis.every(make_reports.scope()) == before
    page = official("19").get("/so-lieu/vung/19/2026-10").text
    assert "báo cáo</span> Ví điện tử, huyện Phú Lương, 2023: <strong>gần 11 nghìn</strong>" in page


def test_the_page_takes_a_file_and_says_what_is_wrong(cast):
    def send(data):
        return cast.administrator.post(PAGE, {"file": (data, "so-lieu.csv")})

    assert "không rõ vùng" in send(file(ROW | {"Vùng": "Sao Hỏa"})).text
    assert count() == 0
    answer = send(file(ROW))
    assert answer.status_code == 303
    assert "Đã ghi 1 số, 0 số đã có từ trước." in cast.administrator.get(answer.location).text


AIM = ROW | {
    "Nguồn": "Kế hoạch 123/KH-UBND",
    "Nơi": "tỉnh Thái Nguyên",
    "Vùng": "tỉnh Thái Nguyên",
    "Chỉ số": "Chỉ tiêu: Chợ, tuyến phố theo mô hình không dùng tiền mặt",
    "Đơn vị": "%",
    "Dấu": "=",
}


def test_a_target_stands_beside_the_figure_it_was_set_for_the_nearest_period_first(official):
    year = AIM | {"Kỳ": "2026", "Nguyên văn": "100% chợ", "Giá trị": "100"}
    quarter = AIM | {"Kỳ": "quý 4/2026", "Nguyên văn": "80% chợ", "Giá trị": "80"}
    other = AIM | {"Kỳ": "2025", "Nguyên văn": "50% chợ", "Giá trị": "50"}
    take(year, other)
    take(quarter | {"Nguồn": "Kế hoạch quý"})
    db.session.commit()
    for period, said in (("2026-10", "80% chợ"), ("2026-09", "100% chợ")):
        for page in ("", "/markets.on_model"):
            assert (
                f"chỉ tiêu: {said}" in official("19").get(f"/so-lieu/vung/19/{period}{page}").text
            )
    assert "chỉ tiêu" not in official("05503").get("/so-lieu/vung/05503/2026-10").text.lower()


def test_a_target_for_a_figure_that_there_is_not_is_refused():
    with pytest.raises(BadFile) as refused:
        take(AIM | {"Chỉ số": "Chỉ tiêu: Chợ đẹp"})
    assert refused.value.faults == ["Dòng 2: không có số liệu nào tên “Chợ đẹp”."]
    assert count() == 0
