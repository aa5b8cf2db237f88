"""The public histories, checked with the official schema and an independent hash of each event."""

import json
from pathlib import Path

import jsonschema
import pytest
from epcis_event_hash_generator import hash_generator, json_to_py

from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make_traceability
from traceability import epcis_views, events, recalls
from traceability.stamp_models import Stamp, StampState

pytestmark = [
    # The package's own.
    pytest.mark.filterwarnings("ignore:open_text is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyld"),
]

SCHEMA = Path("/work/shared/reference/epcis/EPCIS-JSON-Schema.json")
SHIPPED = {"to": "Siêu thị Sông Công", "paper": "PX-01", "carrier": "20C-123.45"}


def asked(cast, path):
    answer = cast.visitor.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/ld+json")
    return json.loads(answer.text)


def told(document):
    return document["epcisBody"]["eventList"]


def kinds(document):
    return [event["ocop:kind"].rpartition("/")[2] for event in told(document)]


@pytest.fixture
def leaves(database):
    """A published lot of leaves, with a mistake put right."""
    lot = make_traceability.published(make_traceability.harvested())
    wrong = make_traceability.event(lot, "shipping", SHIPPED)
    right = make_traceability.event(lot, "shipping", SHIPPED | {"to": "Chợ Thái"})
    events.correct(SYSTEM, wrong, "incorrect_data", "Nhầm nơi giao", right)
    return lot


@pytest.fixture
def dried(leaves):
    """A published lot made of the leaves, in a carton, called back."""
    lot = make_traceability.published(make_traceability.lot(leaves.product))
    make_traceability.worked([leaves], [lot])
    make_traceability.loaded(lot, make_traceability.container(lot))
    recalls.recall(SYSTEM, leaves, "Dư lượng thuốc")
    db.session.commit()
    return lot


def test_a_history_tells_of_correction_working_container_and_recall(cast, dried):
    document = asked(cast, f"/epcis/lots/{dried.ref}")
    assert kinds(document) == [
        *("harvest", "shipping", "shipping", "processing", "loading", "recall", "recall")
    ]
    wrong, right = told(document)[1:3]
    assert wrong["errorDeclaration"]["reason"] == "incorrect_data"
    assert wrong["errorDeclaration"]["correctiveEventIDs"] == [right["eventID"]]
    assert "errorDeclaration" not in right


@pytest.mark.skipif(not SCHEMA.exists(), reason="the official schema is not on this machine")
def test_a_history_is_valid_by_the_official_schema(cast, dried):
    document = asked(cast, f"/epcis/lots/{dried.ref}")
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(document)


def test_every_event_is_called_what_an_independent_program_reckons(cast, dried):
    document = asked(cast, f"/epcis/lots/{dried.ref}")
    names = [event["eventID"] for event in told(document)]
    texts = hash_generator.derive_prehashes_from_events(
        json_to_py.event_list_from_epcis_document_json(document)
    )
    assert sorted(hash_generator.calculate_hashes_from_pre_hashes(texts)) == sorted(names)


def test_what_is_between_the_parties_of_a_trade_is_not_public(cast, dried):
    text = cast.visitor.get(f"/epcis/lots/{dried.ref}").get_data(as_text=True)
    for word in (*SHIPPED.values(), "Chợ Thái", "ocop:trade"):
        assert word not in text


def test_a_lot_tells_nothing_of_lots_that_are_not_public_nor_of_other_goods(cast, leaves, dried):
    other = make_traceability.lot(leaves.product)
    make_traceability.worked([leaves], [other])
    leaves.published_at = None
    db.session.commit()
    assert cast.visitor.get(f"/epcis/lots/{leaves.ref}").status_code == 404
    document = asked(cast, f"/epcis/lots/{dried.ref}")
    assert kinds(document) == ["processing", "loading", "recall"]
    make_traceability.published(leaves)
    text = cast.visitor.get(f"/epcis/lots/{dried.ref}").get_data(as_text=True)
    assert f"/10/{other.code}" not in text


def test_a_stamp_tells_of_its_own_carton_and_of_no_other_serial(cast, leaves):
    batch = make_traceability.printed(leaves, count=2)
    mine, other = batch_codes(batch)
    boxes = [make_traceability.container(leaves, code) for code in ("T7Q2M9K4TX1", "T7Q2M9K4TX2")]
    for box, code in zip(boxes, (mine, other), strict=True):
        make_traceability.loaded(leaves, box, serials=[code])
    db.session.commit()
    document = asked(cast, f"/epcis/stamps/{mine}")
    [loading] = [event for event in told(document) if event["type"] == "AggregationEvent"]
    assert loading["parentID"].endswith("/epcis/containers/T7Q2M9K4TX1")
    assert [uri.rpartition("/")[2] for uri in loading["childEPCs"]] == [mine]
    whole = json.dumps(asked(cast, f"/epcis/lots/{leaves.ref}"))
    assert mine not in whole
    assert other not in whole
    assert kinds(json.loads(whole)).count("loading") == 2


def batch_codes(batch):
    rows = db.session.query(Stamp).filter_by(batch_id=batch.id).order_by(Stamp.number).all()
    for row in rows:
        row.state = StampState.ACTIVE
    db.session.commit()
    return [row.code for row in rows]


def test_only_an_active_stamp_of_a_public_lot_has_a_history(cast, database):
    stamp = make_traceability.stamp()
    assert cast.visitor.get(f"/epcis/stamps/{stamp.code}").status_code == 404
    make_traceability.published(stamp.batch.lot)
    assert cast.visitor.get(f"/epcis/stamps/{stamp.code}").status_code == 200
    stamp.state = StampState.VOID
    db.session.commit()
    assert cast.visitor.get(f"/epcis/stamps/{stamp.code}").status_code == 404


def test_asking_is_limited_so_that_serials_cannot_be_tried_out(cast, database, monkeypatch):
    monkeypatch.setattr(epcis_views, "RATE", "2/hour")
    statuses = [cast.visitor.get("/epcis/stamps/7Q2M9K4TX").status_code for _turn in "abc"]
    assert statuses == [404, 404, 429]
