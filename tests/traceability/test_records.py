import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.outbox import Task
from tests import make, make_traceability
from traceability import (
    disclosure,
    epcis,
    events,
    evidence,
    exports,
    kinds,
    record_jobs,
    record_views,
    seals,
    statements,
    verifying,
)
from traceability.models import TreeHead

DAY = date(2026, 11, 23)


@pytest.fixture
def event(database):
    return make_traceability.event(make_traceability.shown())


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
    make_traceability.event(event.items[0].lot)
    db.session.commit()
    answer = cast.visitor.get("/nhat-ky/xuat.ndjson")
    lines = answer.text.splitlines()
    report = verifying.check(lines, cast.visitor.get("/nhat-ky/khoa").text)
    assert (report.fault, report.events, report.heads, report.unsealed) == (None, 3, 1, 1)
    said = [json.loads(line) for line in lines if '"event"' in line]
    nothing = {"salt": None, "who": None, "note": None, "trade": None}
    assert [{name: each[name] for name in nothing} for each in said] == [nothing] * 3
    assert "Hệ thống" not in answer.text
    assert any("Hệ thống" in line for line in exports.lines())


SHIPPED = {"to": "Siêu thị Sông Công", "paper": "PX-0417", "carrier": "20C-123.45"}


@pytest.fixture
def shipped(event):
    return make_traceability.event(event.items[0].lot, "shipping", SHIPPED)


def test_what_is_between_the_parties_of_a_trade_is_on_no_public_page(cast, event, shipped):
    seals.seal(DAY)
    db.session.commit()
    paths = ("viec/{}", "viec/{}.json", "xuat.ndjson")
    pages = [cast.visitor.get(f"/nhat-ky/{path.format(shipped.ref)}") for path in paths]
    assert [page.status_code for page in pages] == [200, 200, 200]
    for page in pages:
        assert not [text for text in SHIPPED.values() if text in page.text]
    committed = json.loads(pages[1].json["event"])["trade"]
    own = json.loads(next(line for line in exports.lines() if shipped.ref in line))
    assert own["trade"] == SHIPPED
    assert committed == {
        name: evidence.commitment(own["salt"], text) for name, text in SHIPPED.items()
    }
    assert cast.visitor.get(f"/lo/{event.items[0].lot.ref}").status_code == 200


def test_who_may_read_the_diary_still_reads_the_trade(cast):
    lot = make_traceability.lot(make.product(cast.ours.seller))
    row = make_traceability.event(lot, "shipping", SHIPPED)
    db.session.commit()
    page = cast.ours.get(f"/ban-hang/viec/{row.ref}").text
    assert all(text in page for text in SHIPPED.values())
    [statement] = statements.of_lots([lot.id])
    assert statement.body["ocop:trade"] == {f"ocop:{name}": text for name, text in SHIPPED.items()}
    assert "ocop:trade" not in epcis.opened(statement.body, statement.namespaces)


def test_an_event_that_another_party_sent_is_committed_to_and_not_shown(cast, event):
    sent = {"event": '{"type": "ObjectEvent", "ocop:to": "Siêu thị"}', "namespaces": {}}
    items, more = [events.Item(event.items[0].lot)], events.More(extra={"epcis": sent, "x": "y"})
    facts = {"step": "urn:step:siêu-thị"}
    row = events.record(SYSTEM, "reported", clock.now(), items, facts, more)
    db.session.commit()
    told = cast.visitor.get(f"/nhat-ky/viec/{row.ref}.json").json["event"]
    said = json.loads(told)
    assert (said["facts"], said["extra"], sorted(said["trade"])) == (
        {},
        {"x": "y"},
        ["epcis", "step"],
    )
    assert "iêu" not in told
    assert disclosure.extras(row) == {"epcis": sent, "x": "y"}
    assert disclosure.facts(row) == facts
    assert exports.check().fault is None


def test_the_serials_in_a_box_are_on_no_public_page_for_whoever_could_copy_them(cast, event):
    lot = event.items[0].lot
    box = make_traceability.container(lot)
    row = make_traceability.loaded(lot, box, serials=["7Q2M9K4TXA"])
    db.session.commit()
    for path in (f"viec/{row.ref}", f"viec/{row.ref}.json", "xuat.ndjson"):
        page = cast.visitor.get(f"/nhat-ky/{path}").text
        assert row.hash in page or row.ref in page
        assert "7Q2M9K4TXA" not in page
    [_shown, _care, statement] = statements.of_lots([lot.id])
    assert statement.body["childEPCs"][0].endswith("/t/7Q2M9K4TXA")
    assert exports.check().fault is None


def test_a_record_that_says_the_trade_in_clear_shows_its_hash_alone(cast, event, monkeypatch):
    with monkeypatch.context() as before:  # as records were written once
        before.setattr(kinds, "trade", lambda code: frozenset())
        row = make_traceability.event(event.items[0].lot, "shipping", SHIPPED)
    db.session.commit()
    page = cast.visitor.get(f"/nhat-ky/viec/{row.ref}").text
    assert row.hash in page
    assert "Siêu thị" not in page
    assert cast.visitor.get(f"/nhat-ky/viec/{row.ref}.json").json["event"] is None
    text = cast.visitor.get("/nhat-ky/xuat.ndjson").text
    assert "Siêu thị" not in text
    report = verifying.check(text.splitlines())
    assert (report.fault, report.events, report.withheld) == (None, 2, 1)


def test_what_lots_are_that_nobody_published_never_leaves_but_counts_in_the_tree(cast, event):
    secret = make_traceability.lot(event.items[0].lot.product, code="GIONG-MOI")
    make_traceability.event(secret, facts={"work": "Thử giống mới"})
    worked = make_traceability.worked([secret], [event.items[0].lot])
    seals.seal(DAY)
    make_traceability.event(secret, facts={"work": "Thử lần hai"})
    db.session.commit()
    text = cast.visitor.get("/nhat-ky/xuat.ndjson").text
    assert "Thử" not in text
    assert worked.ref not in text, "it names the lot that nobody published"
    assert worked.hash in text
    report = verifying.check(text.splitlines(), cast.visitor.get("/nhat-ky/khoa").text)
    assert (report.fault, report.events, report.withheld, report.unsealed) == (None, 2, 3, 1)
    head = db.session.scalars(select(TreeHead)).one()
    assert head.size == 5


def test_an_event_that_is_not_public_cannot_be_left_out_or_changed(cast, event):
    secret = make_traceability.lot(event.items[0].lot.product)
    make_traceability.event(secret)
    make_traceability.event(event.items[0].lot)
    seals.seal(DAY)
    db.session.commit()
    lines = cast.visitor.get("/nhat-ky/xuat.ndjson").text.splitlines()
    [place] = [number for number, line in enumerate(lines) if '"hash"' in line]
    assert "missing" in verifying.check(lines[:place] + lines[place + 1 :]).fault.why
    row = json.loads(lines[place])
    lines[place] = json.dumps(row | {"hash": "0" * 64})
    assert "do not give the root" in verifying.check(lines).fault.why
    lines[place] = json.dumps(row | {"hash": "x"})
    assert verifying.check(lines).fault.where == place + 1


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
        db.session.execute(sql(statement))
    db.session.commit()
    with clock.at(datetime(2026, 11, 24, 20, tzinfo=UTC)):
        record_jobs.check_record()
    assert len(mails()) == 1
