"""Regions that figures are counted over: a province, a commune, an old unit as today's communes.

Districts ended on 30 June 2025. What was counted by district then is compared with the *set* of
communes that the district became; a commune of that set may reach beyond the old district, and an
old commune may have been split. Both are named, nothing is guessed.

A region is keyed by a code that cannot be mistaken: "19" a province and "05611" a commune of today,
"cu-171" a district and "cu-06" a province of until 30 June 2025.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, or_, true

from shop import gazetteer, placenames
from shop.gazetteer import Commune, OldCommune

OLD = "cu-"
_CODE = re.compile(r"(cu-)?[0-9]{2,5}")


@dataclass(frozen=True)
class Region:
    """What is inside: all communes of the provinces `provinces`, and the communes `communes`.

    `beyond`: communes of it that also took in land of other old units, so that the region is
    larger than the old one. `split`: old communes that went to several of today's.
    """

    code: str
    name: str
    provinces: tuple[str, ...] = ()
    communes: tuple[str, ...] = ()
    beyond: tuple[Commune, ...] = ()
    split: tuple[OldCommune, ...] = ()

    def inside(
        self, province: ColumnElement[str | None], commune: ColumnElement[str | None]
    ) -> ColumnElement[bool]:
        """Whether a row with these columns of codes is in the region."""
        if self is EVERYWHERE:
            return true()
        return or_(province.in_(self.provinces), commune.in_(self.communes))

    def members(self) -> list[Commune]:
        """The communes of today that make it up, in Vietnamese order."""
        inside = gazetteer.table().communes.inside(self.provinces)
        return gazetteer.in_order({*inside, *self.communes})

    def meets(self, other: "Region") -> bool:
        """Whether some commune is in both."""
        return bool({c.code for c in self.members()} & {c.code for c in other.members()})

    @property
    def took_in(self) -> list[OldCommune]:
        """Of a commune of today the old ones it was made of, whole or (`split`) in part."""
        if self.is_old or len(self.communes) != 1:
            return []
        rows = map(gazetteer.table().old_commune, _sources().get(self.communes[0], ()))
        return sorted(rows, key=lambda row: (row.split, gazetteer.order(row.label)))

    @property
    def is_old(self) -> bool:
        """Whether it stands for a unit of before 1 July 2025."""
        return self.code.startswith(OLD)


EVERYWHERE = Region("", "Cả nước")


def get(code: str) -> Region | None:
    """The region of a code, or None for an unknown one."""
    # Only what can be a code is kept: addresses of pages that anybody asks for end here.
    return _known(code) if _CODE.fullmatch(code) else None


@cache
def _known(code: str) -> Region | None:
    if code.startswith(OLD):
        return _old(code.removeprefix(OLD))
    if province := gazetteer.province(code):
        return Region(code, province.label, provinces=(code,))
    if commune := gazetteer.commune(code):
        return Region(code, commune.full, communes=(code,))
    return None


def _old(code: str) -> Region | None:
    table = gazetteer.table()
    if code in table.old_provinces.rows:
        _, kind, name, *_more = table.old_provinces.rows[code]
        districts = table.old_districts.members.get(code, [])
        return _became(f"{OLD}{code}", f"{kind} {name} (cũ)", districts)
    if code not in table.old_districts.rows:
        return None
    province, kind, name, *_more = table.old_districts.rows[code]
    above = table.old_provinces.rows[province]
    return _became(f"{OLD}{code}", f"{kind} {name} (cũ), {above[1]} {above[2]}", [code])


def _became(code: str, name: str, districts: list[str]) -> Region:
    table = gazetteer.table()
    old = {each for district in districts for each in table.old_communes.members.get(district, ())}
    rows = [table.old_commune(each) for each in sorted(old)]
    into = {target for row in rows for target in row.into}
    return Region(
        code,
        name,
        communes=tuple(sorted(into)),
        beyond=tuple(gazetteer.in_order(each for each in into if _sources()[each] - old)),
        split=tuple(row for row in rows if row.split),
    )


@cache
def _sources() -> dict[str, set[str]]:
    """Commune of today → the old communes it took in, whole or in part."""
    found: dict[str, set[str]] = defaultdict(set)
    table = gazetteer.table()
    for code in table.old_communes.rows:
        for target in table.old_commune(code).into:
            found[target].add(code)
    return found


def districts_of(province_code: str) -> list[Region]:
    """The old districts whose communes are in a province of today, in Vietnamese order."""
    table = gazetteer.table()
    olds = [c for c, row in table.old_provinces.rows.items() if row[0] == province_code]
    codes = [each for old in olds for each in table.old_districts.members.get(old, ())]
    found = [region for each in codes if (region := get(f"{OLD}{each}")) is not None]
    return sorted(found, key=lambda region: gazetteer.order(region.name))


def read(words: str) -> Region | None:
    """The region that words name, today's or old ("huyện Đại Từ", "tỉnh Thái Nguyên").

    A district is an old one, for there are none today; a province is today's when it has that
    name, unless the words hold "(cũ)". None where nothing or more than one fits.
    """
    old = "(cũ)" in words
    name, _comma, above = words.replace("(cũ)", " ").strip().partition(",")
    kind = placenames.kind(name)
    if kind in _DISTRICTS or (old and kind == "thành phố" and above):
        return _only(f"{OLD}{code}" for code in _districts(name, above))
    table = gazetteer.table()
    if old:
        codes = table.old_provinces.find(name) if kind != "xã" else []
        return _only(f"{OLD}{code}" for code in codes)
    if not above:
        provinces = table.provinces.find(name)
        return _only(provinces) if provinces else _only(table.communes.find(name))
    return _only(table.communes.find(name, table.communes.inside(table.provinces.find(above))))


def old_named(words: str) -> list[Region]:
    """The old districts that words may mean, with or without their kind and province."""
    name, _comma, above = words.replace("(cũ)", " ").strip().partition(",")
    found = (get(f"{OLD}{code}") for code in _districts(name, above))
    return [region for region in found if region is not None]


_DISTRICTS = {"huyện", "quận", "thị xã"}


def _only(codes: Iterable[str]) -> Region | None:
    found = list(codes)
    return get(found[0]) if len(found) == 1 else None


def _districts(name: str, province: str) -> list[str]:
    """Codes of old districts, those too that had ended before the last table of them."""
    table = gazetteer.table()
    among = None
    if province.strip():
        among = table.old_districts.inside(table.old_provinces.find(province))
    return table.old_districts.find(name, among)
