"""Pages of reports: an official sees one region, in aggregates; papers and files say the same."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pypdfium2
import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from shop import clock, periods, regions
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.figures import Scope
from shop.reports import consents, jobs, nights, officials, sheets
from shop.reports.models import Sheet
from tests import make_reports
from tests.shop.reports.conftest import PHU_LUONG, TAN_CUONG

pytestmark = pytest.mark.usefixtures("november")
HOME = "/so-lieu"
BRIEF = f"{HOME}/vung/19/2026-10"
MONTHS = ("2026-09", "2026-10")
DAI_PHUC = "05488"


def sales(commune=TAN_CUONG, many=6, vnd=100_000):
    found = [make_reports.seller(commune) for _seller in range(many)]
    for seller in found:
        make_reports.product(seller)
        make_reports.order(seller, vnd=vnd)
    db.session.commit()
    return found


def printed(person):
    """The words of each page of the brief on paper."""
    pages = pypdfium2.PdfDocument(person.get(f"{BRIEF}/tom-tat.pdf").data)
    return [page.get_textpage().get_text_range() for page in pages]


def test_an_official_with_one_region_is_led_to_the_last_month_that_is_over(official):
    sales()
    answer = official(TAN_CUONG).get(HOME)
    assert (answer.status_code, answer.location) == (303, f"{HOME}/vung/{TAN_CUONG}/2026-10")


def test_where_nothing_happened_in_it_to_the_month_that_runs(official):
    make_reports.order(make_reports.seller(), at=clock.now())
    db.session.commit()
    person = official(TAN_CUONG)
    answer = person.get(HOME)
    assert (answer.status_code, answer.location) == (303, f"{HOME}/vung/{TAN_CUONG}/2026-11")
    assert person.get(f"{HOME}/vung/{TAN_CUONG}").location == answer.location
    assert "Tháng 11 năm 2026 (chưa hết kỳ)" in person.get(answer.location).text


def test_a_brief_stands_beside_the_period_before(official):
    sales()
    for seller in sales(many=7):
        make_reports.order(seller, at=make_reports.OCTOBER.replace(month=9))
    db.session.commit()
    page = official("19").get(BRIEF).text
    assert "13 giao dịch" in page
    assert "kỳ trước: 7 giao dịch" in page
    assert f'href="{HOME}/vung/19/2026-09" rel="prev"' in page
    assert f'href="{HOME}/vung/19/2026-11" rel="next"' in page
    assert 'rel="next"' not in official("19").get(f"{HOME}/vung/19/2026-11").text


def test_a_brief_tells_the_figures_of_the_region(official):
    sales()
    page = official("19").get(BRIEF)
    assert page.status_code == 200
    assert "600.000" in page.text
    assert "Tỉnh Thái Nguyên" in page.text


@pytest.mark.parametrize(
    "path",
    [
        "vung/38/2026-10",
        "vung/19/2026-10",
        "vung/05503/2026-10/orders.value",
        "vung/05503/2026-10/tom-tat.pdf",
        "vung/05503/2026-10/so-lieu.xlsx",
        "vung/05503/qua-cac-ky",
        "vung/05503?ky=2026-10",
    ],
)
def test_another_region_is_not_found(official, path):
    assert official(PHU_LUONG).get(f"{HOME}/{path}").status_code == 404


def test_who_is_moved_keeps_nothing_of_the_old_region_in_an_open_session(official):
    person = official(TAN_CUONG)
    old, new = f"{HOME}/vung/{TAN_CUONG}/2026-10", f"{HOME}/vung/{PHU_LUONG}/2026-10"
    assert (person.get(old).status_code, person.get(new).status_code) == (200, 404)
    officials.move(person.user, PHU_LUONG, clock.today())
    db.session.commit()
    assert (person.get(old).status_code, person.get(new).status_code) == (404, 200)


def test_a_term_that_is_over_opens_nothing(official):
    person = official(TAN_CUONG, valid_until=clock.today() - timedelta(1))
    assert person.get(HOME).status_code == 404
    assert person.get(f"{HOME}/vung/{TAN_CUONG}/2026-10").status_code == 404


def test_a_cooperative_reads_no_region(cast):
    assert cast.ours.get(HOME).status_code == 404
    assert cast.ours.get(BRIEF).status_code == 404


def test_an_official_changes_nothing_and_manages_nobody(official):
    person = official("19")
    sales()
    asked = {path: person.get(f"{HOME}/{path}").status_code for path in ("can-bo", "bao-cao")}
    assert asked == {"can-bo": 404, "bao-cao": 404}
    assert person.post(f"{HOME}/ban-chot/vung/19/2026-10").status_code == 404
    assert db.session.scalar(select(func.count()).select_from(Sheet)) == 0


def test_a_small_number_is_on_no_page_and_in_no_file(official):
    for seller in sales(many=3, vnd=123_000):
        seller.name = "HTX Bí Mật"
    db.session.commit()
    person = official("19")
    page = person.get(BRIEF).text + person.get(f"{BRIEF}/orders.value").text
    page += person.get(f"{HOME}/vung/19/qua-cac-ky?ky=2026-10").text
    book = load_workbook(BytesIO(person.get(f"{BRIEF}/so-lieu.xlsx").data))
    page += str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()])
    page += " ".join(printed(person))
    assert "369" not in page.replace(".", "").replace("\u200b", "")
    assert page.count("dưới 5 đơn vị") >= 4
    assert "HTX Bí Mật" not in person.get(f"{BRIEF}/orders.selling_sellers").text


def test_the_rows_behind_are_those_of_sellers_who_agree(official):
    one, other = sales(many=2)
    consents.give(SYSTEM, one.id, one.name)
    db.session.commit()
    page = official("19").get(f"{BRIEF}/orders.selling_sellers").text
    assert (one.name in page, other.name in page) == (True, False)


def test_an_administrator_opens_every_row(cast):
    found = sales(many=2)
    page = cast.administrator.get(f"{BRIEF}/orders.selling_sellers").text
    assert [f'/{seller.ref}"' in page for seller in found] == [True, True]


def test_a_figure_says_how_it_is_reckoned(official):
    sales()
    page = official("19").get(f"{BRIEF}/orders.selling_share").text
    assert "người bán có hàng đăng trong kỳ" in page
    assert "100,0 %" in page
    assert "6 trên 6" in page


def test_a_figure_without_denominator_says_why(official):
    page = official("19").get(f"{BRIEF}/channels.coverage").text
    assert "không tính được" in page
    assert "Vùng không có sản phẩm OCOP nào còn chứng nhận vào ngày cuối kỳ." in page


@pytest.mark.parametrize(
    ("word", "said"),
    [("2026-11-03", "trọn tháng"), ("2027-01", "chưa bắt đầu"), ("", "trọn tháng")],
)
def test_an_odd_period_is_refused_in_words(official, word, said):
    answer = official("19").get(f"{HOME}/vung/19?ky={word}")
    assert answer.status_code == 422
    assert said in answer.text


def test_a_figure_shows_its_months_with_those_that_cannot_be_reckoned(official):
    for month in (8, 10):
        at = make_reports.OCTOBER.replace(month=month)
        for _seller in range(6):
            make_reports.order(make_reports.seller(), at=at)
        make_reports.order(make_reports.seller(), at=at, pay_by="cod", state="cod_confirmed")
    db.session.commit()
    page = official("19").get(f"{BRIEF}/orders.digital_share").text
    bars = re.findall(
        r'<rect class="(bar(?:-back)?)" x="\d+" y="(\d+)".*?<title>(.*?)</title>', page
    )
    assert bars[-3:] == [
        ("bar", "15", "Tháng 8 năm 2026: 85,7 %"),
        ("bar-back", "0", "Tháng 9 năm 2026: không tính được"),
        ("bar", "15", "Tháng 10 năm 2026: 85,7 %"),
    ]
    assert "Trong kỳ không có đơn nào biết khách trả bằng gì." in page


def test_a_hidden_month_has_no_bar_of_its_own_height(official):
    sales(many=3)
    page = official("19").get(f"{BRIEF}/orders.value").text
    assert "<title>Tháng 10 năm 2026: dưới 5 đơn vị, không nêu</title>" in page
    assert "300.000" not in page


def test_periods_that_overlap_are_refused_in_words(official):
    page = official("19").get(f"{HOME}/vung/19/qua-cac-ky?ky=2026-10&ky=2026-Q4").text
    assert "chồng lên nhau" in page


def test_an_old_district_says_what_it_became(official):
    page = official("cu-171").get(f"{HOME}/vung/cu-171/2026-10").text
    assert "Xã Đại Phúc" in page
    assert "Từ 1/7/2025 không còn cấp huyện" in page


def test_the_paper_is_one_page_and_the_spreadsheet_has_the_formulas(official):
    sales()
    person = official("19")
    (paper,) = printed(person)
    assert "Giá trị giao dịch" in paper
    book = load_workbook(BytesIO(person.get(f"{BRIEF}/so-lieu.xlsx").data))
    assert book.sheetnames == ["Số liệu", "Theo xã", "Theo phần", "Về bảng này"]
    rows = {row[1].value: row for row in book["Số liệu"].iter_rows(min_row=2)}
    assert rows["Giá trị giao dịch"][3].value == 600_000
    assert rows["Giao dịch trả không dùng tiền mặt"][6].value == (
        "đơn trả không dùng tiền mặt ÷ đơn biết cách trả × 100"
    )


def test_an_administrator_freezes_and_reckons_again(cast, official):
    seller = sales()[0]
    answer = cast.administrator.post(f"{HOME}/ban-chot/vung/19/2026-10")
    assert answer.status_code == 303
    person = official("19")
    assert "600.000" in person.get(answer.location).text
    assert "ra đúng các số đã chốt" in person.get(f"{answer.location}/tinh-lai").text
    make_reports.order(seller)
    assert "Dữ liệu đến muộn" in person.get(f"{answer.location}/tinh-lai").text
    assert "700.000" in cast.administrator.get(f"{answer.location}/tinh-lai").text
    assert official("38").get(answer.location).status_code == 404


def test_a_month_that_runs_is_not_frozen(cast):
    answer = cast.administrator.post(f"{HOME}/ban-chot/vung/19/2026-11")
    assert "chưa hết, chưa chốt số được" in cast.administrator.get(answer.location).text
    assert db.session.scalar(select(func.count()).select_from(Sheet)) == 0


def test_the_brief_asks_as_often_for_many_sellers_as_for_few(cast, query_count):
    person, asked = cast.administrator, []
    for many in (1, 9):
        sales(many=many)
        with query_count() as queries:
            assert person.get(BRIEF).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_an_officials_brief_asks_as_often_for_many_sellers_as_for_few(official, query_count):
    asked = []
    for commune, many in ((TAN_CUONG, 7), (PHU_LUONG, 40)):
        sales(commune, many)
        nights.keep([Scope(regions.get(commune), periods.read(word)) for word in MONTHS])
        db.session.commit()
        person = official(commune)
        with query_count() as queries:
            page = person.get(f"{HOME}/vung/{commune}/2026-10").text
        assert f"{many} giao dịch" in page
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_the_rows_of_a_figure_ask_as_often_for_many_as_for_few(cast, query_count):
    asked = []
    for many in (1, 9):
        sales(many=many)
        with query_count() as queries:
            assert cast.administrator.get(f"{BRIEF}/orders.transactions").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_an_administrator_finds_a_region_by_today_and_by_old_names(cast):
    page = cast.administrator.get(f"{HOME}?q=huyện Đại Từ, tỉnh Thái Nguyên").text
    assert f'{HOME}/vung/cu-171"' in page
    assert f'{HOME}/vung/05503"' in cast.administrator.get(f"{HOME}?q=tan cuong").text


# Period → its revenue once 45.925.926 came late in September and as much in October.
LATE = {"2026-10": "46.525.926", "2026-09": "45.925.926", "2026-9T": "45.925.926"}
LATE |= {"2026": "92.451.852"}


def test_a_number_does_not_move_with_each_sale_that_an_official_waits_for(official):
    sellers = sales()
    person = official("19")
    told = {}
    for period, value in LATE.items():
        page = f"{HOME}/vung/19/{period}"
        beside = f"{HOME}/vung/19/qua-cac-ky?ky={period}"
        told |= dict.fromkeys((page, f"{page}/orders.value", beside), value)
    for address in told:
        assert person.get(address).status_code == 200
    for seller in sellers:
        for month in (9, 10):
            at = make_reports.OCTOBER.replace(month=month)
            make_reports.order(seller, vnd=7_654_321, at=at)
    db.session.commit()
    assert [a for a, value in told.items() if value in person.get(a).text] == []
    with clock.at(clock.now() + timedelta(days=1)):
        jobs.refresh()
        assert [a for a, value in told.items() if value not in person.get(a).text] == []


def test_a_month_beside_the_one_asked_for_does_not_move_with_each_sale_either(official):
    """The bar of a month that the night passes over, and the number of the period before."""
    sellers = sales()
    person = official("19")
    addresses = (f"{BRIEF}/orders.value", BRIEF)
    for address in addresses:
        assert person.get(address).status_code == 200
    for seller in sellers:
        make_reports.order(seller, vnd=7_654_321, at=make_reports.OCTOBER.replace(month=9))
    db.session.commit()
    assert ["45.925.926" in person.get(address).text for address in addresses] == [False] * 2


def test_reckoning_again_tells_an_official_that_a_number_changed_and_not_to_what(official):
    sellers = sales()
    frozen = sheets.freeze(SYSTEM, make_reports.scope())
    for seller in sellers:
        make_reports.order(seller, vnd=7_654_321)
    db.session.commit()
    page = official("19").get(f"{HOME}/ban-chot/{frozen.ref}/tinh-lai").text
    assert "600.000" in page
    assert "đã đổi" in page
    assert "46.525.926" not in page


def test_who_takes_the_consent_back_is_on_no_sheet_any_more_not_even_a_frozen_one(official):
    (seller,) = sales(many=1)
    consents.give(SYSTEM, seller.id, seller.name)
    frozen = sheets.freeze(SYSTEM, make_reports.scope())
    db.session.commit()
    person = official("19")
    pages = (BRIEF, f"{BRIEF}/orders.value", f"{HOME}/ban-chot/{frozen.ref}")
    pages += (f"{HOME}/ban-chot/{frozen.ref}/tinh-lai",)
    assert ["100.000" in person.get(page).text for page in pages] == [True] * 4
    with clock.at(clock.now() + timedelta(minutes=1)):
        consents.end(SYSTEM, seller.id, seller.name)
        db.session.commit()
        assert ["100.000" in person.get(page).text for page in pages] == [False] * 4


def test_what_stands_beside_another_month_hides_at_once_too(official):
    (seller,) = sales(TAN_CUONG, many=1)
    consents.give(SYSTEM, seller.id, seller.name)
    person = official(TAN_CUONG)
    home = f"{HOME}/vung/{TAN_CUONG}"
    db.session.commit()
    jobs.refresh()
    beside = (f"{home}/2026-11/orders.value", f"{home}/2026-11")
    assert ["100.000" in person.get(page).text for page in beside] == [True] * 2
    with clock.at(clock.now() + timedelta(minutes=1)):
        consents.end(SYSTEM, seller.id, seller.name)
        db.session.commit()
        assert ["100.000" in person.get(page).text for page in beside] == [False] * 2


def test_an_old_district_is_compared_across_the_mergers_as_the_same_communes(official):
    """Huyện Phú Lương: its sales of early 2025 and of late 2025 are those of the same places."""
    person = official("cu-168")
    for at, many in ((datetime(2025, 3, 5, tzinfo=UTC), 6), (datetime(2025, 9, 5, tzinfo=UTC), 8)):
        for _seller in range(many):
            make_reports.order(make_reports.seller(PHU_LUONG), at=at)
    for _seller in range(7):  # elsewhere
        make_reports.order(make_reports.seller(TAN_CUONG), at=datetime(2025, 3, 5, tzinfo=UTC))
    db.session.commit()
    for word in ("2025-03", "2025-09"):
        person.get(f"{HOME}/vung/cu-168/{word}")
    page = person.get(f"{HOME}/vung/cu-168/qua-cac-ky?ky=2025-03&ky=2025-09").text
    row = page[page.index("Giao dịch<") :].split("</tr>")[0]
    assert re.findall(r"(\d+) giao dịch", row) == ["6", "8"]
    assert "Từ 1/7/2025 không còn cấp huyện" in page


def test_communes_that_were_split_are_named_on_the_page(official):
    page = official("cu-164").get(f"{HOME}/vung/cu-164/qua-cac-ky").text
    said = page[page.index("Xã, phường cũ bị chia cho nhiều nơi") :]
    assert "Phường Gia Sàng" in said.split("</p>")[0]


def test_communes_are_ranked_by_bars_on_the_page_and_on_paper(official):
    sales(TAN_CUONG, many=9)
    sales(PHU_LUONG, many=6)
    person = official("19")
    page = person.get(BRIEF).text
    drawn = page[page.index(" theo xã, phường") :]
    assert "<svg" in drawn[:900]
    assert drawn.index("Xã Tân Cương") < drawn.index("Xã Phú Lương")
    paper = " ".join(printed(person))
    assert paper.index("Xã Tân Cương") < paper.index("Xã Phú Lương")


def test_old_periods_stand_beside_others_once_somebody_opened_them(official):
    sales()
    person = official("19")
    page = f"{HOME}/vung/19/qua-cac-ky?ky=2023&ky=2024&ky=2026-10"
    lacking = person.get(page).text
    assert f"{HOME}/vung/19/2023" in lacking
    assert db.session.scalar(select(func.count(Sheet.id)).where(Sheet.period == "2023")) == 0
    person.get(f"{HOME}/vung/19/2023")
    later = person.get(page).text
    assert f'"{HOME}/vung/19/2023"' not in later
    assert f'"{HOME}/vung/19/2024"' in later


def test_who_sees_all_has_old_periods_beside_others_at_once(cast):
    page = cast.administrator.get(f"{HOME}/vung/19/qua-cac-ky?ky=2023&ky=2026-10").text
    assert "Kỳ cũ chưa tính sẵn" not in page
    assert "Năm 2023" in page[page.index("<table") :]


def test_a_hidden_number_has_no_bar_and_its_places_are_named_once(official):
    sales(TAN_CUONG)
    sales(PHU_LUONG, many=3)
    sales(DAI_PHUC, many=5)
    page = official("19").get(f"{BRIEF}/orders.value").text
    bars = page[page.index("Theo xã, phường") : page.index("Không nêu số của 2 nơi")]
    assert "Xã Tân Cương" in bars
    assert "Xã Phú Lương" not in bars
    assert "Xã Phú Lương" in page


def test_the_figures_of_a_group_stand_in_the_order_of_their_room(official):
    sales()
    page = official("19").get(BRIEF).text
    names = ["catalogue.ocop_products", "certificates.in_force", "certificates.lost"]
    places = [page.index(f"/{name}") for name in names]
    assert places == sorted(places)


def test_the_brief_leads_to_the_public_page_to_embed_it_and_to_open_data(official):
    page = official(TAN_CUONG).get(f"{HOME}/vung/{TAN_CUONG}/2026-10").text
    assert 'href="/vung/thai-nguyen/tan-cuong"' in page
    assert 'href="/vung-nhung/thai-nguyen/tan-cuong/dung"' in page
    assert f'href="/du-lieu-mo/{TAN_CUONG}/2026-10.csv"' in page
    assert official("cu-171").get(f"{HOME}/vung/cu-171/2026-10").status_code == 200


def test_a_reason_too_long_for_its_line_stands_below_on_paper(official):
    text, *more = printed(official("19"))
    assert more == []
    assert "Vùng không có sản phẩm OCOP nào còn chứng nhận vào ngày cuối kỳ" in text
    assert "…" not in text
