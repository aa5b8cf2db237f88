"""An export is checked with nothing but itself and the key; whoever alters it is found."""

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make_traceability
from traceability import events, evidence, exports, seals, verifying
from traceability.commands import verify_log
from traceability.models import TraceWords

pytestmark = pytest.mark.usefixtures("database")
DAY = date(2026, 11, 23)


@pytest.fixture
def recorded():
    """Two lots, two sealed days and an event that is not sealed yet."""
    one, two = make_traceability.lot(), make_traceability.lot()
    for lot in (one, two, one):
        make_traceability.event(lot)
    seals.seal(DAY)
    wrong = make_traceability.event(two)
    events.correct(SYSTEM, wrong, "did_not_occur", "Nhầm lô")
    seals.seal(DAY + timedelta(days=2))
    make_traceability.event(one)
    return one, two


def export() -> list[str]:
    return list(exports.lines())


def key() -> str:
    return evidence.public_hex(seals.key())


def test_a_whole_export_is_intact(recorded):
    report = verifying.check(export(), key())
    assert report.fault is None
    assert (report.events, report.heads, report.unsealed, report.erased) == (6, 2, 1, 0)


def test_an_empty_record_is_intact(database):
    assert verifying.check(export(), key()).fault is None


@pytest.mark.parametrize("number", range(3, 9))
def test_an_altered_event_is_named(recorded, number):
    lines = export()
    row = json.loads(lines[number])
    said = json.loads(row["event"])
    row["event"] = row["event"].replace('"facts":{', '"facts":{"x":"y",' if said["facts"] else "")
    lines[number] = json.dumps(row)
    fault = verifying.check(lines, key()).fault
    assert (fault.where, fault.record) == (number + 1, f"event {said['id']}")


@pytest.mark.parametrize("number", range(3, 8))
def test_a_deleted_event_is_noticed(recorded, number):
    lines = export()
    del lines[number]
    assert "missing" in verifying.check(lines, key()).fault.why


@pytest.mark.parametrize("number", [1, 2])
def test_a_deleted_head_is_noticed(recorded, number):
    lines = export()
    del lines[number]
    assert verifying.check(lines, key()).fault is not None


def test_events_in_another_order_are_noticed(recorded):
    lines = export()
    lines[3], lines[4] = lines[4], lines[3]
    assert verifying.check(lines, key()).fault is not None


def test_a_record_written_anew_with_another_key_is_refused_by_who_knows_the_key(recorded):
    lines = export()
    first = json.loads(lines[0])
    first["key"] = evidence.public_hex(evidence.signing_key("somebody else" * 3))
    lines[0] = json.dumps(first)
    assert "another key" in verifying.check(lines, key()).fault.why


def test_changed_words_are_noticed_and_erased_ones_are_counted(recorded):
    words = db.session.query(TraceWords).order_by(TraceWords.event_id).first()
    db.session.delete(words)
    db.session.flush()
    lines = export()
    assert verifying.check(lines, key()).erased == 1
    row = json.loads(lines[4])
    row["who"] = "Người khác"
    lines[4] = json.dumps(row)
    assert "`who`" in verifying.check(lines, key()).fault.why


def test_a_changed_fact_of_a_trade_is_noticed(recorded):
    make_traceability.event(recorded[0], "receiving", {"from": "Hộ ông Tư"})
    lines = export()
    assert verifying.check(lines, key()).fault is None
    lines[-1] = lines[-1].replace("ông Tư", "ông Năm")
    assert "`trade`" in verifying.check(lines, key()).fault.why


def test_an_export_of_the_first_version_is_still_read(recorded):
    lines = export()
    lines[0] = lines[0].replace('"v": 2', '"v": 1')
    assert verifying.check(lines, key()).fault is None


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"event": "{}"}', '{"head": 3}', '{"event": 1}'])
def test_garbage_is_a_fault_not_a_crash(recorded, line):
    lines = export()
    lines[4] = line
    assert verifying.check(lines, key()).fault.where == 5


TAMPERING = {
    "UPDATE trace_events SET payload = replace(payload, 'Làm cỏ', 'Bón phân')": "altered",
    "UPDATE trace_events SET kind = 'harvest'": "columns",
    "UPDATE trace_events SET hash = md5(hash)": "missing",
    "UPDATE trace_events SET corrects_id = (SELECT min(id) FROM trace_events)": "columns",
    "UPDATE trace_items SET role = 'input'": "columns",
    "UPDATE trace_items SET quantity = 7, unit = 'kg'": "columns",
    "DELETE FROM trace_items WHERE number = 2; UPDATE lots SET events = 1": "missing",
    "UPDATE tree_heads SET root = md5(root), text = replace(text, root, md5(root))": "signature",
}


@pytest.mark.parametrize("sql", TAMPERING)
def test_a_row_altered_directly_in_the_database_is_detected(recorded, sql):
    assert exports.check().fault is None
    for statement in (
        "SET session_replication_role = replica",  # an intruder with every right
        *sql.split("; "),
        "SET session_replication_role = origin",
    ):
        db.session.execute(db.text(statement))
    db.session.expire_all()
    assert TAMPERING[sql] in exports.check().fault.why


def test_an_event_deleted_with_all_its_rows_is_detected_though_it_was_the_last(recorded):
    gone = "(SELECT max(id) FROM trace_events)"
    for statement in (
        "SET session_replication_role = replica",
        f"DELETE FROM trace_items WHERE event_id = {gone}",
        f"DELETE FROM trace_words WHERE event_id = {gone}",
        f"DELETE FROM trace_events WHERE id = {gone}",
        "SET session_replication_role = origin",
    ):
        db.session.execute(db.text(statement))
    db.session.expire_all()
    assert "missing" in exports.check().fault.why


def test_the_command_says_whole_or_names_the_first_altered_record(recorded, tmp_path):
    lines, file = export(), tmp_path / "nhat-ky.ndjson"
    file.write_text("\n".join(lines))
    whole = CliRunner().invoke(verify_log, [str(file), "--key", key()])
    assert whole.exit_code == 0
    assert "NGUYÊN VẸN: 6 việc, 2 gốc Merkle" in whole.output
    file.write_text("\n".join(lines).replace("Làm cỏ", "Bón phân", 1))
    broken = CliRunner().invoke(verify_log, [str(file), "--key", key()])
    assert broken.exit_code == 1
    name = json.loads(json.loads(lines[3])["event"])["id"]
    assert f"HỎNG ở dòng 4: event {name}" in broken.output
