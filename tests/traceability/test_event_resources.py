"""The JSON API of the production diary: entered once, corrected, never changed."""

import pytest

from shop.database import db
from tests import make, make_tokens, make_traceability
from traceability.models import TraceEvent


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user, "trace:read", "trace:write")


@pytest.fixture
def lot(cast):
    return make_traceability.lot(make.product(cast.ours.seller))


@pytest.fixture
def url(lot):
    return f"/api/v1/lots/{lot.ref}/events"


CARE = {"kind": "care", "facts": {"work": "Làm cỏ"}, "note": "Trời nắng"}


def test_an_entry_sent_twice_is_recorded_once(program, lot, url):
    sent = CARE | {"at": "2026-11-02T07:30"}
    made = program.post(url, sent, Idempotency_Key="dt-1")
    assert made.status_code == 201, made.json
    event = made.json["event"]
    assert (event["kind"], event["facts"]) == ("care", {"work": "Làm cỏ"})
    assert (event["happened_at"], event["note"]) == ("2026-11-02T00:30:00+00:00", "Trời nắng")
    assert event["items"] == [{"lot": lot.ref, "role": "subject", "quantity": None, "unit": None}]
    assert program.post(url, sent, Idempotency_Key="dt-1").json == made.json
    assert db.session.query(TraceEvent).count() == 1
    assert program.post(url, CARE, Idempotency_Key="dt-1").status_code == 422
    assert make_tokens.walk(program.get, url, limit=1) == [event["ref"]]


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"kind": "care", "facts": {}}, "work"),
        ({"kind": "care", "facts": {"work": "Cỏ", "dose": "1"}}, "facts"),
        ({"kind": "harvest"}, "quantity"),
    ],
)
def test_what_is_missing_or_unknown_is_named(program, url, sent, named):
    refused = program.post(url, sent)
    assert (refused.status_code, list(refused.json["errors"])) == (422, [named])
    assert db.session.query(TraceEvent).count() == 0


def test_a_harvest_inside_a_withdrawal_period_is_warned_of(program, lot, url):
    spray = {"input": "Abamectin", "dose": "10 ml", "withdrawal_days": "7"}
    sent = {"kind": "spraying", "facts": spray, "at": "2026-11-01T07:00"}
    assert program.post(url, sent).json["warnings"] == []
    harvest = {"kind": "harvest", "quantity": "20", "unit": "kg", "at": "2026-11-03T07:00"}
    [warning] = program.post(url, harvest).json["warnings"]
    assert warning.startswith(f"Lô {lot.code} thu hoạch ngày 03/11/2026, còn trong thời gian")
    assert lot.quantity == 20


def test_no_more_leaves_a_lot_than_it_has(program, lot, url):
    make_traceability.harvested(lot, kg=20)
    sent = {"kind": "destroying", "facts": {"reason": "Mốc"}, "quantity": "30", "unit": "kg"}
    refused = program.post(url, sent)
    assert (refused.status_code, refused.json["left"], refused.json["unit"]) == (
        409,
        "20.000",
        "kg",
    )
    assert lot.events == 1


def test_an_event_declared_wrong_stays_readable(program, url):
    event = program.post(url, CARE).json["event"]
    wrong = f"/api/v1/lot-events/{event['ref']}/correction"
    said = program.post(wrong, {"reason": "did_not_occur", "why": "ghi nhầm lô"})
    assert (said.status_code, said.json["kind"]) == (201, "correction")
    assert [each["wrong"] for each in program.get(url).json["items"]] == [True, False]
    again = program.post(wrong, {"reason": "did_not_occur", "why": "ghi nhầm lô"})
    assert (again.status_code, again.json["type"]) == (409, "urn:ocop:problem:already-corrected")
    opened = make_traceability.event(kind="open", facts={})
    theirs = f"/api/v1/lot-events/{opened.ref}/correction"
    refused = program.post(theirs, {"reason": "did_not_occur", "why": "ghi nhầm lô"})
    assert refused.status_code == 404


def test_another_sellers_lot_has_no_diary_here(cast, program):
    theirs = make_traceability.lot(make.product(cast.theirs.seller))
    there = f"/api/v1/lots/{theirs.ref}/events"
    assert program.get(there).status_code == program.post(there, CARE).status_code == 404
    site = make_traceability.site(cast.theirs.seller)
    ours = make_traceability.lot(make.product(cast.ours.seller))
    sent = CARE | {"site": site.ref}
    assert program.post(f"/api/v1/lots/{ours.ref}/events", sent).status_code == 404
    assert db.session.query(TraceEvent).count() == 0


def test_the_diary_asks_as_often_for_ten_events_as_for_one(program, lot, url, query_count):
    program.get(url)  # the first call of a token notes its use
    asked = []
    for more in (1, 9):
        for _number in range(more):
            make_traceability.event(lot)
        db.session.commit()
        db.session.expire_all()
        with query_count() as queries:
            assert len(program.get(url).json["items"]) in (1, 10)
        asked.append(len(queries))
    assert asked[0] == asked[1]
