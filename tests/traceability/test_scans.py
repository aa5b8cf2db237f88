import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shop import broker, clock
from shop.database import db, transaction
from tests import make_traceability
from traceability import resolver, scan_jobs, scans, verdicts
from traceability.digital_link import Identity
from traceability.scans import STORING, WAITING
from traceability.stamp_models import Scan, ScanDay, Stamp, StampState

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.fixture
def stamp(database):
    return make_traceability.stamp()


def scan(app, code, *, address="203.0.113.9", area=None, at=NOON):
    with clock.at(at), app.test_request_context():
        verdict = verdicts.judge(resolver.resolve(Identity(serial=code)))
        scans.push(app, scans.note(verdict, address=address, agent="Firefox", area=area))


def seen(cast, code, **more):
    """A whole visit: the server closes an answer when it is sent."""
    with cast.visitor.get(f"/t/{code}", **more) as answer:
        return answer.text


def waiting(name=WAITING):
    return broker.connection().llen(name)


def kept():
    return db.session.query(Scan).order_by(Scan.id).all()


def test_a_scan_goes_from_the_page_to_the_list_to_the_tables(cast, stamp):
    assert "lần quét đầu tiên" in seen(cast, stamp.code)
    assert (waiting(), stamp.scans) == (1, 0)
    scan_jobs.store_scans()
    db.session.expire_all()
    (row,) = kept()
    assert (row.stamp_id, row.lot_id, row.finding) == (stamp.id, stamp.batch.lot_id, "genuine")
    assert (stamp.scans, stamp.first_scan_at) == (1, row.at)
    assert (waiting(), waiting(STORING)) == (0, 0)
    assert "đến nay 1 lần" in cast.visitor.get(f"/t/{stamp.code}").text


def test_nothing_noted_leads_to_a_person(database, stamp):
    scan(database, stamp.code, address="203.0.113.9")
    raw = broker.connection().lindex(WAITING, 0).decode()
    assert "203.0.113.9" not in raw
    assert "Firefox" not in raw
    assert set(json.loads(raw)) == {
        *("id", "at", "finding", "stamp_id", "batch_id", "lot_id", "product_id", "area"),
        "visitor",
    }


def test_a_visitor_is_the_same_for_a_day_and_another_the_day_after(database, stamp):
    for at in (NOON, NOON + timedelta(hours=5), NOON + timedelta(days=1)):
        scan(database, stamp.code, at=at)
    scan(database, stamp.code, address="203.0.113.10", at=NOON + timedelta(days=1))
    one, same, next_day, other = [
        json.loads(raw)["visitor"] for raw in broker.connection().lrange(WAITING, 0, -1)
    ]
    assert one == same
    assert len({one, next_day, other}) == 3


def test_the_salt_of_a_day_is_thrown_away_when_the_day_is_over(database, stamp):
    database.extensions.pop("scans", None)  # the salt that this process holds
    with clock.at(clock.now()):
        scan(database, stamp.code, at=clock.now())
    key = f"scans:salt:{clock.today()}"
    left = (clock.day(clock.today())[1] - clock.now()).total_seconds()
    assert abs(broker.connection().ttl(key) - left) <= 2


@pytest.mark.parametrize(
    ("said", "area"),
    [("VN", "VN"), ("vn-sg", "VN-SG"), (None, None), ("", None), ("12 Lê Lợi", None), ("X", None)],
)
def test_an_area_is_a_short_code_or_nothing(database, stamp, said, area):
    scan(database, stamp.code, area=said)
    assert json.loads(broker.connection().lindex(WAITING, 0))["area"] == area


def test_the_area_is_believed_of_no_header_unless_the_operator_names_one(
    cast, database, stamp, monkeypatch
):
    seen(cast, stamp.code, headers={"CF-IPCountry": "VN"})
    named = replace(database.config["SETTINGS"], scan_area_header="CF-IPCountry")
    monkeypatch.setitem(database.config, "SETTINGS", named)
    seen(cast, stamp.code, headers={"CF-IPCountry": "VN"})
    raw = broker.connection().lrange(WAITING, 0, -1)
    assert [json.loads(each)["area"] for each in raw] == [None, "VN"]


def test_looking_ahead_and_asking_as_a_program_is_no_scan(cast, stamp):
    seen(cast, stamp.code, headers={"Accept": "application/ld+json"})
    seen(cast, f"{stamp.code}?linkType=all")
    cast.visitor.head(f"/t/{stamp.code}").close()
    cast.visitor.options(f"/t/{stamp.code}").close()
    assert waiting() == 0


def test_a_piece_is_stored_once_though_its_worker_died_after_the_commit(database, stamp):
    for _turn in range(3):
        scan(database, stamp.code)
    piece = scans.taken()
    with transaction():
        scans.store(piece)
    scan(database, stamp.code)  # comes while nobody stores
    scan_jobs.store_scans()
    assert len(kept()) == 4
    db.session.refresh(stamp)
    assert stamp.scans == 4
    assert sum(day.scans for day in db.session.query(ScanDay)) == 4


def test_two_who_end_the_same_piece_take_away_one(database, stamp, monkeypatch):
    monkeypatch.setattr(scans, "PIECE", 2)
    for _turn in range(4):
        scan(database, stamp.code)
    piece = scans.taken()
    scans.done(piece)
    scans.done(piece)
    assert waiting(STORING) == 2


