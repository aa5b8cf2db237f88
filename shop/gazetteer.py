"""The table of administrative units: today's two levels, the old three, what became of each.

Everything is keyed by code. Codes and names were reused on 1 July 2025 (05611 was thị trấn Đu and
is xã Phú Lương; old phường Đông Sơn is 14785, today's is 16378), so old and today's units are two
types and never meet in one dictionary. Source, law and licence stand in `data/places.json`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shop import placenames, text
from shop.placenames import Name

_FILE = Path(__file__).with_name("data") / "places.json"


@dataclass(frozen=True, slots=True)
class Province:
    """A province or city directly under the state, since 1 July 2025."""

    code: str
    name: str
    kind: str

    @property
    def label(self) -> str:
        """Tỉnh Thái Nguyên."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Commune:
    """A xã, phường or đặc khu, since 1 July 2025."""

    code: str
    name: str
    kind: str
    province_code: str

    @property
    def label(self) -> str:
        """Xã Tân Cương."""
        return f"{self.kind} {self.name}"

    @property
    def full(self) -> str:
        """Xã Tân Cương, Tỉnh Thái Nguyên."""
        return f"{self.label}, {table().province(self.province_code).label}"


@dataclass(frozen=True, slots=True)
class OldCommune:
    """A commune as of 30 June 2025; an island district without communes stands for itself."""

    code: str
    name: str
    kind: str
    district: str
    province: str
    into: tuple[str, ...]

    @property
    def label(self) -> str:
        """Xã Phúc Trìu, Thành phố Thái Nguyên, Tỉnh Thái Nguyên."""
        own = f"{self.kind} {self.name}"
        return ", ".join(dict.fromkeys((own, self.district, self.province)))

    @property
    def split(self) -> bool:
        """Whether it went to several communes, so that only its people know which."""
        return len(self.into) > 1


@dataclass
class Layer:
    """Units of one kind by code, and their codes by `placenames.key`.

    Rows are those of the file: parent, kind, name, and more.
    """

    rows: dict[str, list[str]]
    named: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    earlier: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    members: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def index(self) -> "Layer":
        """Fill the indexes; the last column holds earlier or other names."""
        for code, row in self.rows.items():
            self.named[placenames.key(row[2])].append(code)
            self.members[row[0]].append(code)
            for word in filter(None, row[-1].split("|") if len(row) > 3 else ()):
                self.earlier[placenames.key(word)].append(code)
        return self

    def find(self, typed: str, among: Collection[str] | None = None) -> list[str]:
        """Codes of the units so named, `among` some codes: best accents, then the kind typed."""
        names = placenames.readings(typed)
        codes = self._hits(self.named, names, among)
        if names[0].accented:
            spellings = {name.spelling for name in names}
            codes = [c for c in codes if self._spelling(c) in spellings] or codes
        return [c for c in codes if self.rows[c][1].lower() == names[-1].kind] or codes

    def find_earlier(self, typed: str, among: Collection[str] | None = None) -> list[str]:
        """Codes of the units that took in one of that name, or are also called so."""
        return self._hits(self.earlier, placenames.readings(typed), among)

    def _hits(
        self, index: dict[str, list[str]], names: Iterable[Name], among: Collection[str] | None
    ) -> list[str]:
        hits = (code for name in names for code in index.get(name.key, ()))
        return [code for code in dict.fromkeys(hits) if among is None or code in among]

    def _spelling(self, code: str) -> str:
        return placenames.spelling(self.rows[code][2])

    def inside(self, parents: Iterable[str]) -> set[str]:
        """Codes of all units of some parents."""
        return {code for parent in parents for code in self.members.get(parent, ())}


