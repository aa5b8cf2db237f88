"""Where something is: commune and province of today, also from old names and free text.

Old three-level addresses are read with the table of 30 June 2025. A name that leaves a choice
(a commune that was split, a district alone, a namesake) gives several candidates: the page asks,
nothing is guessed. Keep the text as typed beside the code that was chosen.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from shop import gazetteer, placenames
from shop.gazetteer import (
    Commune,
    OldCommune,
    Province,
    commune,
    communes,
    old_commune,
    province,
    provinces,
    search,
    successors,
)

__all__ = [
    "Commune",
    "Found",
    "OldCommune",
    "Province",
    "commune",
    "communes",
    "find",
    "old_commune",
    "province",
    "provinces",
    "read",
    "search",
    "successors",
]


@dataclass(frozen=True)
class Found:
    """What a typed place may be.

    `candidates`: communes of today; one is the answer, several are a question, none is unknown.
    `read_as`: whether the words were taken as a unit of "today" or an "old" one ("" when unknown).
    `old`: the old communes meant. `otherwise`: further communes, should the words have been meant
    the other way: today's phường Gia Sàng is only a part of the old one, today's xã Đại Từ a
    fraction of the old huyện. `provinces`: of today, as named, also when no commune was.
    """

    candidates: tuple[Commune, ...] = ()
    read_as: Literal["today", "old", ""] = ""
    old: tuple[OldCommune, ...] = ()
    otherwise: tuple[Commune, ...] = ()
    provinces: tuple[Province, ...] = ()

    @property
    def commune(self) -> Commune | None:
        """The only candidate."""
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def split(self) -> bool:
        """Whether an old commune meant went to several."""
        return any(old.split for old in self.old)


@dataclass(frozen=True)
class _Where:
    """Provinces meant: codes of today and old ones, None for the whole country.

    `former`: the name is of an old province only, such as Hậu Giang.
    """

    today: tuple[str, ...] | None = None
    old: tuple[str, ...] | None = None
    former: bool = False

    def communes(self) -> set[str] | None:
        return None if self.today is None else gazetteer.table().communes.inside(self.today)

    def old_districts(self) -> set[str] | None:
        return None if self.old is None else gazetteer.table().old_districts.inside(self.old)

    def old_communes(self) -> set[str] | None:
        districts = self.old_districts()
        return None if districts is None else gazetteer.table().old_communes.inside(districts)

    def widened(self) -> "_Where":
        """All old provinces that are in today's: "huyện Châu Thành A, Cần Thơ"."""
        return replace(self, old=tuple(gazetteer.table().old_provinces.inside(self.today or ())))


def find(province: str, district: str, commune: str) -> Found:
    """The communes of today that a typed place may be; any part may be empty, old or today's.

    With a district the place is an old one, for there are none today; a district alone gives all
    it became. Without, today's names go first, but those of a former province and kinds of unit
    that no longer fit are old. Accents and kind words may be missing; typed, they decide.
    """
    where = _where(province)
    if where is None:
        return Found()
    district, commune = district.strip(), commune.strip()
    scopes = (where,) if where.today is None else (where, where.widened())
    tries = (_find(scope, district, commune) for scope in scopes)
    found = next((found for found in tries if found.candidates), Found())
    if district and commune and not found.candidates:
        # "phường Hạc Thành, TP Thanh Hóa": a new unit with the old habit of naming the city.
        found = _today(where, commune)
    named = tuple(gazetteer.table().province(code) for code in where.today or ())
    return replace(found, provinces=named)


def _where(typed: str) -> _Where | None:
    if not typed.strip():
        return _Where()
    table = gazetteer.table()
    today = table.provinces.find(typed) or table.provinces.find_earlier(typed)
    old = table.old_provinces.find(typed) or table.old_provinces.find_earlier(typed)
    if today:
        return _Where(tuple(today), tuple(old))
    into = dict.fromkeys(table.old_provinces.rows[code][0] for code in old)
    return _Where(tuple(into), tuple(old), former=True) if old else None


def _find(where: _Where, district: str, commune: str) -> Found:
    if not district:
        return _in_province(where, commune) if commune else Found()
    if not commune:
        return _whole_district(where, district)
    old = _old(next(filter(None, _in_district(where, district, commune)), []))
    near = _whole_district(where, district).candidates
    return _or(old, (row for row in _today(where, commune).candidates if row in near))


def _whole_district(where: _Where, district: str) -> Found:
    layer = gazetteer.table().old_districts
    codes = layer.find(district, where.old_districts())
    codes = codes or layer.find_earlier(district, where.old_districts())
    found = _old(gazetteer.table().old_communes.inside(codes))
    return replace(
        found, candidates=tuple(gazetteer.in_order(row.code for row in found.candidates))
    )


def _in_district(where: _Where, district: str, commune: str) -> Iterator[list[str]]:
    """Old communes by name, then by earlier name, in the district and in what took it in."""
    table = gazetteer.table()
    among = where.old_districts()
    named = table.old_communes.inside(table.old_districts.find(district, among))
    later = table.old_communes.inside(table.old_districts.find_earlier(district, among))
    yield table.old_communes.find(commune, named)
    yield table.old_communes.find(commune, later)
    yield table.old_communes.find_earlier(commune, named)
    yield table.old_communes.find_earlier(commune, later)


