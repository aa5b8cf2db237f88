"""How well and how fast comments are understood: precision and recall, what is taken for what."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from shop.livestream.models import Broadcast
from shop.livestream.understanding import reading
from shop.livestream.understanding.reading import Item, PinnedCode, Reading

KINDS = ("order", "question", "cancel", "phone", "noise")
SURE = 70
# From here on a session claims by itself, unless its seller says otherwise.
AT_ONCE = Broadcast.__table__.c.claim_from.default.arg

Line = tuple[str | None, Decimal | None, str | None, str | None, str | None]


@dataclass
class Counted:
    """How often something was right, found though it was not there, and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 when nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Share of what was there that was found; 1 when nothing was there."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


@dataclass
class Measured:
    """What came of annotated comments. `taken`: (meant, read) → comments.

    `lines`: each with code, quantity, unit, variant and what is done; `phones` alike. `sure`: read
    as orders with at least SURE percent, (right, all). `never`: lines made of a question, phone,
    noise, and `at_once`: those of them that no person is asked about, which must be 0. `failed`:
    comments not read wholly as meant.
    """

    comments: int = 0
    whole: int = 0
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    lines: Counted = field(default_factory=Counted)
    phones: Counted = field(default_factory=Counted)
    sure: tuple[int, int] = (0, 0)
    never: int = 0
    at_once: int = 0
    failed: list[str] = field(default_factory=list)

    def kind(self, name: str) -> Counted:
        """How well one kind was told from the others."""
        right = self.taken[name, name]
        read = sum(count for (_meant, got), count in self.taken.items() if got == name)
        meant = sum(count for (want, _got), count in self.taken.items() if want == name)
        return Counted(right, read - right, meant - right)


Annotated = tuple[tuple[PinnedCode, ...], dict[str, Any]]


def annotated(paths: Sequence[Path]) -> list[Annotated]:
    """The comments of annotated files, each with its session's codes; the project's own if none."""
    texts = [path.read_text("utf-8") for path in paths]
    if not texts:
        texts = [files("shop.livestream").joinpath("data/demo_comments.json").read_text("utf-8")]
    found: list[Annotated] = []
    for text in texts:
        whole = json.loads(text)
        codes = tuple(
            PinnedCode(c["code"], c["unit"], tuple(c["aliases"]), tuple(c.get("variants", ())))
            for c in whole["session"]["codes"]
        )
        found += [(codes, comment) for comment in whole["comments"]]
    return found


def measure(comments: Iterable[Annotated]) -> Measured:
    """Read every comment once and compare."""
    told = Measured()
    for codes, comment in comments:
        found = reading.read(comment["text"], codes, comment["focus"])
        _compare(told, comment, found)
    return told


def _compare(told: Measured, comment: dict[str, Any], found: Reading) -> None:
    expect = comment["expect"]
    meant, got = [_meant(item) for item in expect["items"]], [_read(item) for item in found.items]
    told.comments += 1
    told.taken[expect["kind"], found.kind] += 1
    _count(told.lines, Counter(meant), Counter(got))
    _count(told.phones, _one(expect["phone"]), _one(found.phone))
    whole = (expect["kind"], meant, expect["phone"]) == (found.kind, got, found.phone)
    told.whole += whole
    if not whole:
        told.failed.append(comment["text"])
    if found.kind == "order" and found.confidence >= SURE:
        told.sure = (told.sure[0] + whole, told.sure[1] + 1)
    if expect["kind"] not in {"order", "cancel"} and found.kind == "order":
        told.never += len(got)
        told.at_once += len(got) * (found.confidence >= AT_ONCE)


def _meant(item: dict[str, Any]) -> Line:
    quantity = None if item["qty"] is None else Decimal(str(item["qty"]))
    return item["code"], quantity, item["unit"], item.get("variant"), item.get("op")


def _read(item: Item) -> Line:
    return item.code, item.quantity, item.unit, item.variant, item.op


def _one(said: str | None) -> Counter[Any]:
    return Counter([said] if said else [])


def _count(counted: Counted, meant: Counter[Any], got: Counter[Any]) -> None:
    right = (meant & got).total()
    counted.right += right
    counted.wrong += got.total() - right
    counted.missed += meant.total() - right


def per_second(comments: Sequence[Annotated], *, seconds: float) -> float:
    """Comments a second that one core reads, over the same comments again and again."""
    done, started = 0, time.process_time()
    while (spent := time.process_time() - started) < seconds:
        for codes, comment in comments:
            reading.read(comment["text"], codes, comment["focus"])
        done += len(comments)
    return done / spent


def rows(told: Measured, speed: float) -> list[list[str]]:
    """The result as lines of (what, value), for a report."""
    found = [
        ["comments", str(told.comments)],
        ["wholly as annotated", _share(told.whole, told.comments)],
    ]
    for name in KINDS:
        found.append([f"{name}: precision, recall", _pair(told.kind(name))])
    found.append(["lines: precision, recall", _pair(told.lines)])
    found.append(["phones: precision, recall", _pair(told.phones)])
    found.append([f"orders at {SURE} % and more, right", _share(*told.sure)])
    found.append(["order lines made of a question, phone or noise", str(told.never)])
    found.append([f"of them without asking a person (at {AT_ONCE} %)", str(told.at_once)])
    return [*found, ["comments a second, one core", f"{speed:,.0f}"]]


def confusion(told: Measured) -> list[list[str]]:
    """A row for each kind that was meant: how often it was read as which."""
    return [[meant, *(str(told.taken[meant, read]) for read in KINDS)] for meant in KINDS]


def by_file(paths: Sequence[Path]) -> list[list[str]]:
    """A row for each file: how many, wholly as annotated, lines of no order, those at once."""
    return [_of_file(path.name, measure(annotated([path]))) for path in paths]


def _of_file(name: str, told: Measured) -> list[str]:
    whole = _share(told.whole, told.comments)
    return [name, str(told.comments), whole, str(told.never), str(told.at_once)]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "–"


def _pair(counted: Counted) -> str:
    return f"{counted.precision:.1%}, {counted.recall:.1%}"
