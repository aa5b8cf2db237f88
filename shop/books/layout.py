"""Where everything of a form stands on A4 paper: words, lines, pages. Nothing is drawn here.

Lengths are points. Letters have no kerning, so the widths of words add up.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise

from reportlab.lib.pagesizes import A4, landscape

from shop import pdf, quantities
from shop.books import framing
from shop.books.forms import Cell, Column, Form, Row, plain_money

MARGIN = pdf.mm(15)
PAD = pdf.mm(1.2)
SIZE = 9.0
LEADING = 1.35

_TITLE_SIZE = 14.0
_GAP = pdf.mm(4)
_TO_SIGN_IN = pdf.mm(24)
# A text longer than this goes on in a further row, so that a row always finds room on a page.
_MOST_LINES = 12
# So many rows go with the signatures to a new page: a page to sign shows what is signed.
_KEPT_ROWS = 2


@dataclass(frozen=True)
class Words:
    """Lines between two edges, the first of them `down` below the top of their part of the page."""

    lines: Sequence[str]
    left: float
    right: float
    down: float
    align: str = "center"
    font: str = pdf.REGULAR
    size: float = SIZE

    @property
    def end(self) -> float:
        """How far below that top the last line ends."""
        return self.down + len(self.lines) * self.size * LEADING


@dataclass(frozen=True)
class Box:
    """A title of the table with a frame around it, `down` below the table's upper edge."""

    lines: Sequence[str]
    left: float
    right: float
    down: float
    height: float


@dataclass(frozen=True)
class Laid:
    """A row broken into lines, a sequence for each column.

    `announces`: it says what the rows after it are. `goes_on`: more of its text follows.
    """

    cells: tuple[Sequence[str], ...]
    height: float
    font: str
    announces: bool
    goes_on: bool


@dataclass(frozen=True)
class Layout:
    """`edges`: where columns begin, and where the last one ends. `pages`: at least one, of rows."""

    size: tuple[float, float]
    edges: Sequence[float]
    head: Sequence[Words]
    titles: Sequence[Box]
    pages: Sequence[Sequence[Laid]]
    signing: Sequence[Words]


def of(form: Form) -> Layout:
    """Lay a form out, on paper on its side when its columns are many.

    Takes time in proportion to the rows. Only the first page has the head, only the last one the
    sums and the places to sign.
    """
    size = landscape(A4) if form.is_wide else A4
    edges = _edges(form.columns, size[0] - 2 * MARGIN)
    head, titles, signing = _head(form, edges), _titles(form.columns, edges), _signing(form, edges)
    room = size[1] - 2 * MARGIN - max(box.down + box.height for box in titles)
    totals = list(_lay(form.totals, form.columns, edges))
    tail = _height(totals) + end(signing)
    pages = paginate(_lay(form.rows, form.columns, edges), room - end(head), room, tail)
    pages[-1] += totals
    return Layout(size, edges, head, titles, pages, signing)


def end(words: Sequence[Words]) -> float:
    """How far down the lowest of them ends."""
    return max((each.end for each in words), default=0)


def _edges(columns: Sequence[Column], room: float) -> list[float]:
    whole = sum(column.width for column in columns)
    ends = accumulate(column.width * room / whole for column in columns)
    return [MARGIN, *(MARGIN + reach for reach in ends)]


def _head(form: Form, edges: Sequence[float]) -> list[Words]:
    left, right = edges[0], edges[-1]
    split = left + (right - left) * (0.6 if form.code else 1)
    head = _stack(framing.owner(form), (left, split - _GAP), "left")
    head += _stack(framing.number(form), (split, right), "center")
    title = wrap(form.title, right - left, pdf.BOLD, _TITLE_SIZE)
    head.append(Words(title, left, right, end(head) + _GAP, font=pdf.BOLD, size=_TITLE_SIZE))
    for text in framing.under_title(form):
        head.append(Words(wrap(text, right - left), left, right, end(head)))
    head.append(Words([framing.unit(form)], left, right, end(head), "right"))
    return [*head, _room(left, right, end(head) + PAD)]


def _stack(texts: Iterable[str], between: tuple[float, float], align: str) -> list[Words]:
    """Texts under one another, the first one bold."""
    words: list[Words] = []
    for text in texts:
        font = pdf.REGULAR if words else pdf.BOLD
        lines = wrap(text, between[1] - between[0], font)
        words.append(Words(lines, *between, end(words), align, font))
    return words


def _room(left: float, right: float, down: float) -> Words:
    return Words([], left, right, down)


def _signing(form: Form, edges: Sequence[float]) -> list[Words]:
    """Places to sign beside one another, a single one at the right, each with room for a name."""
    signatures = framing.signatures(form)
    shares = max(2, len(signatures))
    share = (edges[-1] - edges[0]) / shares
    words: list[Words] = []
    for number, (role, hint) in enumerate(signatures, shares - len(signatures)):
        between = edges[0] + number * share, edges[0] + (number + 1) * share
        day = framing.DATE_LINE if number == shares - 1 else ""
        words.append(Words([day], *between, _GAP))
        lines = [line for part in role.split("\n") for line in wrap(part, share, pdf.BOLD)]
        words.append(Words(lines, *between, words[-1].end, font=pdf.BOLD))
        words.append(Words([hint], *between, words[-1].end))
        words.append(_room(*between, words[-1].end + _TO_SIGN_IN))
    return words


