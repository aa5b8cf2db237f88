import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text

from shop import clock
from shop.database import db
from shop.outbox import Task
from tests import make_traceability
from traceability import evidence, exports, record_jobs, record_views, seals, verifying
from traceability.models import TreeHead

DAY = date(2026, 11, 23)


@pytest.fixture
def event(database):
    return make_traceability.event(make_traceability.published())


def test_every_head_is_public_newest_first_and_checks_with_the_public_key(cast, event):
    first, second = seals.seal(DAY), seals.seal(date(2026, 11, 24))
    db.session.commit()
    page = cast.visitor.get("/nhat-ky").text
    assert page.index(second.root) < page.index(first.root)
    key = cast.visitor.get("/nhat-ky/khoa").text.strip()
    told = cast.visitor.get("/nhat-ky/2026-11-23.json").json
    assert evidence.signed_by(key, told["signature"], told["head"].encode())
    assert json.loads(told["head"])["root"] == first.root
    assert [
        cast.visitor.get(f"/nhat-ky/{day}.json").status_code for day in ("2026-01-01", "x")
    ] == [
        404,
        404,
    ]


def test_the_public_export_verifies_and_names_nobody(cast, event):
    seals.seal(DAY)
    make_traceability.event()
    db.session.commit()
    answer = cast.visitor.get("/nhat-ky/xuat.ndjson")
    lines = answer.text.splitlines()
    report = verifying.check(lines, cast.visitor.get("/nhat-ky/khoa").text)
    assert (report.fault, report.events, report.heads, report.unsealed) == (None, 2, 1, 1)
    said = [json.loads(line) for line in lines if '"event"' in line]
    assert [(each["salt"], each["who"], each["note"]) for each in said] == [(None, None, None)] * 2
    assert "Hệ thống" not in answer.text
    assert any("Hệ thống" in line for line in exports.lines())


def test_the_export_is_limited(cast, event, monkeypatch):
    monkeypatch.setattr(record_views, "EXPORT_RATE", "2/hour")
    statuses = [cast.visitor.get("/nhat-ky/xuat.ndjson").status_code for _turn in "abc"]
    assert statuses == [200, 200, 429]


def climbed(told):
    leaf = evidence.leaf(told["event"].encode())
    path = [bytes.fromhex(each) for each in told["proof"]["path"]]
    return evidence.climb(leaf, told["proof"]["leaf"], told["proof"]["size"], path).hex()


def test_an_outsider_checks_an_event_with_its_page_and_the_head_alone(cast, event):
    for _turn in range(4):
        make_traceability.event()
    seals.seal(DAY)
    db.session.commit()
    told = cast.visitor.get(f"/nhat-ky/viec/{event.ref}.json").json
    same = cast.visitor.get(f"/nhat-ky/viec/{event.ref}", headers={"Accept": "application/json"})
    head = json.loads(cast.visitor.get(told["proof"]["head"]).json["head"])
    assert told == same.json
    assert climbed(told) == head["root"] == told["proof"]["root"]
    page = cast.visitor.get(f"/nhat-ky/viec/{event.ref}").text
    for part in (told["hash"], head["root"], *told["proof"]["path"], told["key"]):
        assert part in page


def test_an_event_not_sealed_yet_says_so(cast, event):
    page = cast.visitor.get(f"/nhat-ky/viec/{event.ref}").text
    assert "chưa được niêm phong" in page
    assert "proof" not in cast.visitor.get(f"/nhat-ky/viec/{event.ref}.json").json


def test_an_event_of_lots_that_are_not_public_is_not_shown(cast):
    event = make_traceability.event()
    for path in (event.ref, f"{event.ref}.json", "khong-co"):
        assert cast.visitor.get(f"/nhat-ky/viec/{path}").status_code == 404


def test_the_job_seals_yesterday_once_and_not_today(event):
    with clock.at(datetime(2026, 11, 24, 17, 0, tzinfo=UTC)):  # midnight in Vietnam
        record_jobs.seal_day()
        record_jobs.seal_day()
    assert db.session.scalars(select(TreeHead.day)).all() == [date(2026, 11, 24)]


def mails():
    return [job for job in db.session.scalars(select(Task.job)) if job.endswith("deliver_mail")]


def test_the_record_is_checked_once_a_night_and_found_whole(cast, event, monkeypatch):
    runs = []
    whole = exports.check
    monkeypatch.setattr(exports, "check", lambda: runs.append(1) or whole())
    with clock.at(datetime(2026, 11, 24, 17, 30, tzinfo=UTC)):
        record_jobs.check_record()
    with clock.at(datetime(2026, 11, 24, 18, 30, tzinfo=UTC)):
        record_jobs.check_record()
        record_jobs.check_record()
    assert (len(runs), mails()) == (1, [])


def test_an_altered_record_is_told_to_the_administrators(cast, event):
    cast.administrator.user.email = "quan-tri@example.vn"
    db.session.commit()
    for statement in (
        "SET session_replication_role = replica",  # an intruder with every right
        "UPDATE trace_events SET kind = 'harvest'",
        "SET session_replication_role = origin",
    ):
        db.session.execute(text(statement))
    db.session.commit()
    with clock.at(datetime(2026, 11, 24, 20, tzinfo=UTC)):
        record_jobs.check_record()
    assert len(mails()) == 1
