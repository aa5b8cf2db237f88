"""The interface of EPCIS 2.0, called as programs call it."""

from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import func, select

from shop.database import db
from tests import make, make_tokens, make_traceability
from tests.traceability.test_documents import history, listed
from traceability import documents, events
from traceability.epcis_models import Capture
from traceability.models import Site

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def record(cast):
    """Three events of ours, one of theirs."""
    lot = make_traceability.lot(make.product(cast.ours.seller), code="LO1")
    for kind, said in (("care", {"work": "Làm cỏ"}), ("harvest", {}), ("shipping", {"to": "A"})):
        make_traceability.event(lot, kind, said)
    make_traceability.event(make_traceability.lot(make.product(cast.theirs.seller)))
    db.session.commit()
    return lot


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user, "trace:read", "trace:write")


def found(answer):
    return answer.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def path(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def kinds(answer):
    return [event["ocop:kind"].rpartition("/")[2] for event in found(answer)]


def test_a_program_reads_its_own_events_page_by_page(program, record):
    first = program.get("/epcis/events?perPage=2")
    assert first.headers["GS1-EPCIS-Version"] == "2.0.0"
    assert kinds(first) == ["care", "harvest"]
    address, _semicolon, relation = first.headers["Link"].partition("; ")
    assert relation == 'rel="next"'
    last = program.get(path(address.strip("<>")))
    assert kinds(last) == ["shipping"]
    assert "Link" not in last.headers


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("EQ_bizStep=shipping", ["shipping"]),
        ("EQ_bizStep=shipping|storing", ["shipping"]),
        ("eventType=ObjectEvent&EQ_action=ADD", ["harvest"]),
        ("EQ_disposition=in_transit", ["shipping"]),
        ("GE_eventTime=2199-01-01T00:00:00Z", []),
        ("LT_eventTime=2199-01-01T00:00:00%2B07:00", ["care", "harvest", "shipping"]),
        ("MATCH_anyEPC=urn:epc:id:sgtin:1.2.3", []),
    ],
)
def test_events_are_found_by_what_they_say(program, record, asked, expected):
    assert kinds(program.get(f"/epcis/events?{asked}")) == expected


def test_events_are_found_by_their_goods_and_by_their_name(program, record):
    [event, *_more] = found(program.get("/epcis/events"))
    uri = event["quantityList"][0]["epcClass"]
    assert len(found(program.get(f"/epcis/events?MATCH_anyEPCClass={quote(uri)}"))) == 3
    name = event["eventID"]
    assert len(found(program.get(f"/epcis/events?EQ_eventID={quote(name, safe='')}"))) == 1
    for written in (quote(name, safe=""), name):
        one = program.get(f"/epcis/events/{written}")
        assert (one.status_code, one.json["eventID"]) == (200, name)


@pytest.mark.parametrize(
    ("address", "status", "named"),
    [
        ("/epcis/events?WD_epcClass=x", 400, "QueryParameterException"),
        ("/epcis/events?perPage=0", 400, "QueryParameterException"),
        ("/epcis/events?nextPageToken=gia", 400, "QueryParameterException"),
        ("/epcis/events?GE_eventTime=homqua", 400, "QueryParameterException"),
        ("/epcis/events/ni:///sha-256;00?ver=CBV2.0", 404, "NoSuchResourceException"),
        ("/epcis/capture/khong-co", 404, "NoSuchResourceException"),
        ("/epcis/lots/khong-co", 404, "NoSuchResourceException"),
    ],
)
def test_refusals_are_problems_with_the_standards_types(program, record, address, status, named):
    answer = program.get(address)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json["type"] == f"epcisException:{named}"


def test_another_sellers_events_captures_and_lots_are_not_there(cast, program, record):
    theirs = make_tokens.program(cast.visitor, cast.theirs.user, "trace:read")
    [event] = found(theirs.get("/epcis/events"))
    row = Capture(seller_id=cast.theirs.seller.id, by="Ai đó", errors=[])
    db.session.add(row)
    db.session.commit()
    assert program.get(f"/epcis/events/{quote(event['eventID'], safe='')}").status_code == 404
    assert program.get(f"/epcis/capture/{row.ref}").status_code == 404
    assert theirs.get(f"/epcis/lots/{record.ref}").status_code == 404
    assert program.get(f"/epcis/lots/{record.ref}").status_code == 200


