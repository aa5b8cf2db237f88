import json
from datetime import timedelta
from decimal import Decimal

import pytest

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make, make_traceability
from traceability import events, evidence, seals
from traceability.errors import AlreadyCorrected, InTheFuture
from traceability.events import Item, More
from traceability.models import Role, TraceEvent, TraceWords

pytestmark = pytest.mark.usefixtures("database")
record = make_traceability.event


@pytest.fixture
def lot():
    return make_traceability.lot()


def test_an_event_is_canonical_signed_and_hashed(lot):
    event = record(lot, "spraying", {"input": "Abamectin", "dose": "10 ml", "withdrawal_days": "7"})
    said = json.loads(event.payload)
    assert evidence.canonical(said) == event.payload.encode()
    assert event.hash == evidence.leaf(event.payload.encode()).hex()
    key = evidence.public_hex(seals.key())
    assert evidence.signed_by(key, event.signature, event.payload.encode())
    assert said["facts"]["withdrawal_days"] == "7"
    assert said["lots"][0] | {"lot": lot.ref, "number": 1, "previous": ""} == said["lots"][0]


def test_each_event_names_the_one_before_it_in_the_chain_of_its_lot(lot):
    first, second = record(lot), record(lot)
    assert json.loads(second.payload)["lots"][0]["previous"] == first.hash
    assert (lot.events, lot.head) == (2, second.hash)


def test_an_event_of_several_lots_stands_in_each_chain(lot):
    other = make_traceability.lot(lot.product)
    before = record(lot)
    both = events.record(
        SYSTEM,
        "processing",
        clock.now(),
        [Item(lot, Role.INPUT, Decimal(10), "kg"), Item(other, Role.OUTPUT, Decimal("2.5"), "kg")],
        {"method": "Sấy"},
    )
    chains = {each["lot"]: each for each in json.loads(both.payload)["lots"]}
    assert (chains[lot.ref]["number"], chains[lot.ref]["previous"]) == (2, before.hash)
    assert (chains[other.ref]["number"], chains[other.ref]["previous"]) == (1, "")
    assert (other.quantity, other.unit, lot.quantity) == (Decimal("2.5"), "kg", None)


def test_names_and_notes_stand_in_the_record_as_commitments_only(lot):
    event = events.record(
        SYSTEM, "care", clock.now(), [Item(lot)], {"work": "Làm cỏ"}, More(note="Ông Tư nhờ")
    )
    assert "Ông Tư" not in event.payload
    assert SYSTEM.name not in event.payload
    words = db.session.get_one(TraceWords, event.id)
    said = json.loads(event.payload)
    assert said["note"] == evidence.commitment(words.salt, "Ông Tư nhờ")
    assert said["who"] == evidence.commitment(words.salt, SYSTEM.name)


def test_an_entry_sent_twice_is_one(lot):
    sent = [
        events.record(SYSTEM, "care", clock.now(), [Item(lot)], {"work": "x"}, More(key="phone-1"))
        for _turn in range(2)
    ]
    assert sent[0].id == sent[1].id
    assert lot.events == 1


def test_what_has_not_happened_is_not_recorded(lot):
    with pytest.raises(InTheFuture):
        events.record(SYSTEM, "care", clock.now() + timedelta(minutes=1), [Item(lot)])
    assert lot.events == 0


def test_a_harvest_says_how_much_the_lot_is(lot):
    for quantity in ("12.5", "7.5"):
        events.record(
            SYSTEM, "harvest", clock.now(), [Item(lot, Role.SUBJECT, Decimal(quantity), "kg")]
        )
    assert (lot.quantity, lot.unit) == (Decimal(20), "kg")


def test_a_correction_withdraws_an_event_and_leaves_it_in_the_chain(lot):
    wrong = events.record(
        SYSTEM, "harvest", clock.now(), [Item(lot, Role.SUBJECT, Decimal(200), "kg")]
    )
    right = events.record(
        SYSTEM, "harvest", clock.now(), [Item(lot, Role.SUBJECT, Decimal(20), "kg")]
    )
    said = events.correct(SYSTEM, wrong, "incorrect_data", "Gõ thừa số 0", right)
    assert lot.quantity == 20
    assert [event.id for event, _item in events.of_lot(lot)] == [right.id, said.id]
    assert len(events.of_lot(lot, withdrawn=True)) == 3
    payload = json.loads(said.payload)
    assert (payload["corrects"], payload["extra"]["instead"]) == (wrong.hash, right.hash)


def test_an_event_is_corrected_once_and_a_correction_never(lot):
    event = record(lot)
    said = events.correct(SYSTEM, event, "did_not_occur", "Nhầm lô")
    for again in (event, said):
        with pytest.raises(AlreadyCorrected):
            events.correct(SYSTEM, again, "did_not_occur", "Nhầm lô")


def test_the_database_refuses_to_change_or_delete_an_event(lot):
    event = record(lot)
    db.session.commit()
    for change in ("UPDATE trace_events SET kind = 'x'", "DELETE FROM trace_events"):
        with pytest.raises(Exception, match="append"), db.session.begin_nested():
            db.session.execute(db.text(change))
    assert db.session.get_one(TraceEvent, event.id).kind == "care"


def test_lots_of_two_sellers_do_not_share_an_event(lot):
    stranger = make_traceability.lot(make.product(make.seller()))
    with pytest.raises(ValueError, match="one seller"):
        events.record(SYSTEM, "care", clock.now(), [Item(lot), Item(stranger)])
