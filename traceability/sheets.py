"""Sheets and rolls of stamps: label layouts as data, and where labels stand on the page.

All lengths of a layout are millimetres, counted from the upper left; sizes of type are points.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from shop import pdf
from shop.errors import DomainError
from traceability import qr

MIN_MODULE_MM = {203: 0.33, 300: 0.25}  # smallest module a phone still reads, by printer's dpi
MM_PER_INCH = 25.4
LEADING = 1.3  # line distance in sizes of the type; Vietnamese capitals carry two accents
BASE = 0.3  # what a line has below its base, in sizes of the type
SCRATCH = (18.0, 5.0)  # the box that is covered: width, height

_MARK, _MARK_DISTANCE = 3.0, 1.0  # crop marks: length, distance from the label


@dataclass(frozen=True)
class Stamp:
    """One stamp to print: what the symbol says, and the codes that people read beside it.

    `code` is printed in groups, for typing where no camera reads the symbol. `secret`: what
    stands in the box that is covered. Either may be empty.
    """

    uri: str
    code: str = ""
    secret: str = ""


@dataclass(frozen=True)
class Layout:
    """Labels on one page: `columns` × `rows` of `width` × `height`, and the page around them.

    `dpi` is the printer's. With `beside` the caption stands to the right of the symbol, else below
    it. `lines` counts star, captions and code together, `type_size` is points. `logo`: the side of
    the square that a logo gets, 0 for none. `scratch`: there is a box for the hidden code. On a
    roll (one label a page) there are no crop marks.
    """

    name: str
    page: tuple[float, float]
    columns: int
    rows: int
    width: float
    height: float
    gap: tuple[float, float] = (0.0, 0.0)
    padding: float = 0.5
    dpi: int = 203
    beside: bool = False
    lines: int = 2
    type_size: float = 5.0
    logo: float = 0.0
    scratch: bool = False

    @property
    def per_page(self) -> int:
        """Labels on a page."""
        return self.columns * self.rows

    @property
    def marks(self) -> bool:
        """Whether the page is cut by hand, so that marks show where."""
        return self.per_page > 1


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout("a4-5x8", (210, 297), 5, 8, 35, 33, (2, 2), 1, 300, lines=4, type_size=5.5),
        Layout("a4-4x7", (210, 297), 4, 7, 44, 38, (2, 2), 1, 300, lines=4, type_size=6.5),
        Layout("a4-3x8", (210, 297), 3, 8, 60, 32, (2, 2), 1, 300, True, lines=6, type_size=7),
        Layout(
            "a4-3x7-cao",
            *((210, 297), 3, 7, 62, 36, (2, 2), 1, 300, True),
            lines=5,
            type_size=6.5,
            logo=8,
            scratch=True,
        ),
        Layout("cuon-20x20", (20, 20), 1, 1, 20, 20, lines=0),
        Layout("cuon-25x25", (25, 25), 1, 1, 25, 25, lines=2),
        Layout("cuon-30x20", (30, 20), 1, 1, 30, 20, beside=True, lines=7),
    )
}


class LabelTooSmall(DomainError):
    """The label leaves the symbol too little room to be read once printed.

    `facts`: `module_mm` it would get, `least_mm` it needs, `layout`.
    """

    status = 422

    def __init__(self, layout: Layout, module_mm: float) -> None:
        least = MIN_MODULE_MM[layout.dpi]
        super().__init__(
            _(
                "Tem %(layout)s quá nhỏ: mỗi ô mã QR chỉ được %(module)s mm, cần ít nhất "
                "%(least)s mm. Xin chọn tem lớn hơn.",
                layout=layout.name,
                module=shown(module_mm),
                least=shown(least),
            ),
            layout=layout.name,
            module_mm=round(module_mm, 3),
            least_mm=least,
        )


class WordsTooLarge(DomainError):
    """Words, logo and scratch box beside the symbol need more room than the label has.

    `facts`: `needed_mm` and `there_mm`, across or down.
    """

    status = 422

    def __init__(self, layout: Layout, needed_mm: float, there_mm: float) -> None:
        super().__init__(
            _(
                "Tem %(layout)s không đủ chỗ cho chữ bên cạnh mã: cần %(needed)s mm, chỉ có "
                "%(there)s mm. Bớt dòng chữ, thu nhỏ logo hoặc chọn tem lớn hơn.",
                layout=layout.name,
                needed=shown(needed_mm),
                there=shown(max(0.0, there_mm)),
            ),
            needed_mm=round(needed_mm, 2),
            there_mm=round(there_mm, 2),
        )


def module_mm(layout: Layout, modules: int) -> float:
    """The side of one module of a symbol of `modules` × `modules`, in whole dots of the printer.

    Dots cut in half print some lines thick and some thin. Raises LabelTooSmall.
    """
    room = _symbol_room(layout) / (modules + 2 * qr.QUIET_MODULES)
    dot = MM_PER_INCH / layout.dpi
    side = int(room / dot + 1e-6) * dot
    if side < MIN_MODULE_MM[layout.dpi]:
        raise LabelTooSmall(layout, room)
    return side


def grouped(code: str) -> str:
    """A code in groups of three or four, as people read one aloud: `7Q2 M9K 4TX`."""
    return " ".join(parts(code))


def parts(code: str) -> list[str]:
    """The groups of a code."""
    size = 3 if len(code) % 3 == 0 else 4
    return [code[at : at + size] for at in range(0, len(code), size)]


def corners(layout: Layout) -> Iterator[tuple[float, float]]:
    """Upper left corners of the labels in reading order, from the upper left of the page."""
    columns, rows = edges(layout)
    for row in rows[::2]:
        for column in columns[::2]:
            yield column, row


def edges(layout: Layout) -> tuple[list[float], list[float]]:
    """Where labels begin and end, in turns, across and down the page."""
    found: list[list[float]] = []
    sizes = (layout.width, layout.height)
    for page, count, size, gap in zip(
        layout.page, (layout.columns, layout.rows), sizes, layout.gap, strict=True
    ):
        margin = (page - count * size - (count - 1) * gap) / 2
        starts = [margin + place * (size + gap) for place in range(count)]
        found.append([edge for start in starts for edge in (start, start + size)])
    return found[0], found[1]


def marks(layout: Layout) -> Iterator[tuple[float, float, float, float]]:
    """Cutting marks in the margins, in line with every edge of the labels: from x, y to x, y."""
    if not layout.marks:
        return
    columns, rows = edges(layout)
    near, far = _MARK_DISTANCE, _MARK_DISTANCE + _MARK
    for x in columns:
        yield x, rows[0] - near, x, rows[0] - far
        yield x, rows[-1] + near, x, rows[-1] + far
    for y in rows:
        yield columns[0] - near, y, columns[0] - far, y
        yield columns[-1] + near, y, columns[-1] + far, y


def shown(length: float) -> str:
    """A length as people here write it: `0,33`."""
    return f"{length:.2f}".replace(".", ",")


def _symbol_room(layout: Layout) -> float:
    inside = layout.height - 2 * layout.padding
    return min(inside - caption_height(layout), layout.width - 2 * layout.padding)


def caption_height(layout: Layout) -> float:
    """What the caption takes from the height of the symbol."""
    return 0.0 if layout.beside else words_height(layout)


def words_height(layout: Layout) -> float:
    """How high words, logo and scratch box stand together."""
    words = layout.lines * leading(layout)
    scratch = SCRATCH[1] + BASE if layout.scratch else 0.0
    if layout.beside:
        return words + layout.logo + scratch
    return max(words + scratch, layout.logo)


def leading(layout: Layout) -> float:
    """From one line of words to the next."""
    return layout.type_size * LEADING / pdf.mm(1)