@dataclass
class Table:
    """The whole file, indexed."""

    valid_from: date
    provinces: Layer
    communes: Layer
    old_provinces: Layer
    old_districts: Layer
    old_communes: Layer

    def province(self, code: str) -> Province:
        """Today's province. Raises KeyError."""
        _, kind, name, *_ = self.provinces.rows[code]
        return Province(code, name, kind)

    def commune(self, code: str) -> Commune:
        """Today's commune. Raises KeyError."""
        province, kind, name = self.communes.rows[code]
        return Commune(code, name, kind, province)

    def old_commune(self, code: str) -> OldCommune:
        """A commune of before 1 July 2025. Raises KeyError."""
        district, kind, name, into, _ = self.old_communes.rows[code]
        province, *named = self.old_districts.rows[district][:3]
        above = self.old_provinces.rows[province]
        return OldCommune(
            code, name, kind, " ".join(named), f"{above[1]} {above[2]}", tuple(into.split())
        )


@cache
def table() -> Table:
    """The table, read and indexed at the first call."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    old = data["old"]
    loaded = Table(
        valid_from=date.fromisoformat(data["valid_from"]),
        provinces=Layer({code: ["", *row] for code, row in data["provinces"].items()}).index(),
        communes=Layer(data["communes"]).index(),
        old_provinces=Layer({c: [r[2], *r[:2], r[3]] for c, r in old["provinces"].items()}).index(),
        old_districts=Layer(
            old["districts"] | {c: [*r[:3], ""] for c, r in old["earlier_districts"].items()}
        ).index(),
        old_communes=Layer(old["communes"]).index(),
    )
    for code, row in old["earlier_districts"].items():
        loaded.old_communes.members[code] = row[4].split()
    return loaded


@cache
def order(name: str) -> str:
    """`text.sort_key`, remembered: names of the table are sorted again and again."""
    return text.sort_key(name)


def provinces() -> list[Province]:
    """The 34 provinces in Vietnamese order."""
    found = (table().province(code) for code in table().provinces.rows)
    return sorted(found, key=lambda row: order(row.name))


def communes(province_code: str) -> list[Commune]:
    """The communes of a province of today in Vietnamese order; empty for an unknown code."""
    return in_order(table().communes.members.get(province_code, ()))


def province(code: str) -> Province | None:
    """Today's province of a code, or None."""
    return table().province(code) if code in table().provinces.rows else None


def commune(code: str) -> Commune | None:
    """Today's commune of a code, or None. An old code may be reused: see `successors`."""
    return table().commune(code) if code in table().communes.rows else None


def old_commune(code: str) -> OldCommune | None:
    """The commune that had a code until 30 June 2025, or None."""
    return table().old_commune(code) if code in table().old_communes.rows else None


def successors(old_commune_code: str) -> list[Commune]:
    """What an old commune became: more than one when it was split, none for an unknown code.

    Of several the likeliest is first; that is no reason not to ask.
    """
    old = old_commune(old_commune_code)
    return [table().commune(code) for code in old.into] if old else []


def in_order(codes: Iterable[str]) -> list[Commune]:
    """Today's communes of some codes in Vietnamese order."""
    rows = map(table().commune, codes)
    return sorted(rows, key=lambda row: (order(row.name), row.kind))


def search(words: str, limit: int = 10) -> list[Commune]:
    """Today's communes for a box that completes while typing: every word begins a word of it.

    Kind and province count too ("tan cuong thai"); accents may be missing, those typed go first.
    """
    typed = _plain(words).split()
    if not typed:
        return []
    spelt, start = placenames.spelling(words), f" {' '.join(typed)}"
    hits = [row for row in _labels() if all(f" {word}" in row.plain for word in typed)]
    hits.sort(key=lambda row: (spelt not in row.spelt, not row.name.startswith(start), row.order))
    return [table().commune(row.code) for row in hits[:limit]]


class _Label(NamedTuple):
    """A commune as `search` sees it: folded words each after a space, and the label spelt out."""

    code: str
    plain: str
    name: str
    spelt: str
    order: str


@cache
def _labels() -> list[_Label]:
    return [
        _Label(
            code,
            plain=f" {_plain(commune.full)}",
            name=f" {_plain(commune.name)}",
            spelt=placenames.spelling(commune.full),
            order=order(commune.name),
        )
        for code in table().communes.rows
        for commune in [table().commune(code)]
    ]


def _plain(words: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", text.fold(words).replace("-", " "))
