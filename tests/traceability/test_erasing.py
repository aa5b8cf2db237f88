from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.database import db
from tests import make_traceability
from traceability import events, exports
from traceability.commands import erase_words
from traceability.events import Item, More
from traceability.models import TraceEvent, TraceWords


def said():
    """A shipment with a note, to somebody."""
    lot = make_traceability.shown()
    facts = {"to": "Cửa hàng Minh Anh"}
    row = events.record(SYSTEM, "shipping", clock.now(), [Item(lot)], facts, More(note="Gọi Lan"))
    db.session.commit()
    return row


def run(database, *args, **more):
    return database.test_cli_runner().invoke(erase_words, args, **more)


def test_words_are_shown_and_erased_once_somebody_says_yes(database):
    row = said()
    answer = run(database, row.ref, "--reason", "Người mua yêu cầu", input="y\n")
    assert answer.exit_code == 0
    for text in ("Xuất hàng", "Gọi Lan", "to: Cửa hàng Minh Anh"):
        assert text in answer.output
    assert db.session.get(TraceWords, row.id) is None
    report = exports.check()
    assert (report.fault, report.erased) == (None, 1)
    entry = db.session.query(AuditEntry).filter_by(action="event.erase").one()
    assert (entry.subject_ref, entry.actor_name) == (row.ref, "Hệ thống")
    assert entry.changes == {"event": [row.hash, None], "reason": [None, "Người mua yêu cầu"]}


def test_an_event_may_be_named_by_its_hash_and_a_second_time_changes_nothing(database):
    row = said()
    assert run(database, row.hash, "--reason", "Luật", "--yes").exit_code == 0
    count = db.session.query(TraceEvent).count()
    assert "đã được xóa từ trước" in run(database, row.ref, "--reason", "Luật", "--yes").output
    assert db.session.query(TraceEvent).count() == count


def test_nothing_is_erased_without_a_yes_nor_of_an_event_that_nobody_knows(database):
    row = said()
    assert run(database, row.ref, "--reason", "Luật", input="n\n").exit_code == 1
    assert run(database, "KHONG-CO", "--reason", "Luật", "--yes").exit_code == 2
    assert db.session.get(TraceWords, row.id).note == "Gọi Lan"
