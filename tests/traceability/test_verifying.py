"""An export is checked with nothing but itself and the key; whoever alters it is found."""

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make_traceability
from traceability import erasing, events, evidence, exports, seals, statements, verifying
from traceability.commands import verify_log
from traceability.models import TraceEvent

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


def first_event() -> TraceEvent:
    return db.session.query(TraceEvent).order_by(TraceEvent.id).first()


def test_changed_words_are_noticed_and_erased_ones_are_counted(recorded):
    assert erasing.erase(SYSTEM, first_event(), "Người ghi yêu cầu").kind == "erasure"
    assert erasing.erase(SYSTEM, first_event(), "Người ghi yêu cầu") is None
    lines = export()
    report = verifying.check(lines, key())
    assert (report.erased, report.fault) == (1, None)
    row = json.loads(lines[4])
    row["who"] = "Người khác"
    lines[4] = json.dumps(row)
    assert "`who`" in verifying.check(lines, key()).fault.why


def test_words_deleted_without_an_erasure_are_missed_but_not_in_a_public_export(recorded):
    gone = first_event()
    db.session.execute(db.text(f"DELETE FROM trace_words WHERE event_id = {gone.id}"))
    db.session.expire_all()
    fault = verifying.check(export(), key()).fault
    assert (fault.where, fault.record) == (4, f"event {gone.ref}")
    assert "no event says that they were erased" in fault.why
    assert verifying.check(exports.lines(public=True), key()).fault is None


def test_an_erasure_leaves_nothing_of_the_words_in_what_is_told_outside(recorded):
    event = make_traceability.event(recorded[0], "receiving", {"from": "Hộ ông Tư"})
    erasing.erase(SYSTEM, event, "Bên bán yêu cầu")
    assert "ông Tư" not in json.dumps(statements.say(event).body, ensure_ascii=False)
    assert "ông Tư" not in "".join(export())
    assert exports.check().fault is None


def test_a_history_cut_short_or_written_anew_lacks_the_root_that_an_auditor_kept(recorded):
    lines = export()
    kept = [json.loads(json.loads(line)["head"])["root"] for line in lines[1:3]]
    assert [verifying.check(lines, key(), root).fault for root in kept] == [None, None]
    # Cut to the first day, and in itself quite whole.
    cut = [lines[0], lines[1], *lines[3:6]]
    assert verifying.check(cut, key(), kept[0]).fault is None
    fault = verifying.check(cut, key(), kept[1]).fault
    assert fault.record == f"head with root {kept[1]}"
    assert "not in this export" in fault.why


def test_a_kept_head_is_read_from_its_file_an_export_or_the_root_itself(recorded):
    lines = export()
    row = json.loads(lines[2])
    root = json.loads(row["head"])["root"]
    for text in (root, root.upper() + "\n", lines[2], row["head"], "\n".join(lines)):
        assert verifying.root_in(text) == root
    assert [verifying.root_in(text) for text in ("", "abc", "[]", '{"root": 3}')] == [None] * 4


def test_a_changed_fact_of_a_trade_is_noticed(recorded):
    make_traceability.event(recorded[0], "receiving", {"from": "Hộ ông Tư"})
    lines = export()
    assert verifying.check(lines, key()).fault is None
    lines[-1] = lines[-1].replace("ông Tư", "ông Năm")
    assert "`trade`" in verifying.check(lines, key()).fault.why


def test_an_export_of_the_first_version_is_still_read(recorded):
    lines = export()
    lines[0] = lines[0].replace('"v": 3', '"v": 1').replace(', "whole": true', "")
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


def test_the_command_holds_an_export_against_a_head_from_before(recorded, tmp_path):
    lines, file, old = export(), tmp_path / "nhat-ky.ndjson", tmp_path / "goc.json"
    file.write_text("\n".join(lines))
    old.write_text(lines[2])
    whole = CliRunner().invoke(verify_log, [str(file), "--head", str(old)])
    assert (whole.exit_code, "Chưa so với gốc cũ" in whole.output) == (0, False)
    broken = CliRunner().invoke(verify_log, [str(file), "--head", "0" * 64])
    assert (broken.exit_code, "HỎNG" in broken.output) == (1, True)
    senseless = CliRunner().invoke(verify_log, [str(file), "--head", "hôm qua"])
    assert (senseless.exit_code, "không có gốc nào" in senseless.output) == (2, True)