def test_a_piece_that_fails_is_kept(database, stamp, monkeypatch):
    scan(database, stamp.code)
    monkeypatch.setattr(scans, "insert_many", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scan_jobs.store_scans()
    monkeypatch.undo()
    assert kept() == []
    scan_jobs.store_scans()
    assert len(kept()) == 1


def test_days_are_counted_by_area_and_finding_and_the_first_scan_apart(database, stamp):
    lot = stamp.batch.lot
    for area in ("VN-01", "VN-01", "VN-79"):
        scan(database, stamp.code, area=area)
    scan(database, stamp.code, at=NOON + timedelta(hours=13))  # after midnight in Vietnam
    scan_jobs.store_scans()
    days = {
        (day.on, day.area): (day.scans, day.firsts, day.finding, day.lot_id, day.batch_id)
        for day in db.session.query(ScanDay)
    }
    same = ("genuine", lot.id, stamp.batch_id)
    assert days == {
        (date(2026, 11, 24), "VN-01"): (2, 1, *same),
        (date(2026, 11, 24), "VN-79"): (1, 0, *same),
        (date(2026, 11, 25), None): (1, 0, *same),
    }


def test_an_unknown_code_is_kept_as_a_scan_of_nothing(database):
    scan(database, "00000000" + "0")
    scan_jobs.store_scans()
    (row,) = kept()
    assert (row.finding, row.stamp_id, row.product_id) == ("unknown", None, None)
    assert db.session.query(ScanDay).count() == 0


def test_scans_of_goods_that_are_gone_are_kept_without_them(database, stamp):
    scan(database, stamp.code)
    raw = json.loads(broker.connection().lpop(WAITING)) | {"stamp_id": 987_654_321}
    broker.connection().rpush(WAITING, json.dumps(raw))
    scan_jobs.store_scans()
    (row,) = kept()
    assert (row.stamp_id, row.lot_id) == (None, stamp.batch.lot_id)


@pytest.mark.parametrize(
    ("times", "word"),
    [
        ([{"area": f"VN-0{n}"} for n in range(3)], None),
        ([{"area": f"VN-0{n}"} for n in range(4)], "places"),
        ([{"area": "VN-01"}] * 4, None),
        ([{"address": f"203.0.113.{n}"} for n in range(11)], None),
        ([{"address": f"203.0.113.{n}"} for n in range(12)], "visitors"),
        ([{}] * 59, None),
        ([{}] * 60, "often"),
    ],
)
def test_too_many_places_visitors_or_scans_make_a_serial_suspicious(database, stamp, times, word):
    with clock.at(NOON):
        for one in times:
            scan(database, stamp.code, **one)
        scan_jobs.store_scans()
    db.session.refresh(stamp)
    assert stamp.suspect == word


def test_scans_spread_over_weeks_are_not_suspicious(database, stamp):
    for day in range(12):
        at = NOON + timedelta(days=day)
        scan(database, stamp.code, address=f"203.0.113.{day}", at=at)
        with clock.at(at):
            scan_jobs.store_scans()
    db.session.refresh(stamp)
    assert (stamp.suspect, stamp.scans) == (None, 12)


def test_scans_before_activation_say_nothing_of_copies(database):
    stamp = make_traceability.stamp(StampState.PRINTED)
    with clock.at(NOON):
        for _turn in range(60):
            scan(database, stamp.code)
        scan_jobs.store_scans()
    db.session.refresh(stamp)
    assert stamp.suspect is None


def test_a_copied_stamp_explains_itself_until_somebody_has_looked(cast, stamp):
    stamp.suspect = "visitors"
    page = cast.visitor.get(f"/t/{stamp.code}").text
    assert "Tem có dấu hiệu bị sao chép" in page
    assert "quá nhiều người khác nhau" in page
    stamp = db.session.get(Stamp, stamp.id)
    scans.clear(stamp)
    assert "Tem thật, đã kích hoạt" in cast.visitor.get(f"/t/{stamp.code}").text


def test_old_scans_are_deleted_and_the_days_stay(database, stamp):
    for age in (0, 90, 91, 200):
        scan(database, stamp.code, at=NOON - timedelta(days=age))
    scan_jobs.store_scans()
    with clock.at(NOON):
        scan_jobs.forget_scans()
    assert Counter(row.at for row in kept()) == {NOON: 1, NOON - timedelta(days=90): 1}
    assert db.session.query(ScanDay).count() == 4


def test_without_redis_nobody_waits_and_it_is_not_tried_again_at_once(database, stamp, monkeypatch):
    dead = broker.connect("redis://127.0.0.1:1/0")
    monkeypatch.setitem(database.extensions, "scan_buffer", dead)
    monkeypatch.delitem(database.extensions, "scans", raising=False)
    scan(database, stamp.code)
    monkeypatch.setattr(dead, "rpush", lambda *_: pytest.fail("tried again"))
    scan(database, stamp.code)
    monkeypatch.delitem(database.extensions, "scans", raising=False)


def test_more_than_fits_is_dropped_not_kept_for_ever(database, stamp, monkeypatch):
    monkeypatch.setattr(scans, "MOST_WAITING", 2)
    for _turn in range(4):
        scan(database, stamp.code)
    assert waiting() == 2
