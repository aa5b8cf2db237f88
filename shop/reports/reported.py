"""Numbers that others reported: taken in from a spreadsheet with source and date, all or none.

They stand beside ours under the word "báo cáo" and are never added to them. What we reckon
ourselves cannot be typed in this way; a target for it can ("Chỉ tiêu: …"), and stands beside it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import BinaryIO

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Select, select

from shop import clock, periods, regions, spreadsheets
from shop.accounts.access import Actor
from shop.database import db
from shop.periods import BadPeriod, Period
from shop.regions import Region
from shop.reports import kpis
from shop.reports.errors import BadFile
from shop.reports.models import Reported
from shop.spreadsheets import Row

HEADINGS = (
    *("Nguồn", "Ngày nguồn", "Nơi", "Vùng", "Kỳ", "Chỉ số", "Nguyên văn"),
    *("Dấu", "Giá trị", "Đơn vị", "Ghi chú"),
)
TARGET = "Chỉ tiêu: "
QUALIFIERS = {"": "=", "=": "=", "hơn": "over", "trên": "over", "gần": "almost", "khoảng": "about"}
_NEEDED = ("Nguồn", "Nơi", "Vùng", "Kỳ", "Chỉ số", "Nguyên văn", "Giá trị", "Đơn vị")
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
    fresh = [row for row in found if not _is_known(row, faults)]
    _expect_apart(fresh, faults)
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
    for row in rows:
        said = {n: str(c).strip() for n, c in zip(headings, row.cells, strict=False) if n}
        made, wrong = _made(said)
        faults += [_("Dòng %(number)s: %(wrong)s", number=row.number, wrong=w) for w in wrong]
        if made is not None:
            yield made


def _made(said: dict[str, str]) -> tuple[Reported | None, list[str]]:
    wrong = [_("thiếu “%(name)s”.", name=name) for name in _NEEDED if not said.get(name)]
    region = regions.read(said.get("Vùng", ""))
    if region is None and said.get("Vùng"):
        wrong.append(_("không rõ vùng “%(words)s”, xin ghi cả tỉnh.", words=said["Vùng"]))
    if _is_ours(said.get("Chỉ số", "")):
        wrong.append(_("“%(name)s” tính từ dữ liệu, không nhập tay được.", name=said["Chỉ số"]))
    aim = said.get("Chỉ số", "")
    if aim.startswith(TARGET) and aim not in _aims():
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


def _is_ours(words: str) -> bool:
    known = kpis.registry().values()
    return any(words in {figure.name, str(figure.title)} for figure in known)


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
    plain = words.replace(" ", "")
    plain = plain.replace(".", "").replace(",", ".") if "," in plain else plain
    try:
        found = Decimal(plain)
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < Decimal(10) ** 15 else None


def _is_known(row: Reported, faults: list[str]) -> bool:
    """Whether the very same stands there; another number for the same is a fault."""
    query = select(Reported).where(
        Reported.source == row.source,
        Reported.place == row.place,
        Reported.period == row.period,
        Reported.indicator == row.indicator,
    )
    there = db.session.scalar(query)
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


def _expect_apart(fresh: Sequence[Reported], faults: list[str]) -> None:
    """No two numbers of one source for the same place and indicator, in periods that overlap."""
    for at, row in enumerate(fresh):
        for other in fresh[:at]:
            same = (row.source, row.place, row.indicator) == (
                *(other.source, other.place, other.indicator),
            )
            if same and _overlap(row.period, other.period):
                faults.append(
                    _(
                        "%(name)s, %(place)s: kỳ %(one)s và %(other)s chồng lên nhau.",
                        name=row.indicator,
                        place=row.place,
                        one=other.period,
                        other=row.period,
                    )
                )


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
