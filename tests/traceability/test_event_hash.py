"""Our event hash IDs against those of the package epcis-event-hash-generator."""

import copy
import json
import string

import pytest
from epcis_event_hash_generator import hash_generator, json_to_py
from hypothesis import given, settings
from hypothesis import strategies as st

from shop import gtin
from traceability import epc_uris, event_hash

pytestmark = [
    # The package's own.
    pytest.mark.filterwarnings("ignore:open_text is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyld"),
]

VOC = "https://cho.example.vn/voc/"
SPACES = {"ocop": VOC, "cbvmda": "urn:epcglobal:cbv:mda:"}
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", SPACES]


def oracle(event):
    document = {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-26T00:00:00Z",
        "epcisBody": {"eventList": [copy.deepcopy(event)]},
    }
    events = json_to_py.event_list_from_epcis_document_json(document)
    texts = hash_generator.derive_prehashes_from_events(events)
    return texts[0], hash_generator.calculate_hashes_from_pre_hashes(texts)[0]


def agrees(event):
    text, name = oracle(event)
    assert event_hash.text(event, SPACES) == text
    assert event_hash.event_id(event, SPACES) == name


# Values that cannot be mistaken for a word of the CBV, which the package replaces anywhere.
words = st.text("abcdeghXYZàếữĐ0123456789 .,-/:%'\"", max_size=20).map(lambda s: f"v{s}")
numbers = st.sampled_from(["007", "12.50", "-0", "1e3", "+4", " 5 ", "1_000", "nan", "3,5"])
lot_codes = st.text(string.ascii_uppercase + string.digits + "-._", min_size=1, max_size=20)
bodies = st.text("0123456789", min_size=13, max_size=13)
gtins = bodies.map(lambda body: body + gtin.check_digit(body))


@st.composite
def classes(draw):
    lot = draw(lot_codes.filter(lambda code: code not in (".", "..")))
    if draw(st.booleans()):
        return f"https://cho.example.vn/01/{draw(gtins)}/10/{lot}"
    return f"https://cho.example.vn/t/VN123456789/10/{lot}"


@st.composite
def quantities(draw):
    said = {"epcClass": draw(classes())}
    if draw(st.booleans()):
        said["quantity"] = draw(st.integers(1, 10**9)) / draw(st.sampled_from([1, 10, 1000]))
        if draw(st.booleans()):
            said["uom"] = draw(st.sampled_from(["KGM", "GRM", "LTR"]))
    return said


lists = st.lists(quantities(), min_size=1, max_size=4)
serials = st.one_of(
    st.text("0123456789ABCDEFGH", min_size=9, max_size=9).map(
        lambda s: f"https://cho.example.vn/t/{s}"
    ),
    st.tuples(gtins, lot_codes).map(lambda t: f"https://cho.example.vn/01/{t[0]}/21/{t[1]}"),
    st.tuples(gtins, lot_codes, lot_codes).map(
        lambda t: f"https://cho.example.vn/01/{t[0]}/10/{t[1]}/21/{t[2]}"
    ),
)
names = st.text(string.ascii_lowercase, min_size=2, max_size=8).filter(lambda s: s != "type")
facts = st.dictionaries(names.map(lambda n: f"ocop:{n}"), words | numbers, min_size=1, max_size=5)


@st.composite
def events(draw):
    kind = draw(st.sampled_from(["ObjectEvent", "TransformationEvent", "AggregationEvent"]))
    event = {
        "type": kind,
        "eventID": "urn:uuid:x",
        "recordTime": "2026-11-20T00:00:00Z",
        "eventTime": _time(draw),
        "eventTimeZoneOffset": "+07:00",
    }
    _what(draw, kind, event)
    steps = ["packing", "shipping", "holding", VOC + "Spraying", VOC + "Harvesting"]
    event["bizStep"] = draw(st.sampled_from(steps))
    if draw(st.booleans()):
        event["disposition"] = draw(st.sampled_from(["active", "recalled", "in_transit"]))
    for place in ("readPoint", "bizLocation"):
        if draw(st.booleans()):
            event[place] = {"id": "https://cho.example.vn/epcis/places/7Q2M9K4TX"}
    if draw(st.booleans()):
        event["ocop:facts"] = draw(facts)
    if draw(st.booleans()):
        event["ocop:site"] = draw(words)
        event["ocop:file"] = draw(st.lists(words, min_size=1, max_size=3))
    if kind != "AggregationEvent" and draw(st.booleans()):
        event["ilmd"] = {"cbvmda:lotNumber": draw(lot_codes.map(lambda c: f"L{c}"))} | draw(facts)
    if draw(st.booleans()):
        event["errorDeclaration"] = {
            "declarationTime": "2026-11-25T00:00:00Z",
            "reason": "did_not_occur",
        }
    return event


def _time(draw):
    at = draw(st.integers(946_684_800, 1_900_000_000))
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(at, UTC).replace(microsecond=draw(st.integers(0, 999)) * 1000)
    return moment.isoformat(timespec="milliseconds")


