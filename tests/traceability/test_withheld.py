"""What is nobody else's business: committed to in the record, kept beside it, erasable."""

import json

import pytest
from sqlalchemy import delete

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make_traceability
from traceability import events, evidence, exports, seals, verifying, withheld
from traceability.epcis_models import Statement
from traceability.events import Item, More
from traceability.models import TraceWords

SERIALS = ["A1B2C3D4E", "A1B2C3D4F"]


@pytest.fixture
def sent(database):
    """Goods given to a buyer whose name is between the two."""
    lot = make_traceability.lot()
    facts = {"to": "Cửa hàng Minh Anh, Hà Nội", "carrier": "20C-123.45"}
    more = More(extra={"serials": SERIALS})
    return events.record(SYSTEM, "shipping", clock.now(), [Item(lot)], facts, more)


def test_the_record_holds_neither_the_names_of_a_trade_nor_the_serials_of_items(sent):
    said = json.loads(sent.payload)
    words = db.session.get_one(TraceWords, sent.id)
    assert said["facts"]["to"] == evidence.commitment(words.salt, "Cửa hàng Minh Anh, Hà Nội")
    public = "".join(exports.lines(words=False))
    for text in ("Minh Anh", "20C-123.45", *SERIALS):
        assert text not in sent.payload
        assert text not in public


def test_those_who_may_read_them_read_them_as_they_were_said(sent):
    assert events.facts_of(sent)["to"] == "Cửa hàng Minh Anh, Hà Nội"
    assert withheld.whole(sent)["extra"]["serials"] == SERIALS
    assert "Minh Anh" in json.dumps(db.session.get_one(Statement, sent.id).body, ensure_ascii=False)


def test_a_changed_text_is_detected_and_an_erased_one_is_counted(sent):
    for statement in (
        "SET session_replication_role = replica",  # an intruder with every right
        """UPDATE trace_words SET hidden = hidden || '{"to": "Cửa hàng khác"}'""",
        "SET session_replication_role = origin",
    ):
        db.session.execute(db.text(statement))
    db.session.expire_all()
    assert exports.check().fault.why == "`to` is not what was recorded"
    db.session.execute(delete(TraceWords))
    db.session.expire_all()
    report = verifying.check(exports.lines(), evidence.public_hex(seals.key()))
    assert (report.fault, report.erased) == (None, 1)
    assert events.facts_of(sent) == {}
    assert "serials" not in withheld.whole(sent)["extra"]
