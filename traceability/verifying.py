"""`ocop verify-log`: checks a whole export with nothing but the export and the public key.

Nothing of ours is needed to write the same: the format is one JSON object a line (NDJSON).

    {"format": "ocop-trace-log", "v": 3, "key": "<Ed25519 public key, hex>", "whole": true}
    {"head": "<canonical JSON>", "signature": "<hex>"}                 every day, oldest first
    {"event": "<canonical JSON>", "signature": "<hex>", "day": "2026-11-24", "leaf": 3,
     "salt": "<hex>", "who": "…", "note": "…", "trade": {"to": "…"}}   in the order of the record
    {"hash": "<hex>", "day": "2026-11-24", "leaf": 4}       instead, of an event that is not public

An event's hash is SHA-256(0x00 ‖ its text). It names the hash before it in each lot's chain. The
tree of a day has the root before as leaf 0 and the day's events as leaves 1, 2, …; an event with
`day` null is not sealed yet. `salt`, `who`, `note` and `trade` are null where they were erased;
the event holds SHA-256(salt ‖ text) of each. In a `whole` export an erasure is an event of its own,
whose `extra.erased` is the hash of the event that lost its words: without it they were deleted. An
export for the public (`whole` is false) has nobody's words. An event that is not public counts in
the tree by its hash; in a lot's chain it is skipped only if the event after the gap names such a
hash.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from traceability import evidence

FORMAT, VERSION = "ocop-trace-log", 3
# The first had no `trade` and no lines of a hash alone, the second did not say if it was `whole`.
_READ = (1, 2, VERSION)
_ROOT = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Fault:
    """What is wrong first. `where`: the line of the export (from 1), `record`: what it is about."""

    where: int
    record: str
    why: str


@dataclass
class Report:
    """What was read, and the first fault if there is one."""

    events: int = 0
    heads: int = 0
    unsealed: int = 0
    erased: int = 0
    withheld: int = 0
    fault: Fault | None = None


@dataclass
class _State:
    key: str
    whole: bool = False  # made for who may read the words too, so that none is missing
    heads: list[dict[str, Any]] = field(default_factory=list)
    chains: dict[str, tuple[int, str]] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=set)
    gone: dict[str, tuple[int, str]] = field(default_factory=dict)  # without words: line, record
    at: int = -1  # the head whose events are being read
    leaves: list[bytes] = field(default_factory=list)
    last: str = ""


class _Wrong(Exception):
    def __init__(self, record: str, why: str) -> None:
        super().__init__(record, why)
        self.record, self.why = record, why


def check(lines: Iterable[str], key: str | None = None, kept: str | None = None) -> Report:
    """Read an export and stop at the first record that is not as it was.

    `key`: the public key (hex) that the reader trusts; without it, the export's own, which proves
    only that nobody without that key altered it. `kept`: the root (hex) of a head that the reader
    kept from before. Each head holds the root before it, so an export in which that root stands is
    the same history carried on; one that was cut short or written anew lacks it, though it be
    signed with the true key.
    """
    report, state, read = Report(), None, 0
    try:
        for read, line in enumerate(lines, 1):
            if state is None:
                state = _begin(_read(line), key)
            else:
                _take(state, report, (read, _read(line)))
        if state is None:
            raise _Wrong("export", "empty")
        _finish(state, until=len(state.heads))
        if kept is not None and kept not in {head["root"] for head in state.heads}:
            raise _Wrong(f"head with root {kept}", "kept from before, but not in this export")
        if state.gone:
            read, record = next(iter(state.gone.values()))
            raise _Wrong(record, "its words are missing, and no event says that they were erased")
    except _Wrong as wrong:
        report.fault = Fault(read, wrong.record, wrong.why)
    return report


def root_in(text: str) -> str | None:
    """The root (hex) that a reader kept: the root itself, a head, or a whole older export.

    A head is `{"head": "<canonical JSON>", …}`, as the public address of its day gives it, or the
    canonical JSON alone; of an export the last head counts. None where there is none.
    """
    root = None
    for line in text.split("\n"):
        if _ROOT.fullmatch(word := line.strip().lower()):
            root = word
            continue
        try:
            said = json.loads(line)
            said = json.loads(said["head"]) if "head" in said else said
            if _ROOT.fullmatch(said.get("root", "")):
                root = said["root"]
        except (ValueError, TypeError, AttributeError):
            continue
    return root


def _read(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _Wrong("line", "not a JSON object")
    return found


def _begin(first: dict[str, Any], key: str | None) -> _State:
    if first.get("format") != FORMAT or first.get("v") not in _READ:
        raise _Wrong("export", f"not {FORMAT} version {VERSION}")
    if key is not None and first.get("key") != key.strip().lower():
        raise _Wrong("export", "made with another key than the one you trust")
    return _State(str(first.get("key")), first.get("whole") is True)


def _take(state: _State, report: Report, line: tuple[int, dict[str, Any]]) -> None:
    row = line[1]
    try:
        if "head" in row:
            _head(state, row)
            report.heads += 1
        elif "hash" in row:
            _withheld(state, report, row)
            report.withheld += 1
        else:
            _event(state, report, line)
            report.events += 1
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _Wrong(_name(row), "malformed") from None


def _name(row: dict[str, Any]) -> str:
    try:
        said = json.loads(row.get("event") or row.get("head") or "")
        return f"event {said['id']}" if "id" in said else f"head of {said['day']}"
    except (ValueError, KeyError, TypeError):
        return "line"


def _head(state: _State, row: dict[str, Any]) -> None:
    text: str = row["head"]
    head = json.loads(text)
    record = f"head of {head['day']}"
    if not evidence.signed_by(state.key, row["signature"], text.encode()):
        raise _Wrong(record, "signature does not fit: altered, or signed with another key")
    before = state.heads[-1] if state.heads else None
    if head["previous"] != (before["root"] if before else evidence.EMPTY_ROOT.hex()):
        raise _Wrong(record, "does not follow the head before it: one is missing or altered")
    if before and head["day"] <= before["day"]:
        raise _Wrong(record, "days out of order")
    state.heads.append(head)


def _event(state: _State, report: Report, line: tuple[int, dict[str, Any]]) -> None:
    where, row = line
    text: str = row["event"]
    said = json.loads(text)
    record = f"event {said['id']}"
    if not evidence.signed_by(state.key, row["signature"], text.encode()):
        raise _Wrong(record, "signature does not fit: altered after it was recorded")
    leaf = evidence.leaf(text.encode())
    _chain(state, said, record, leaf.hex())
    _words(said, row, record, report)
    if state.whole and row.get("salt") is None:
        state.gone[leaf.hex()] = (where, record)
    state.gone.pop(said.get("extra", {}).get("erased", ""), None)
    _place(state, report, row, (leaf, record))


def _withheld(state: _State, report: Report, row: dict[str, Any]) -> None:
    leaf = bytes.fromhex(row["hash"])
    state.withheld.add(leaf.hex())
    _place(state, report, row, (leaf, f"event with hash {leaf.hex()}"))


def _place(state: _State, report: Report, row: dict[str, Any], event: tuple[bytes, str]) -> None:
    """Put the event, its leaf and how it is called, where its line says it stands in the trees."""
    leaf, record = event
    if row["day"] is None:
        report.unsealed += 1
        _finish(state, until=len(state.heads))
        return
    if report.unsealed:
        raise _Wrong(record, "sealed, but stands after events that are not")
    place = next((n for n, head in enumerate(state.heads) if head["day"] == row["day"]), None)
    if place is None or place < state.at:
        raise _Wrong(record, f"no signed head of {row['day']}")
    if place > state.at:
        _finish(state, until=place)
        _open(state, place)
    if row["leaf"] != len(state.leaves):
        raise _Wrong(record, f"is leaf {row['leaf']}, leaf {len(state.leaves)} is missing")
    state.leaves.append(leaf)
    state.last = record


def _chain(state: _State, said: dict[str, Any], record: str, hash_: str) -> None:
    for lot in said["lots"]:
        number, before = state.chains.get(lot["lot"], (0, ""))
        skipped = lot["number"] > number + 1 and lot["previous"] in state.withheld
        if lot["number"] != number + 1 and not skipped:
            raise _Wrong(
                record,
                f"is event {lot['number']} of lot {lot['code']}, event {number + 1} is missing",
            )
        if lot["previous"] != before and not skipped:
            raise _Wrong(record, f"does not follow what stands before it in lot {lot['code']}")
        state.chains[lot["lot"]] = (lot["number"], hash_)


def _words(said: dict[str, Any], row: dict[str, Any], record: str, report: Report) -> None:
    if row.get("salt") is None:
        report.erased += 1
        return
    for name in ("who", "note"):
        words = row.get(name) or ""
        if (evidence.commitment(row["salt"], words) if words else "") != said[name]:
            raise _Wrong(record, f"`{name}` is not what was recorded")
    told = {
        name: evidence.commitment(row["salt"], t) for name, t in (row.get("trade") or {}).items()
    }
    if told != said.get("trade", {}):
        raise _Wrong(record, "`trade` is not what was recorded")


def _open(state: _State, place: int) -> None:
    before = state.heads[place - 1]["root"] if place else evidence.EMPTY_ROOT.hex()
    state.at, state.leaves = place, [evidence.leaf(bytes.fromhex(before))]


def _finish(state: _State, until: int) -> None:
    """Check the tree being read and every head without events up to head `until`."""
    while True:
        if state.at >= 0:
            _whole(state)
        if state.at + 1 >= until:
            return
        _open(state, state.at + 1)


def _whole(state: _State) -> None:
    head = state.heads[state.at]
    record = f"head of {head['day']}"
    if len(state.leaves) != head["size"]:
        missing = head["size"] - len(state.leaves)
        raise _Wrong(record, f"{missing} of its {head['size'] - 1} events are missing")
    if evidence.root(state.leaves).hex() != head["root"]:
        raise _Wrong(record, "its events do not give the root that was signed")
