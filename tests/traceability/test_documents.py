"""The history of a lot as an EPCIS document, read by what is not ours."""

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from epcis_event_hash_generator import hash_generator, json_to_py

from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make, make_traceability
from traceability import documents, events, recalls
from traceability.events import Item

SCHEMA = Path("/work/shared/reference/epcis/EPCIS-JSON-Schema.json")
DRIED = datetime(2026, 11, 20, 3, tzinfo=UTC)
pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.filterwarnings("ignore:open_text is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyld"),
]


def history():
    """Leaves that were dried, packed into a box, sent, corrected and called back: the dried lot."""
    leaves = make_traceability.lot(make.product(), code="LA01")
    dried = make_traceability.lot(leaves.product, code="KHO01")
    wrong = events.record(
        SYSTEM, "harvest", DRIED, [Item(leaves, quantity=Decimal("12.5"), unit="yến")]
    )
    right = events.record(
        SYSTEM, "harvest", DRIED, [Item(leaves, quantity=Decimal("12"), unit="yến")]
    )
    events.correct(SYSTEM, wrong, "incorrect_data", "Cân lại", right)
    make_traceability.worked([leaves], [dried])
    box = make_traceability.container(dried)
    make_traceability.loaded(dried, box, serials=["7Q2M9K4T1X"])
    make_traceability.event(dried, "shipping", {"to": "Siêu thị A", "carrier": "29C-123.45"})
    recalls.recall(SYSTEM, leaves, "Nấm mốc")
    dried.published_at = leaves.published_at = DRIED
    db.session.commit()
    return dried


def both(lot):
    return [documents.of_lot(lot), documents.opened(lot)]


def listed(document):
    return document["epcisBody"]["eventList"]


def test_documents_are_valid_by_the_official_schema():
    if not SCHEMA.exists():
        pytest.skip(f"{SCHEMA} is not here")
    import jsonschema

    schema = json.loads(SCHEMA.read_text())
    for document in both(history()):
        jsonschema.validate(document, schema)


def test_names_of_events_are_those_that_another_program_reckons():
    for document in both(history()):
        read = json_to_py.event_list_from_epcis_document_json(copy.deepcopy(document))
        texts = hash_generator.derive_prehashes_from_events(read)
        theirs = hash_generator.calculate_hashes_from_pre_hashes(texts)
        assert [event["eventID"] for event in listed(document)] == list(theirs)


def test_a_document_tells_what_happened_in_the_order_of_the_record():
    document = documents.of_lot(history())
    kinds = [event["ocop:kind"].rpartition("/")[2] for event in listed(document)]
    assert kinds == [
        *("harvest", "harvest", "processing", "loading", "shipping", "recall", "recall")
    ]
    wrong, right = listed(document)[:2]
    assert wrong["errorDeclaration"]["reason"] == "incorrect_data"
    assert wrong["errorDeclaration"]["correctiveEventIDs"] == [right["eventID"]]
    assert "errorDeclaration" not in right


def test_everybody_reads_neither_trade_facts_nor_serials_of_stamps():
    document = documents.opened(history())
    text = json.dumps(document, ensure_ascii=False)
    for secret in ("Siêu thị A", "29C-123.45", "7Q2M9K4T1X"):
        assert secret not in text
    assert "Cân lại" not in text
    wrong, right = listed(document)[:2]
    assert wrong["errorDeclaration"]["correctiveEventIDs"] == [right["eventID"]]


def test_whoever_asks_of_a_stamp_reads_its_serial_and_no_other():
    document = documents.opened(history(), "7Q2M9K4T1X")
    [loading] = [each for each in listed(document) if each["type"] == "AggregationEvent"]
    assert [uri.rpartition("/")[2] for uri in loading["childEPCs"]] == ["7Q2M9K4T1X"]


def test_a_lot_that_is_not_public_is_not_told_with_what_was_made_from_it():
    dried = history()
    [leaves] = [lot for lot in recalls.concerned(recalls.backward(dried)).lots if lot != dried]
    leaves.published_at = None
    db.session.commit()
    kinds = [e["ocop:kind"].rpartition("/")[2] for e in listed(documents.opened(dried))]
    assert kinds == ["processing", "loading", "shipping", "recall"]
