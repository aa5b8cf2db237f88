import csv
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, text, tuples

from shop import clock
from shop.accounts import access
from shop.database import db
from tests import make, make_traceability
from traceability import charts, resolver, scan_jobs, scan_tallies, scans, verdicts
from traceability.digital_link import Identity
from traceability.stamp_models import Stamp

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
PAGE = "/ban-hang/luot-quet"


def stamp_of(seller, name="Chè tôm nõn"):
    lot = make_traceability.lot(make.product(seller, name=name))
    batch = make_traceability.printed(make_traceability.published(lot), count=1)
    row = db.session.query(Stamp).filter_by(batch_id=batch.id).one()
    row.state, row.changed_at = "active", NOON - timedelta(hours=36)
    db.session.commit()
    return row


@pytest.fixture
def scanned(cast, database):
    """Our stamp three times, two days, one area known; theirs once."""
    ours, theirs = stamp_of(cast.ours.seller), stamp_of(cast.theirs.seller, "Miến dong")
    for code, at, area in (
        (ours.code, NOON, "VN-19"),
        (ours.code, NOON, None),
        (ours.code, NOON - timedelta(days=1), "VN-19"),
        (theirs.code, NOON, "VN-04"),
    ):
        with clock.at(at), database.test_request_context():
            verdict = verdicts.judge(resolver.resolve(Identity(serial=code)))
            scans.push(database, scans.note(verdict, address="a", agent="b", area=area))
    scan_jobs.store_scans()
    return cast, ours


def of(database, person):
    with clock.at(NOON), database.test_request_context():
        return scan_tallies.of(access.of(person.user), *scan_tallies.since(7))


def test_a_seller_counts_its_own_scans_by_day_area_product_and_batch(scanned, database):
    cast, ours = scanned
    told = of(database, cast.ours)
    assert (told.scans, told.firsts) == (3, 1)
    assert told.days[-3:] == [("22/11", 0), ("23/11", 1), ("24/11", 2)]
    assert len(told.days) == 7
    assert told.areas == [("VN-19", 2), ("không rõ", 1)]
    assert told.products == [("Chè tôm nõn", 3)]
    assert told.batches == [(f"{ours.batch.lot.code} {ours.batch.ref}", 3)]
    assert told.findings == [("Tem thật, đã kích hoạt", 3)]
    assert told.lag_hours == 12


def test_the_first_scans_of_other_days_do_not_move_the_wait(scanned, database):
    with clock.at(NOON + timedelta(days=30)), database.test_request_context():
        later = scan_tallies.of(access.of(scanned[0].ours.user), *scan_tallies.since(7))
    assert later.lag_hours is None


def test_a_stamp_that_is_void_later_has_waited_all_the_same(scanned, database):
    cast, ours = scanned
    ours.state, ours.changed_at = "void", NOON + timedelta(days=1)
    db.session.commit()
    assert of(database, cast.ours).lag_hours == 12


def test_the_administrator_counts_all(scanned, database):
    assert of(database, scanned[0].administrator).scans == 4


def test_without_a_scan_nothing_is_made_up(cast, database):
    told = of(database, cast.ours)
    assert (told.scans, told.firsts, told.areas, told.lag_hours) == (0, 0, [], None)
    assert cast.ours.get(PAGE).status_code == 200


def test_the_page_draws_bars_that_can_be_read_aloud(scanned):
    with clock.at(NOON):
        page = scanned[0].ours.get(f"{PAGE}?ngay=7").text
    assert (
        "<desc>18/11: 0; 19/11: 0; 20/11: 0; 21/11: 0; 22/11: 0; 23/11: 1; 24/11: 2</desc>" in page
    )
    assert "<desc>VN-19: 2; không rõ: 1</desc>" in page
    assert "Miến dong" not in page


def test_the_counts_can_be_taken_away(scanned):
    with clock.at(NOON):
        answer = scanned[0].ours.get(f"{PAGE}/luot-quet.csv")
    rows = list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["Ngày", "2026-11-23", "2026-11-24", "2026-11-24"]
    assert sum(int(row[6]) for row in rows[1:]) == 3
    assert {row[1] for row in rows[1:]} == {"Chè tôm nõn"}


def test_a_suspicious_serial_is_listed_until_somebody_has_looked(scanned):
    cast, ours = scanned
    ours.suspect = "places"
    db.session.commit()
    assert ours.code in cast.ours.get(PAGE).text
    assert ours.code not in cast.theirs.get(PAGE).text
    clear = f"{PAGE}/da-xem/{ours.batch.ref}"
    assert cast.theirs.post(clear, {"serial": ours.code}).status_code == 404
    assert cast.ours.post(clear, {"serial": "000000000"}).status_code == 404
    assert cast.ours.post(clear, {"serial": ours.code}).status_code == 303
    assert f"/t/{ours.code}" not in cast.ours.get(PAGE).text


BARS = lists(tuples(text(max_size=40), integers(0, 10**9)), max_size=20)
UNFIT = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


@given(BARS)
def test_every_chart_is_well_formed_whatever_the_labels(bars):
    bars = [(label.translate(UNFIT), number) for label, number in bars]
    for chart in (charts.columns(bars, "<Tiêu đề>"), charts.rows(bars, "<Tiêu đề>")):
        root = ET.fromstring(str(chart))
        assert root.find("title").text == "<Tiêu đề>"
        assert len(root.findall("rect")) == len(bars)
        assert all(float(rect.get("width")) >= 0 for rect in root.findall("rect"))