def _what(draw, kind, event):
    if kind == "TransformationEvent":
        event["inputQuantityList"], event["outputQuantityList"] = draw(lists), draw(lists)
        return
    event["action"] = draw(st.sampled_from(["ADD", "OBSERVE", "DELETE"]))
    inside = kind == "AggregationEvent"
    if inside:
        event["parentID"] = draw(
            st.sampled_from(
                [
                    "https://cho.example.vn/00/106141412345678908",
                    "https://cho.example.vn/epcis/containers/T7Q2M9K4TX1",
                ]
            )
        )
    event["childQuantityList" if inside else "quantityList"] = draw(lists)
    if draw(st.booleans()):
        event["childEPCs" if inside else "epcList"] = draw(
            st.lists(serials, min_size=1, max_size=4, unique=True)
        )


@settings(max_examples=150, deadline=None)
@given(events())
def test_every_shape_we_export_has_the_name_the_package_gives_it(event):
    agrees(event)


@settings(max_examples=60, deadline=None)
@given(events(), st.randoms(use_true_random=False))
def test_the_order_in_which_an_event_is_written_does_not_matter(event, dice):
    keys = list(event)
    dice.shuffle(keys)
    shuffled = {key: event[key] for key in keys}
    for name in ("quantityList", "epcList", "childQuantityList"):
        if name in shuffled:
            shuffled[name] = dice.sample(shuffled[name], len(shuffled[name]))
    assert event_hash.event_id(shuffled, SPACES) == event_hash.event_id(event, SPACES)


PARTNER = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-02T15:00:00.5+01:00",
    "eventTimeZoneOffset": "+01:00",
    "action": "OBSERVE",
    "bizStep": "urn:epcglobal:cbv:bizstep:receiving",
    "disposition": "in_progress",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876", "urn:epc:id:sscc:4012345.0000000111"],
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.011111.A(1)", "quantity": 2.0}],
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    "bizLocation": {"id": "urn:epc:id:sgln:4012345.00005.12a"},
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "http://acme.example/po/2"},
        {"type": "desadv", "bizTransaction": "http://acme.example/d/1"},
    ],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"}],
    "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:0614141.00777"}],
}


def test_an_event_of_a_partner_with_urns_parties_and_papers():
    agrees(PARTNER)


def test_sensors_and_persistent_dispositions():
    sensed = {
        "sensorMetadata": {"time": "2026-11-02T14:05:00+07:00", "deviceID": "urn:x:1"},
        "sensorReport": [
            {"type": "Temperature", "value": 4.50, "uom": "CEL"},
            {"type": "AbsoluteHumidity", "value": 12, "uom": "A93"},
        ],
    }
    more = {"persistentDisposition": {"set": ["completeness_verified"], "unset": ["unavailable"]}}
    agrees(PARTNER | more | {"sensorElementList": [sensed]})


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("https://x.vn/01/8936123456788/10/A1", "https://id.gs1.org/01/08936123456788/10/A1"),
        ("https://x.vn/a/gtin/08936123456788/lot/A1/ser/S2", "https://id.gs1.org/01/08936123456788/21/S2"),
        ("https://x.vn/01/08936123456788/22/V/10/A1?17=261231", "https://id.gs1.org/01/08936123456788/10/A1"),
        ("https://x.vn/t/VN123456789/10/A1", "https://x.vn/t/VN123456789/10/A1"),
        ("urn:epc:id:sgtin:4012345.011111.9876", "https://id.gs1.org/01/04012345111118/21/9876"),
        ("urn:epc:id:sgln:4012345.00005.0", "https://id.gs1.org/414/4012345000054"),
        ("urn:epc:id:sgtin:4012345.01111.9876", "urn:epc:id:sgtin:4012345.01111.9876"),
        ("Chè tôm nõn", "Chè tôm nõn"),
    ],
)  # fmt: skip
def test_identifiers_have_one_form(written, canonical):
    assert epc_uris.canonical(written) == canonical
    assert epc_uris.canonical(canonical) == canonical


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(written):
    epc_uris.canonical("urn:epc:id:sgtin:" + written)
    assert epc_uris.canonical("https://x.vn/01/" + written)


@pytest.mark.parametrize(
    "time", ["2026-11-02T15:00:00", "yesterday", "", "9999-12-31T23:59:59.9999-11:00"]
)
def test_a_time_that_is_none_is_refused(time):
    with pytest.raises(ValueError, match=r"time|isoformat"):
        event_hash.event_id(PARTNER | {"eventTime": time}, SPACES)


def test_what_is_said_about_an_event_later_does_not_rename_it():
    wrong = PARTNER | {"errorDeclaration": {"declarationTime": "2026-11-03T00:00:00Z"}}
    said = json.loads(json.dumps(wrong | {"recordTime": "2026-11-04T00:00:00Z", "eventID": "x"}))
    assert event_hash.event_id(said, SPACES) == event_hash.event_id(PARTNER, SPACES)
