"""The brief of a region: what one viewer is told of a sheet, number by number.

Page, paper, spreadsheet and mail are all made from it, so that what is hidden is hidden everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop import gazetteer
from shop.figures import Figure, Group
from shop.reports import hiding, kpis, sheets
from shop.reports.hiding import Away
from shop.reports.kpis import Cell, Measured
from shop.reports.models import Sheet

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

    `word`: the code of the commune, or the split. `why`: it is hidden.
    """

    word: str
    label: str
    figure: Figure
    percent: int = 0
    top: int | None = None
    bottom: int | None = None
    why: str = ""

    @property
    def shown(self) -> str:
        """The number in words; put into them only where it is read, for most stand nowhere."""
        return self.why if self.top is None else self.figure.show(self.top, self.bottom)

    @property
    def hidden(self) -> bool:
        """Whether its number is hidden."""
        return self.top is None


@dataclass(frozen=True)
class Line:
    """One figure as a viewer is told it. `shown`: the number in words, or why there is none.

    `hint`: what it comes from ("12 trên 40") and what target was set. `top`, `bottom`: the numbers,
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


Months = Mapping[str, Sequence[Away]]


def of_sheet(
    sheet: Sheet,
    *,
    everything: bool,
    targets: Mapping[str, str] | None = None,
    today: Mapping[str, Measured] | None = None,
) -> list[tuple[str, list[Line]]]:
    """The figures of a sheet under their headings, as `lines` tells them."""
    months = {} if everything else sheets.in_months(sheets.scope_of(sheet))
    found = sheets.measured(sheet)
    return lines(found, everything=everything, targets=targets, months=months, today=today)


def lines(
    found: dict[str, Measured],
    *,
    everything: bool,
    targets: Mapping[str, str] | None = None,
    months: Months | None = None,
    today: Mapping[str, Measured] | None = None,
) -> list[tuple[str, list[Line]]]:
    """The figures under their headings; `everything`: nothing is hidden from this viewer.

    `targets`: figure → the target that was set for it. `months`: figure → what its months hide in a
    longer period (`sheets.in_months`), without which that must not be told to who sees not all.
    `today`: of a frozen sheet the same figures as the day's sheet has them (see `hiding.away`).
    """
    known, aims, parts = kpis.registry(), targets or {}, months or {}
    withheld = frozenset[str]() if everything else hiding.withheld(found, parts, today)
    told = [
        line(
            known[name],
            each,
            everything=everything,
            target=aims.get(name, ""),
            months=parts.get(name, ()),
            withheld=name in withheld,
            today=(today or {}).get(name),
        )
        for name, each in found.items()
    ]
    grouped = [
        (str(title), [x for x in told if x.figure.group == g]) for g, title in GROUPS.items()
    ]
    return [(title, inside) for title, inside in grouped if inside]


def line(
    figure: Figure,
    measured: Measured,
    *,
    everything: bool,
    target: str = "",
    months: Sequence[Away] = (),
    withheld: bool = False,
    today: Measured | None = None,
) -> Line:
    """One figure as the viewer is told it; of one that is `withheld` nothing."""
    if withheld:
        return _withheld(figure, measured, target)
    away = Away() if everything else hiding.away(figure, measured, months, today)
    total = measured.total
    communes = [(cell, _commune_name(cell.word)) for cell in measured.communes]
    splits = [(cell, _split_name(figure, cell.word)) for cell in measured.splits]
    return Line(
        figure,
        shown=_few(figure, months) if away.total else figure.show(total.top, total.bottom),
        hint=_with_target("" if away.total else _hint(figure, total), target),
        hidden=away.total,
        top=None if away.total else total.top,
        bottom=None if away.total else total.bottom,
        communes=_bars(figure, communes, away.communes),
        splits=_bars(figure, splits, away.splits),
    )


def _withheld(figure: Figure, measured: Measured, target: str) -> Line:
    said = str(_("không nêu, vì từ đó tính ra được số đã ẩn"))
    communes = [(cell.word, _commune_name(cell.word)) for cell in measured.communes]
    splits = [(cell.word, _split_name(figure, cell.word)) for cell in measured.splits]
    bars = [
        tuple(
            Bar(w, n, figure, why=said)
            for w, n in sorted(names, key=lambda x: gazetteer.order(x[1]))
        )
        for names in (communes, splits)
    ]
    return Line(figure, said, _with_target("", target), True, None, None, *bars)


def _few(figure: Figure, months: Sequence[Away]) -> str:
    """What stands where a total is hidden: because it, or a month of it, is of few."""
    if hiding.of_months(figure, months).total:
        return str(_("có tháng dưới %(least)s đơn vị, không nêu", least=hiding.LEAST))
    return str(_("dưới %(least)s đơn vị, không nêu", least=hiding.LEAST))


def _hint(figure: Figure, total: Cell) -> str:
    if not figure.ratio:
        return ""
    if not total.bottom:
        return str(figure.empty)
    some, every = format_decimal(total.top), format_decimal(total.bottom)
    return str(_("%(some)s trên %(every)s", some=some, every=every))


def _with_target(hint: str, target: str) -> str:
    aim = str(_("chỉ tiêu: %(target)s", target=target)) if target else ""
    return "; ".join(part for part in (hint, aim) if part)


def _bars(
    figure: Figure, parts: Sequence[tuple[Cell, str]], away: frozenset[str]
) -> tuple[Bar, ...]:
    """The parts with what they are called; `away` is hidden."""
    names = {cell.word: name for cell, name in parts}
    shown = _ranked(figure, [cell for cell, _name in parts if cell.word not in away])
    most = max((cell.top for cell in shown), default=0)
    told = [_bar(figure, cell, names[cell.word], most) for cell in shown]
    # In order of their names: their place in the ranking would tell something.
    hidden = sorted(away & names.keys(), key=lambda word: gazetteer.order(names[word]))
    # Of few, or hidden beside one that is: which of them stands nowhere.
    why = str(_("không nêu, để giữ kín số của từng người"))
    return (*told, *(Bar(word, names[word], figure, why=why) for word in hidden))


def _ranked(figure: Figure, shown: list[Cell]) -> list[Cell]:
    """The parts that are shown, the largest first; what nobody said where it is comes last."""
    if figure.ratio:
        shown.sort(key=lambda cell: -(cell.top / cell.bottom if cell.bottom else -1))
    return sorted(shown, key=lambda cell: cell.word == "")


def _bar(figure: Figure, cell: Cell, label: str, most: int) -> Bar:
    whole = (cell.bottom or 0) if figure.ratio else most
    percent = round(100 * cell.top / whole) if whole else 0
    return Bar(cell.word, label, figure, min(max(percent, 0), 100), cell.top, cell.bottom)


def _commune_name(code: str) -> str:
    found = gazetteer.commune(code)
    return found.label if found else str(_("Chưa ghi xã"))


def _split_name(figure: Figure, word: str) -> str:
    return str(figure.splits(word)) if figure.splits else word
