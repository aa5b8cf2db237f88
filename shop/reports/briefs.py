"""The brief of a region: what one viewer is told of a sheet, number by number.

Page, paper, spreadsheet and mail are all made from it, so that what is hidden is hidden everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop import gazetteer
from shop.figures import Figure, Group
from shop.reports import hiding, kpis
from shop.reports.kpis import Cell, Measured

GROUPS = {
    Group.SELLERS: _l("Người bán"),
    Group.PRODUCTS: _l("Sản phẩm và chứng nhận OCOP"),
    Group.CHANNELS: _l("Trên các sàn khác"),
    Group.SALES: _l("Bán hàng và thanh toán"),
    Group.TRACE: _l("Tem truy xuất"),
    Group.LIVESTREAM: _l("Livestream"),
    Group.MARKETS: _l("Chợ và sạp"),
    Group.COMMUNITY: _l("Tổ công nghệ số cộng đồng"),
}


@dataclass(frozen=True)
class Bar:
    """A part of a figure, `percent` of the longest one; of a hidden one nothing but its name.

    `word`: the code of the commune, or the split.
    """

    word: str
    label: str
    shown: str
    percent: int = 0
    top: int | None = None
    bottom: int | None = None

    @property
    def hidden(self) -> bool:
        """Whether its number is hidden."""
        return self.top is None


@dataclass(frozen=True)
class Line:
    """One figure as a viewer is told it. `shown`: the number in words, or why there is none.

    `hint`: what it comes from ("12 ÷ 40") and what target was set. `top`, `bottom`: the numbers,
    None where hidden.
    """

    figure: Figure
    shown: str
    hint: str
    hidden: bool
    top: int | None
    bottom: int | None
    communes: tuple[Bar, ...]
    splits: tuple[Bar, ...]


def lines(
    found: dict[str, Measured], *, everything: bool, targets: Mapping[str, str] | None = None
) -> list[tuple[str, list[Line]]]:
    """The figures under their headings; `everything`: nothing is hidden from this viewer.

    `targets`: figure → the target that was set for it.
    """
    known, aims = kpis.registry(), targets or {}
    told = [
        line(known[name], each, everything=everything, target=aims.get(name, ""))
        for name, each in found.items()
    ]
    grouped = [
        (str(title), [x for x in told if x.figure.group == g]) for g, title in GROUPS.items()
    ]
    return [(title, inside) for title, inside in grouped if inside]


def line(figure: Figure, measured: Measured, *, everything: bool, target: str = "") -> Line:
    """One figure as the viewer is told it."""
    away = not everything and hiding.total_hidden(figure, measured)
    total = measured.total
    communes, splits = measured.communes, measured.splits
    return Line(
        figure,
        shown=few() if away else figure.show(total.top, total.bottom),
        hint=_with_target("" if away else _hint(figure, total), target),
        hidden=away,
        top=None if away else total.top,
        bottom=None if away else total.bottom,
        communes=_bars(figure, measured, communes, _commune_name, everything=everything),
        splits=_bars(figure, measured, splits, _split_name(figure), everything=everything),
    )


def few() -> str:
    """What stands where a number is hidden."""
    return str(_("dưới %(least)s đơn vị, không nêu", least=hiding.LEAST))


def _hint(figure: Figure, total: Cell) -> str:
    if not figure.ratio:
        return ""
    if not total.bottom:
        return str(figure.empty)
    return f"{format_decimal(total.top)} ÷ {format_decimal(total.bottom)}"


def _with_target(hint: str, target: str) -> str:
    aim = str(_("chỉ tiêu: %(target)s", target=target)) if target else ""
    return "; ".join(part for part in (hint, aim) if part)


def _bars(
    figure: Figure, measured: Measured, parts: Sequence[Cell], name: Any, *, everything: bool
) -> tuple[Bar, ...]:
    away = set() if everything else hiding.hidden(figure, measured, parts)
    most = max((cell.top for cell in parts if cell.word not in away), default=0)
    told = [_bar(figure, cell, name(cell.word), most) for cell in _ranked(figure, parts, away)]
    # In order of their names: their place in the ranking would tell something.
    hidden = sorted(away, key=lambda word: gazetteer.order(name(word)))
    return (*told, *(Bar(word, name(word), few()) for word in hidden))


def _ranked(figure: Figure, parts: Iterable[Cell], away: set[str]) -> list[Cell]:
    """The parts that are shown, the largest first; what nobody said where it is comes last."""
    shown = [cell for cell in parts if cell.word not in away]
    if figure.ratio:
        shown.sort(key=lambda cell: -(cell.top / cell.bottom if cell.bottom else -1))
    return sorted(shown, key=lambda cell: cell.word == "")


def _bar(figure: Figure, cell: Cell, label: str, most: int) -> Bar:
    whole = (cell.bottom or 0) if figure.ratio else most
    percent = round(100 * cell.top / whole) if whole else 0
    shown, percent = figure.show(cell.top, cell.bottom), min(max(percent, 0), 100)
    return Bar(cell.word, label, shown, percent, cell.top, cell.bottom)


def _commune_name(code: str) -> str:
    found = gazetteer.commune(code)
    return found.label if found else str(_("Chưa ghi xã"))


def _split_name(figure: Figure) -> Any:
    return lambda word: str(figure.splits(word)) if figure.splits else word
