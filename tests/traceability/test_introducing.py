"""What was done before the record said so is said once, and from then on guarded like the rest."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make_traceability
from traceability import events, exports, introducing, publishing, recalls, stamps
from traceability.commands import introduce_record
from traceability.introducing import Silent
from traceability.models import TraceEvent
from traceability.recall_models import Recall
from traceability.runs import Run
from traceability.stamp_models import Stamp, StampState


@pytest.fixture
def before(database, monkeypatch):
    """A public lot with stamps in use, as the version before left them; what changed since."""
    lot = make_traceability.publishable(make_traceability.lot(code="CHE1"))
    with monkeypatch.context() as old:
        old.setattr(publishing, "_recorded", lambda *_: clock.now())
        old.setattr(stamps, "record", lambda *_: None)
        publishing.publish(SYSTEM, lot)
        batch = make_traceability.printed(lot, count=6)
        stamps.activate(SYSTEM, batch, Run(1, 3))
        stamps.withdraw(SYSTEM, batch, Run(2, 2), StampState.DAMAGED, "Rách")
    db.session.commit()
    return lot, batch


def run(database, *args, **more):
    return database.test_cli_runner().invoke(introduce_record, args, **more)


def kinds():
    return [event.kind for event in db.session.query(TraceEvent).order_by(TraceEvent.id)]


def test_a_lot_and_stamps_from_before_are_said_once_and_then_agree(before, database):
    lot, batch = before
    assert exports.check().fault.record == f"lot {lot.ref}"
    told = len(kinds())
    answer = run(database, "--yes")
    assert answer.exit_code == 0
    assert lot.ref in answer.output
    assert batch.ref in answer.output
    assert kinds()[told:] == ["publish", "stamping", "unstamping", "stamping"]
    assert exports.check().fault is None
    assert "không có gì để ghi thêm" in run(database, "--yes").output
    assert len(kinds()) == told + 4


def test_an_event_written_afterwards_says_so_and_when_it_was(before, database):
    lot, _batch = before
    run(database, "--yes")
    event = next(each for each, _item in events.of_lot(lot) if each.kind == "publish")
    assert '"extra":{"introduced":"2026-11-28"}' in event.payload
    assert event.happened_at == lot.published_at < event.recorded_at


def test_nothing_is_signed_until_a_person_says_yes(before, database):
    told = kinds()
    answer = run(database, input="n\n")
    assert (answer.exit_code, kinds()) == (1, told)


def test_stamps_used_before_and_after_keep_their_own_days(before, database):
    _lot, batch = before
    stamps.activate(SYSTEM, batch)  # the rest of them, by an event over all
    stamps.withdraw(SYSTEM, batch, Run(3, 3), StampState.VOID, "Bỏ")
    db.session.commit()
    assert exports.check().fault is not None
    run(database, "--yes")
    assert exports.check().fault is None


@pytest.mark.parametrize(
    ("sql", "record"),
    [
        ("UPDATE stamps SET state = 'active' WHERE number = 2", "stamp 2"),
        ("UPDATE stamps SET changed_at = now() WHERE number = 1", "stamp 1"),
        ("UPDATE lots SET published_at = now() + interval '1 hour'", "lot "),
    ],
)
def test_what_was_introduced_is_found_when_altered_and_not_covered_up(
    before, database, sql, record
):
    run(database, "--yes")
    told = kinds()
    db.session.execute(text(sql))
    db.session.commit()
    assert exports.check().fault.record.startswith(record)
    run(database, "--yes")
    assert kinds() == told
    assert exports.check().fault.record.startswith(record)


def test_a_recall_that_ended_a_moment_before_its_event_says_agrees(before, database):
    lot, _batch = before
    recalls.recall(SYSTEM, lot, "Nghi mốc")
    row = recalls.release(SYSTEM, lot, "Đã kiểm nghiệm")
    row.released_at -= timedelta(milliseconds=3)
    db.session.commit()
    run(database, "--yes")
    assert exports.check().fault is None
    assert db.session.query(Recall).one().released_at == clock_of("release")


def clock_of(kind):
    return db.session.query(TraceEvent).filter_by(kind=kind).one().happened_at


def test_an_event_that_was_told_nowhere_is_told(before, database):
    db.session.execute(text("DELETE FROM epcis_statements"))
    db.session.commit()
    run(database, "--yes")
    assert exports.check().fault is None


def test_a_stamp_whose_day_nobody_kept_changed_when_it_was_written_down(before, database):
    db.session.execute(text("UPDATE stamps SET changed_at = NULL WHERE number = 1"))
    db.session.commit()
    run(database, "--yes")
    assert exports.check().fault is None
    assert db.session.query(Stamp).filter_by(number=1).one().changed_at is not None


def test_what_was_done_through_the_verbs_leaves_nothing_to_introduce(database):
    lot = make_traceability.publishable()
    publishing.publish(SYSTEM, lot)
    batch = make_traceability.printed(lot, count=5)
    stamps.activate(SYSTEM, batch)
    stamps.withdraw(SYSTEM, batch, Run(2, 3), StampState.LOST, "Mất")
    recalls.recall(SYSTEM, lot, "Nghi mốc")
    recalls.release(SYSTEM, lot, "Đã kiểm nghiệm")
    assert introducing.silent() == Silent([], [], [], [])