def _in_province(where: _Where, commune: str) -> Found:
    """Two levels: today's unit, unless the words only fit an old one."""
    layer = gazetteer.table().old_communes
    among = where.old_communes()
    today = _today(where, commune)
    old = _old(layer.find(commune, among) or layer.find_earlier(commune, among))
    if _is_old(where, commune, today, old):
        return _or(old, today.candidates)
    # "Đại Từ" alone may be the huyện, of which today's xã is only a fraction.
    district = Found() if placenames.kind(commune) else _whole_district(where, commune)
    return _or(today, (*old.candidates, *district.candidates))


def _or(found: Found, others: Iterable[Commune]) -> Found:
    more = dict.fromkeys(row for row in others if row not in found.candidates)
    return replace(found, otherwise=tuple(more))


def _is_old(where: _Where, commune: str, today: Found, old: Found) -> bool:
    if not (today.candidates and old.candidates):
        return not today.candidates
    kind = placenames.kind(commune)
    fits_today = any(row.kind.lower() == kind for row in today.candidates)
    fits_old = any(row.kind.lower() == kind for row in old.old)
    return where.former or (fits_old and not fits_today)


def _today(where: _Where, commune: str) -> Found:
    table = gazetteer.table()
    codes = table.communes.find(commune, where.communes())
    return Found(tuple(map(table.commune, codes)), "today") if codes else Found()


def _old(codes: Iterable[str]) -> Found:
    table = gazetteer.table()
    old = tuple(table.old_commune(code) for code in sorted(codes))
    into = dict.fromkeys(code for row in old for code in row.into)
    return Found(tuple(map(table.commune, into)), "old", old) if old else Found()


def read(address: str) -> Found:
    """`find` for one line, "xóm 5, xã Tân Cương, TP Thái Nguyên, tỉnh Thái Nguyên".

    The last parts count. It is cut at commas, at kind words, at worst before a province in the
    end. A bare "Đại Từ" may be today's xã or the whole old huyện: both are candidates.
    """
    address = address[-300:]
    parts = placenames.parts(address)
    found = min(_read(placenames.cut(parts)), _read(parts), key=_doubt)
    if found.candidates or found.provinces:
        return found
    return _read(placenames.cut(placenames.parts(re.sub(r"\s[-–]+\s*", ", ", address))))


def _doubt(found: Found) -> tuple[bool, int]:
    return not found.candidates, len(found.candidates)


def _read(parts: list[str]) -> Found:
    province, rest = _cut_province(parts)
    found = (found for found in _attempts(province, rest) if found.candidates)
    return next(found, find(province, "", ""))


def _cut_province(parts: list[str]) -> tuple[str, list[str]]:
    """The province in the last part or at its end, and what stands before it."""
    last = parts[-1] if parts else ""
    if _is_province(last):
        return last, parts[:-1]
    words = last.split()
    for at in range(max(1, len(words) - 4), len(words)):
        ending, start = " ".join(words[at:]), " ".join(words[:at])
        if _is_province(ending) and not _loose("", last).candidates:
            return ending, [*parts[:-1], start]
    return "", parts


def _is_province(words: str) -> bool:
    """Whether it names a province; "TP Thái Nguyên" does not, that is a city in one."""
    table, kind = gazetteer.table(), placenames.kind(words)
    kinds = {
        layer.rows[code][1].lower()
        for layer in (table.provinces, table.old_provinces)
        for code in (*layer.find(words), *layer.find_earlier(words))
    }
    return kind in kinds if kind == "thành phố" else bool(kinds) and kind in {"", "tỉnh"}


def _attempts(province: str, parts: list[str]) -> Iterator[Found]:
    """The ways to understand the parts, the likeliest first."""
    kinds = [placenames.kind(part) for part in parts]
    named = [p for p, kind in zip(parts, kinds, strict=True) if kind in placenames.COMMUNE_KINDS]
    at = max((i for i, kind in enumerate(kinds) if kind in placenames.DISTRICT_KINDS), default=-1)
    last = parts[-1] if parts and not kinds[-1] else ""
    district = parts[at] if at >= 0 else last
    for part in reversed(named):
        found = find(province, district, part)
        yield found if at >= 0 or found.read_as == "old" else find(province, "", part)
    if at >= 0:
        yield find(province, district, parts[at - 1] if at else "")
        yield find(province, district, "")
    if last:
        found = find(province, last, parts[-2] if len(parts) > 1 else "")
        yield found if len(parts) > 1 and found.read_as == "old" else Found()
        words = last.split()[-5:]
        endings = (" ".join(words[start:]) for start in range(len(words)))
        yield from (_loose(province, ending) for ending in endings if placenames.has_letter(ending))


def _loose(province: str, words: str) -> Found:
    """A name without kind: a commune, a whole old district, or both."""
    commune, district = find(province, "", words), find(province, words, "")
    if not district.candidates:
        return commune
    both = dict.fromkeys(commune.candidates + district.candidates)
    return replace(district, candidates=tuple(both), old=commune.old + district.old)