def test_without_a_token_or_its_scope_nothing_is_read_or_taken_in(cast, record):
    narrow = make_tokens.program(cast.visitor, cast.ours.user, "orders:read")
    reader = make_tokens.program(cast.visitor, cast.ours.user, "trace:read")
    for client, status in ((cast.visitor, 401), (narrow, 403)):
        for address in ("/epcis/events", "/epcis/events/x", "/epcis/capture/x"):
            answer = client.get(address)
            assert (answer.status_code, answer.json["type"]) == (
                status,
                "epcisException:SecurityException",
            )
    assert reader.post("/epcis/capture", {}).status_code == 403
    assert cast.ours.client.post("/epcis/capture", json={}).status_code == 403  # no CSRF token
    assert db.session.scalar(select(func.count()).select_from(Capture)) == 0


def test_a_document_is_taken_in_and_its_job_tells_how_it_went(cast, program, run_tasks):
    sent = documents.of_lot(history())
    taken = program.post("/epcis/capture", sent)
    assert (taken.status_code, taken.data) == (202, b"")
    job = path(taken.headers["Location"])
    assert program.get(job).json["running"] is True
    run_tasks()
    told = program.get(job).json
    assert (told["running"], told["success"], told["errors"]) == (False, True, [])
    assert len(found(program.get("/epcis/events"))) == len(listed(sent))


def test_what_is_no_document_or_too_large_is_refused_at_once(program, database):
    assert program.post("/epcis/capture", {"type": "EPCISDocument"}).status_code == 400
    many = {"type": "EPCISDocument", "schemaVersion": "2.0"}
    many["epcisBody"] = {"eventList": [{}] * 501}
    assert program.post("/epcis/capture", many).status_code == 400
    assert program.post("/epcis/capture", {"x": "\0"}).status_code == 400
    large = program.post("/epcis/capture", {"x": "a" * (2 * 1024 * 1024)})
    assert (large.status_code, large.json["type"]) == (
        413,
        "epcisException:CaptureLimitExceededException",
    )
    assert db.session.scalar(select(func.count()).select_from(Capture)) == 0


def test_options_and_the_root_say_what_is_there(cast):
    asked = cast.visitor.options("/epcis/capture")
    assert asked.status_code == 200
    assert asked.headers["GS1-EPCIS-Capture-Limit"] == "500"
    assert asked.headers["GS1-CBV-Version"] == "2.0.0"
    assert "MATCH_anyEPCClass" in cast.visitor.get("/epcis/").json["queryParameters"]


def test_the_public_history_of_a_lot_is_there_once_it_is_public(cast, record):
    assert cast.visitor.get(f"/epcis/lots/{record.ref}").status_code == 404
    make_traceability.published(record)
    answer = cast.visitor.get(f"/epcis/lots/{record.ref}")
    assert (answer.status_code, answer.mimetype) == (200, "application/ld+json")
    assert len(listed(answer.json)) == 3
    assert "ocop:trade" not in answer.text
    stamp = make_traceability.stamp()
    make_traceability.published(stamp.batch.lot)
    make_traceability.event(stamp.batch.lot)
    assert len(listed(cast.visitor.get(f"/epcis/stamps/{stamp.code}").json)) == 1


def test_every_address_of_ours_in_a_document_leads_somewhere(cast):
    dried = history()
    site = Site(seller_id=dried.seller_id, name="Đồi chè", kind="growing_area")
    db.session.add(site)
    db.session.flush()
    events.record(
        *(make_traceability.SYSTEM, "care", make_traceability.clock.now()),
        *([events.Item(dried)], {"work": "Làm cỏ"}, events.More(site=site)),
    )
    db.session.commit()
    document = documents.opened(dried)
    [spaces] = [each for each in document["@context"] if isinstance(each, dict)]
    ours = {name.removeprefix("ocop:") for name in words(document) if name.startswith("ocop:")}
    base = path(spaces["ocop"])
    for name in ours:
        assert cast.visitor.get(f"{base}{name}").status_code == 200, name
    for value in addresses(document):
        assert cast.visitor.get(path(value)).status_code == 200, value
    assert cast.visitor.get("/voc/").json["@graph"]


def words(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)


def addresses(document):
    for event in listed(document):
        yield from (
            event[n] for n in ("ocop:kind", "bizStep", "parentID") if "/" in event.get(n, "")
        )
        yield from (event[n]["id"] for n in ("readPoint", "bizLocation") if n in event)
        for name in ("quantityList", "inputQuantityList", "outputQuantityList"):
            yield from (element["epcClass"] for element in event.get(name, []))


def test_words_places_and_containers_that_nobody_named_are_not_there(cast):
    for address in ("/voc/khong-co", "/epcis/places/khong-co", "/epcis/containers/khong-co"):
        assert cast.visitor.get(address).status_code == 404, address
