"""Numbers that others reported: taken in from a spreadsheet with source and date, all or none.

They stand beside ours under the word "báo cáo" and are never added to them. What we reckon
ourselves cannot be typed in this way; a target for it can ("Chỉ tiêu: …"), and stands beside it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import BinaryIO

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Select, select

from shop import clock, periods, regions, spreadsheets, text
from shop.accounts.access import Actor
from shop.database import among, db
from shop.periods import BadPeriod, Period
from shop.regions import Region
from shop.reports import kpis
from shop.reports.errors import BadFile
from shop.reports.models import Reported
from shop.spreadsheets import Cell, Row

HEADINGS = (
    *("Nguồn", "Ngày nguồn", "Nơi", "Vùng", "Kỳ", "Chỉ số", "Nguyên văn"),
    *("Dấu", "Giá trị", "Đơn vị", "Ghi chú"),
)
TARGET = "Chỉ tiêu: "
QUALIFIERS = {"": "=", "=": "=", "hơn": "over", "trên": "over", "gần": "almost", "khoảng": "about"}
_NEEDED = ("Nguồn", "Nơi", "Vùng", "Kỳ", "Chỉ số", "Nguyên văn", "Giá trị", "Đơn vị")
LONGEST = 300  # characters of a cell
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DIGITS = re.compile(r"[0-9][0-9.,]*")
_THOUSANDS = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+")
_MONTH = re.compile(r"(\d{1,2})/(\d{4})")
_MONTHS = re.compile(r"([69]) tháng(?: đầu năm)? (\d{4})")
_QUARTER = re.compile(r"quý ([1-4])[/ ](\d{4})")


@dataclass(frozen=True)
class Taken:
    """What became of a file: so many numbers are new, so many were known already."""

    fresh: int
    known: int


def take(actor: Actor, stream: BinaryIO, name: str) -> Taken:
    """Take in every row of a spreadsheet with the columns of HEADINGS.

    Raises BadFile with every fault when there is one, spreadsheets.BadSheet.
    """
    faults: list[str] = []
    found = list(_read(spreadsheets.read(stream, name), faults))
    there = _of_sources({row.source for row in found})
    fresh = [row for row in found if not _is_known(row, there, faults)]
    _expect_apart([*there.values(), *fresh], faults)
    if faults:
        raise BadFile(faults)
    for row in fresh:
        row.imported_at, row.imported_by = clock.now(), actor.name
        db.session.add(row)
    db.session.flush()
    return Taken(len(fresh), len(found) - len(fresh))


def _read(rows: Iterator[Row], faults: list[str]) -> Iterator[Reported]:
    first = next(rows, None)
    headings = [str(cell).strip() for cell in first.cells] if first else []
    missing = [name for name in HEADINGS if name not in headings]
    if missing:
        faults.append(_("Thiếu cột: %(names)s.", names=", ".join(missing)))
        return
    ours, aims = _ours(), _aims()
    for row in rows:
        said = {n: _said(c) for n, c in zip(headings, row.cells, strict=False) if n}
        made, wrong = _made(said, ours, aims)
        faults += [_("Dòng %(number)s: %(wrong)s", number=row.number, wrong=w) for w in wrong]
        if made is not None:
            yield made


def _said(cell: Cell) -> str:
    """A cell as words; a number of a spreadsheet as people write one, with a comma."""
    if isinstance(cell, Decimal):
        return format(cell, "f").replace(".", ",")
    return text.visible(str(cell)).strip()


def _made(
    said: dict[str, str], ours: set[str], aims: dict[str, str]
) -> tuple[Reported | None, list[str]]:
    wrong = [_("thiếu “%(name)s”.", name=name) for name in _NEEDED if not said.get(name)]
    wrong += [
        _("“%(name)s” quá dài hoặc có ký tự lạ.", name=name)
        for name, words in said.items()
        if len(words) > LONGEST or _CONTROL.search(words)
    ]
    region = regions.read(said.get("Vùng", ""))
    if region is None and said.get("Vùng"):
        wrong.append(_("không rõ vùng “%(words)s”, xin ghi cả tỉnh.", words=said["Vùng"]))
    if text.fold(said.get("Chỉ số", "")) in ours:
        wrong.append(_("“%(name)s” tính từ dữ liệu, không nhập tay được.", name=said["Chỉ số"]))
    aim = said.get("Chỉ số", "")
    if aim.startswith(TARGET) and aim not in aims:
        wrong.append(_("không có số liệu nào tên “%(name)s”.", name=aim.removeprefix(TARGET)))
    if said.get("Dấu", "").lower() not in QUALIFIERS:
        wrong.append(_("dấu phải là =, hơn, gần hoặc khoảng."))
    value = _number(said.get("Giá trị", ""))
    if value is None and said.get("Giá trị"):
        wrong.append(_("giá trị “%(words)s” không phải là số.", words=said["Giá trị"]))
    if wrong or region is None or value is None:
        return None, wrong
    return _row(said, region, value), []


def _row(said: dict[str, str], region: Region, value: Decimal) -> Reported:
    return Reported(
        source=said["Nguồn"],
        said_on=said.get("Ngày nguồn", ""),
        place=said["Nơi"],
        area_code=region.code,
        period=said["Kỳ"],
        indicator=said["Chỉ số"],
        as_printed=said["Nguyên văn"],
        qualifier=QUALIFIERS[said.get("Dấu", "").lower()],
        value=value,
        unit=said["Đơn vị"],
        note=said.get("Ghi chú", ""),
    )


def _ours() -> set[str]:
    """What our own figures are called, folded: another spelling of one is no other number."""
    known = kpis.registry().values()
    names = {figure.name for figure in known}
    for language in ("vi", "en"):
        with force_locale(language):
            names |= {str(figure.title) for figure in known}
    return {text.fold(name) for name in names}


def _aims() -> dict[str, str]:
    """What a target for each figure is called in a file, which is always Vietnamese → its name."""
    with force_locale("vi"):
        return {f"{TARGET}{figure.title}": name for name, figure in kpis.registry().items()}


def targets(area_code: str, period: Period) -> dict[str, str]:
    """Figure → the target that was set for it in this region, as printed: of the shortest period
    that has this one in it."""
    aims = _aims()
    query = select(Reported).where(
        Reported.area_code == area_code, Reported.indicator.in_(list(aims))
    )
    found: dict[str, tuple[int, str]] = {}
    for row in db.session.scalars(query.order_by(Reported.id)):
        whole = period_of(row.period)
        if whole is None or whole.first > period.first or whole.last < period.last:
            continue
        days, name = (whole.last - whole.first).days, aims[row.indicator]
        if name not in found or days < found[name][0]:
            found[name] = days, row.as_printed
    return {name: said for name, (_days, said) in found.items()}


def _number(words: str) -> Decimal | None:
    """The number of "1.250,5", "25.700" or "70.5"; a point before three digits parts thousands."""
    plain = words.replace(" ", "")
    if not _DIGITS.fullmatch(plain):
        return None
    if "," in plain or _THOUSANDS.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    try:
        found = Decimal(plain)
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < Decimal(10) ** 15 else None


# Source, place, indicator, period.
_Key = tuple[str, str, str, str]


def _key(row: Reported) -> _Key:
    return row.source, row.place, row.indicator, row.period


def _of_sources(sources: set[str]) -> dict[_Key, Reported]:
    """What these sources reported before."""
    query = select(Reported).where(among(Reported.source, sources)).order_by(Reported.id)
    return {_key(row): row for row in db.session.scalars(query)} if sources else {}


def _is_known(row: Reported, before: dict[_Key, Reported], faults: list[str]) -> bool:
    """Whether the very same stands there; another number for the same is a fault."""
    there = before.get(_key(row))
    if there is not None and there.value != row.value:
        faults.append(
            _(
                "%(name)s, %(place)s, %(period)s: nguồn này đã báo %(value)s.",
                name=row.indicator,
                place=row.place,
                period=row.period,
                value=there.as_printed,
            )
        )
    return there is not None


def _expect_apart(rows: Sequence[Reported], faults: list[str]) -> None:
    """No two numbers of one source for the same place and indicator, in periods that overlap."""
    alike: dict[tuple[str, str, str], list[Reported]] = defaultdict(list)
    for row in rows:
        alike[_key(row)[:3]].append(row)
    for found in alike.values():
        for one, other in pairwise(sorted(found, key=_when)):
            fresh = one.id is None or other.id is None
            if fresh and _overlap(one.period, other.period):
                faults.append(
                    _(
                        "%(name)s, %(place)s: kỳ %(one)s và %(other)s chồng lên nhau.",
                        name=one.indicator,
                        place=one.place,
                        one=one.period,
                        other=other.period,
                    )
                )


def _when(row: Reported) -> tuple[int, int, str]:
    """By their beginning, the longer first: if any two overlap, so do some two neighbours."""
    found = period_of(row.period)
    if found is None:
        return 0, 0, row.period
    return found.first.toordinal(), -found.last.toordinal(), ""


def _overlap(one: str, other: str) -> bool:
    first, second = period_of(one), period_of(other)
    if first is None or second is None:
        return one == other
    return first.first <= second.last and second.first <= first.last


def period_of(words: str) -> Period | None:
    """The period that words name ("2023", "01/2023", "9 tháng 2023", "quý 3/2023"), or None."""
    plain = words.strip().lower()
    if match := _MONTH.fullmatch(plain):
        plain = f"{match[2]}-{int(match[1]):02d}"
    elif match := _MONTHS.fullmatch(plain):
        plain = f"{match[2]}-{match[1]}T"
    elif match := _QUARTER.fullmatch(plain):
        plain = f"{match[2]}-Q{match[1]}"
    try:
        return periods.read(plain)
    except BadPeriod:
        return None


def of_region(region: Region) -> list[Reported]:
    """What was reported of a region, or of an old unit all of which is inside it."""
    inside = {commune.code for commune in region.members()}
    codes = db.session.scalars(select(Reported.area_code).distinct())
    within = [code for code in codes if _is_within(code, inside)]
    query = select(Reported).where(Reported.area_code.in_(within))
    return list(db.session.scalars(query.order_by(Reported.indicator, Reported.id)))


def _is_within(code: str, inside: set[str]) -> bool:
    found = regions.get(code)
    return found is not None and {commune.code for commune in found.members()} <= inside


def every() -> Select[Reported]:
    """Everything that was reported, what came last first."""
    return select(Reported).order_by(Reported.imported_at.desc(), Reported.id.desc())
