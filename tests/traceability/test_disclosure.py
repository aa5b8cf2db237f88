"""What is nobody else's business: committed to in the record, kept beside it, erasable."""

import json
from pathlib import Path

import jsonschema
import pytest

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make, make_traceability
from traceability import (
    disclosure,
    documents,
    epcis,
    erasing,
    events,
    evidence,
    exports,
    seals,
    statements,
    verifying,
)
from traceability.epcis_models import Statement
from traceability.events import Item, More
from traceability.models import TraceWords

SERIALS = ["A1B2C3D4E", "A1B2C3D4F"]


@pytest.fixture
def sent(database):
    """Goods given to a buyer whose name is between the two."""
    lot = make_traceability.shown()
    facts = {"to": "Cửa hàng Minh Anh, Hà Nội", "carrier": "20C-123.45"}
    more = More(extra={"serials": SERIALS})
    return events.record(SYSTEM, "shipping", clock.now(), [Item(lot)], facts, more)


def altered(sql):
    """What the check says after an intruder with every right did this."""
    for statement in (
        "SET session_replication_role = replica",
        sql,
        "SET session_replication_role = origin",
    ):
        db.session.execute(db.text(statement))
    db.session.expire_all()
    return exports.check().fault


def test_the_record_holds_neither_the_names_of_a_trade_nor_the_serials_of_items(sent):
    said = json.loads(sent.payload)
    words = db.session.get_one(TraceWords, sent.id)
    assert said["trade"]["to"] == evidence.commitment(words.salt, "Cửa hàng Minh Anh, Hà Nội")
    public = "".join(exports.lines(public=True))
    assert sent.ref in public
    for text in ("Minh Anh", "20C-123.45", *SERIALS):
        assert text not in sent.payload
        assert text not in public


def test_those_who_may_read_them_read_them_as_they_were_said(sent):
    assert disclosure.facts(sent)["to"] == "Cửa hàng Minh Anh, Hà Nội"
    assert disclosure.extras(sent)["serials"] == SERIALS
    assert "Minh Anh" in json.dumps(db.session.get_one(Statement, sent.id).body, ensure_ascii=False)


@pytest.mark.parametrize(
    "sql",
    [
        """UPDATE trace_words SET trade = trade || '{"to": "Cửa hàng khác"}'""",
        "UPDATE trace_words SET trade = trade - 'to'",
    ],
)
def test_a_text_that_was_changed_or_taken_away_is_detected(sent, sql):
    assert altered(sql).why == "`trade` is not what was recorded"


def test_an_erased_text_is_counted(sent):
    erasing.erase(SYSTEM, sent, "Bên mua yêu cầu")
    report = verifying.check(exports.lines(), evidence.public_hex(seals.key()))
    assert (report.fault, report.erased) == (None, 1)
    assert (disclosure.facts(sent), disclosure.extras(sent)) == ({}, {})


def test_an_event_that_another_party_sent_is_not_published_word_for_word(sent):
    extra = {"epcis": {"event": '{"bizTransactionList": ["PO-77"]}', "namespaces": {}}}
    lot = sent.items[0].lot
    kept = events.record(SYSTEM, "correction", clock.now(), [Item(lot)], {}, More(extra=extra))
    assert "PO-77" not in kept.payload
    assert disclosure.extras(kept) == extra


SCHEMA = Path("/work/shared/reference/epcis/EPCIS-JSON-Schema.json")


@pytest.mark.parametrize("public", ["leaves", "dried"])
def test_an_event_of_two_lots_does_not_name_the_one_that_nobody_published(cast, public):
    """Neither as what went in, nor as what came out; its hash stays in the tree."""
    product = make.product(cast.ours.seller)
    lots = {name: make_traceability.lot(product, code=f"{name.upper()}77") for name in PAIR}
    worked = make_traceability.worked([lots["leaves"]], [lots["dried"]])
    shown = make_traceability.shown(lots.pop(public))
    [secret] = lots.values()
    db.session.commit()
    export = cast.visitor.get("/nhat-ky/xuat.ndjson").text
    data = cast.visitor.get(f"/nhat-ky/viec/{worked.ref}.json").json
    document = documents.opened(shown)
    pages = [
        export,
        json.dumps([data, document]),
        *(
            cast.visitor.get(path).text
            for path in (f"/lo/{shown.ref}", f"/nhat-ky/viec/{worked.ref}")
        ),
    ]
    for page in pages:
        assert secret.code not in page
        assert secret.ref not in page
    assert (data["event"], data["hash"]) == (None, worked.hash)
    report = verifying.check(export.splitlines())
    assert (report.fault, report.events, report.withheld) == (None, 1, 1)
    told = document["epcisBody"]["eventList"][0]
    assert told["ocop:record"] == worked.hash
    assert told["eventID"] == epcis.named(told, documents.spaces(statements.of_lots([shown.id])))
    if SCHEMA.exists():
        jsonschema.validate(document, json.loads(SCHEMA.read_text()))


PAIR = ("leaves", "dried")