def _titles(columns: Sequence[Column], edges: Sequence[float]) -> list[Box]:
    """Titles of groups over those of their columns, and the marks under all of them."""
    single = [(column.title, number, number + 1) for number, column in enumerate(columns)]
    groups = [(title, at.start, at.stop) for title, at in framing.groups(columns) if title]
    upper = max((_box(span, edges, 0).height for span in groups), default=0)
    both = upper + max(_box(span, edges, 0).height for span in single)
    boxes = [_box(span, edges, 0, upper) for span in groups]
    for column, span in zip(columns, single, strict=True):
        down = upper if column.group else 0
        boxes.append(_box(span, edges, down, both - down))
    if any(column.mark for column in columns):
        boxes += [_box((c.mark, n, n + 1), edges, both) for n, c in enumerate(columns)]
    return boxes


def _box(span: tuple[str, int, int], edges: Sequence[float], down: float, height: float = 0) -> Box:
    text, first, after = span
    lines = wrap(text, edges[after] - edges[first] - 2 * PAD, pdf.BOLD) or [""]
    needed = len(lines) * SIZE * LEADING + 2 * PAD
    return Box(lines, edges[first], edges[after], down, height or needed)


def _lay(rows: Iterable[Row], columns: Sequence[Column], edges: Sequence[float]) -> Iterator[Laid]:
    rooms = [right - left - 2 * PAD for left, right in pairwise(edges)]
    for row in rows:
        font = pdf.BOLD if row.bold else pdf.REGULAR
        cells = [
            _lines(value, column, room, font)
            for value, column, room in zip(row.cells, columns, rooms, strict=True)
        ]
        announces = row.bold and all(isinstance(cell, str | None) for cell in row.cells)
        most = max(1, *map(len, cells))
        for first in range(0, most, _MOST_LINES):
            part = tuple(lines[first : first + _MOST_LINES] for lines in cells)
            height = max(1, *map(len, part)) * SIZE * LEADING + PAD
            yield Laid(part, height, font, announces, first + _MOST_LINES < most)


def _lines(value: Cell, column: Column, room: float, font: str) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return wrap(value, room, font)
    if isinstance(value, date):
        return [f"{value:%d/%m/%Y}"]
    if column.kind == "money":
        return [plain_money(int(value))]
    return [quantities.show(Decimal(value))]


def wrap(text: str, room: float, font: str = pdf.REGULAR, size: float = SIZE) -> list[str]:
    """The whole text in lines of at most `room`: broken between words, in one only if it must."""
    lines: list[str] = []
    line, taken = "", 0.0
    blank = pdf.width(" ", font, size)
    for word in unicodedata.normalize("NFC", text).split():
        wide = pdf.width(word, font, size)
        if line and taken + blank + wide <= room:
            line, taken = f"{line} {word}", taken + blank + wide
            continue
        *full, last = [word] if wide <= room else _pieces(word, room, font, size)
        lines += [line, *full] if line else full
        line, taken = last, pdf.width(last, font, size)
    return [*lines, line] if line else lines


def _pieces(word: str, room: float, font: str, size: float) -> list[str]:
    pieces, taken = [""], 0.0
    for letter in word:
        wide = pdf.width(letter, font, size)
        if pieces[-1] and taken + wide > room:
            pieces.append("")
            taken = 0.0
        pieces[-1] += letter
        taken += wide
    return pieces


def paginate(rows: Iterable[Laid], first: float, room: float, tail: float) -> list[list[Laid]]:
    """Rows on pages: `first` is the room on the first page, `room` on the others.

    `tail` is what must follow the last rows on the same page. A row that announces others goes
    with them, as far as there is room.
    """
    pages: list[list[Laid]] = [[]]
    left = first
    for row in rows:
        if row.height > left:
            pages.append(_cut(pages[-1], lambda last, _count: last.announces, room - row.height))
            left = room - _height(pages[-1])
        pages[-1].append(row)
        left -= row.height
    if tail > left:
        pages.append(_cut(pages[-1], lambda _last, count: count < _KEPT_ROWS, room - tail))
    return pages


def _cut(page: list[Laid], goes: Callable[[Laid, int], bool], room: float) -> list[Laid]:
    """Take what goes to the next page from the end of this one, which keeps a row at least."""
    taken: list[Laid] = []
    while len(page) > 1 and page[-1].height <= room and goes(page[-1], len(taken)):
        room -= page[-1].height
        taken.insert(0, page.pop())
    return taken


def _height(rows: Iterable[Laid]) -> float:
    return sum(row.height for row in rows)
