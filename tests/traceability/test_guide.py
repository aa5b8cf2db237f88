"""What docs/traceability.md says to outsiders is so: its script runs, its table is ours."""

import json
import re
import subprocess
import sys
from datetime import date, timedelta

import pytest

from shop.settings import ROOT
from tests import make_traceability
from traceability import evidence, exports, seals
from traceability.kinds import KINDS, Shape

GUIDE = (ROOT / "docs" / "traceability.md").read_text(encoding="utf-8")
DAY = date(2026, 11, 24)


@pytest.fixture
def lines(database):
    """The public export of two sealed days, of a lot that is public and one that is not."""
    shown, secret = make_traceability.shown(), make_traceability.lot()
    for lot in (shown, secret, shown):
        make_traceability.event(lot)
    seals.seal(DAY)
    make_traceability.event(shown)
    seals.seal(DAY + timedelta(days=1))
    make_traceability.event(shown)
    return list(exports.lines(public=True))


def checked(tmp_path, lines, key=None):
    (script,) = re.findall(r"```python\n(.*?)```", GUIDE, re.S)
    (tmp_path / "check.py").write_text(script, encoding="utf-8")
    (tmp_path / "export.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    key = key or evidence.public_hex(seals.key())
    asked = [sys.executable, "check.py", "export.ndjson", key]
    return subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_the_script_by_hand_finds_an_export_whole_and_names_its_last_root(lines, tmp_path):
    done = checked(tmp_path, lines)
    assert done.stderr == ""
    assert done.stdout == f"2 days and 6 events, the last root {seals.latest().root}\n"


def alter_event(rows):
    row = next(row for row in rows if "event" in row and row["day"])
    row["event"] = row["event"].replace('"facts":{', '"facts":{"x":"y"')


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (alter_event, "2026-11-24"),
        (lambda rows: rows.pop(4), "2026-11-24"),
        (lambda rows: rows[1].update(head=rows[1]["head"].replace("24", "23")), "not signed"),
        (lambda rows: rows.pop(1), "the head before it is another one"),
    ],
)
def test_the_script_by_hand_finds_what_was_altered(lines, tmp_path, alter, said):
    rows = [json.loads(line) for line in lines]
    before = json.dumps(rows)
    alter(rows)
    assert json.dumps(rows) != before
    done = checked(tmp_path, [json.dumps(row, ensure_ascii=False) for row in rows])
    assert done.returncode == 1
    assert said in done.stderr


def test_the_script_by_hand_takes_no_other_key(lines, tmp_path):
    done = checked(tmp_path, lines, "00" * 32)
    assert (done.returncode, "not signed by this key" in done.stderr) == (1, True)


TYPES = {
    Shape.OBJECT: "ObjectEvent",
    Shape.TRANSFORMATION: "TransformationEvent",
    Shape.AGGREGATION: "AggregationEvent",
}


def test_the_table_of_kinds_is_the_one_that_epcis_is_written_by():
    told = {
        row[0]: row[1:]
        for row in re.findall(
            r"^\| `(\w+)` \| (\w+) \| (\w*) \| ([\w/]+) \| (\w*) \|$", GUIDE, re.M
        )
    }
    assert told == {
        kind.code: (
            TYPES[kind.shape],
            "" if kind.shape is Shape.TRANSFORMATION else kind.action,
            kind.step if kind.step[0].islower() else f"/voc/{kind.step}",
            kind.disposition or "",
        )
        for kind in KINDS.values()
        if kind.code != "correction"
    }
