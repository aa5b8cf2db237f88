"""Sheets and rolls of stamps: label layouts as data, and the PDF of a batch.

All lengths of a layout are millimetres.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from flask_babel import gettext as _
from reportlab.pdfgen.canvas import Canvas

from shop import pdf
from shop.errors import DomainError
from traceability import qr

MIN_MODULE_MM = {203: 0.33, 300: 0.25}  # smallest module a phone still reads, by printer's dpi
MM_PER_INCH = 25.4

_LEADING = 1.3  # line distance in sizes of the type; Vietnamese capitals carry two accents
_MARK, _MARK_DISTANCE = 3.0, 1.0  # crop marks: length, distance from the label


@dataclass(frozen=True)
class Stamp:
    """One stamp to print: what the symbol says, and what people read beside it.

    `captions` are lines as they should stand, most important first; a long one is cut with an
    ellipsis. `code` is printed in groups, for typing where no camera reads the symbol.
    """

    uri: str
    captions: tuple[str, ...]
    code: str


@dataclass(frozen=True)
class Layout:
    """Labels on one page: `columns` × `rows` of `width` × `height`, and the page around them.

    `dpi` is the printer's. With `beside` the caption stands to the right of the symbol, else below
    it. `lines` counts caption and code together, `type_size` is points. On a roll (one label a
    page) there are no crop marks.
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
        Layout("a4-5x8", (210, 297), 5, 8, 35, 33, (2, 2), 1, 300, lines=3, type_size=5.5),
        Layout("a4-4x7", (210, 297), 4, 7, 44, 38, (2, 2), 1, 300, lines=3, type_size=6.5),
        Layout("a4-3x8", (210, 297), 3, 8, 60, 32, (2, 2), 1, 300, True, lines=6, type_size=7),
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
                module=_vietnamese(module_mm),
                least=_vietnamese(least),
            ),
            layout=layout.name,
            module_mm=round(module_mm, 3),
            least_mm=least,
        )


def write_pdf(stamps: Iterable[Stamp], layout: Layout, out: BinaryIO, *, level: str = "M") -> int:
    """Write the stamps in reading order and answer how many there were.

    Stamps are taken one page at a time; what stays in memory until the end is the text of the
    finished pages, about one kilobyte a stamp. Raises LabelTooSmall, with nothing written to `out`.
    """
    document = pdf.canvas(out, title=layout.name, size=_points(layout.page))
    count = 0
    waiting = iter(stamps)
    while page := list(islice(waiting, layout.per_page)):
        for corner, stamp in zip(_corners(layout), page, strict=False):
            _draw(document, layout, corner, (stamp, qr.matrix(stamp.uri, level)))
        if layout.marks:
            _draw_marks(document, layout)
        document.showPage()
        count += len(page)
    document.save()
    return count


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
    size = 3 if len(code) % 3 == 0 else 4
    return " ".join(code[at : at + size] for at in range(0, len(code), size))


def _symbol_room(layout: Layout) -> float:
    inside = layout.height - 2 * layout.padding
    return min(inside - _caption_height(layout), layout.width - 2 * layout.padding)


def _caption_height(layout: Layout) -> float:
    """What the caption takes from the height of the symbol."""
    return 0.0 if layout.beside else layout.lines * layout.type_size * _LEADING / pdf.mm(1)


def _corners(layout: Layout) -> Iterator[tuple[float, float]]:
    """Upper left corners of the labels in reading order, from the upper left of the page."""
    columns, rows = _edges(layout)
    for row in rows[::2]:
        for column in columns[::2]:
            yield column, row


def _edges(layout: Layout) -> tuple[list[float], list[float]]:
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


def _draw(
    document: Canvas, layout: Layout, corner: tuple[float, float], what: tuple[Stamp, qr.Matrix]
) -> None:
    stamp, symbol = what
    module = module_mm(layout, len(symbol))
    quiet = qr.QUIET_MODULES * module
    framed = module * len(symbol) + 2 * quiet
    left, top = corner[0] + layout.padding, corner[1] + layout.padding
    top += (layout.height - 2 * layout.padding - _caption_height(layout) - framed) / 2
    room = layout.width - 2 * layout.padding
    text_left, text_top = left, top + framed
    if layout.beside:
        room -= framed
        text_left, text_top = left + framed, top + quiet
    else:
        left += (room - framed) / 2
    _draw_symbol(document, layout, (left + quiet, top + quiet), (symbol, module))
    down = pdf.mm(layout.page[1] - text_top)
    for text, size in _caption(stamp, layout, pdf.mm(room)):
        down -= size * _LEADING
        pdf.line(
            document, text, (pdf.mm(text_left), down + size * 0.3), font=pdf.REGULAR, size=size
        )


def _draw_symbol(
    document: Canvas, layout: Layout, at: tuple[float, float], what: tuple[qr.Matrix, float]
) -> None:
    # One inline image mask, a bit a module. On whole dots of the printer, counted from the upper
    # left corner, no module comes out thicker than another.
    symbol, module = what
    dot = MM_PER_INCH / layout.dpi
    left, top = (round(length / dot) * dot for length in at)
    side = pdf.mm(module * len(symbol))
    bottom = pdf.mm(layout.page[1] - top) - side
    document.addLiteral(
        f"q {side:.4f} 0 0 {side:.4f} {pdf.mm(left):.4f} {bottom:.4f} cm"
        f" BI /W {len(symbol)} /H {len(symbol)} /IM true /BPC 1 /D [1 0] /F /AHx"
        f" ID {qr.mask(symbol).hex()}> EI Q"
    )


def _caption(stamp: Stamp, layout: Layout, room: float) -> list[tuple[str, float]]:
    """Lines and their sizes in points: names first, then the code, which is never cut."""
    if not layout.lines:
        return []
    size = layout.type_size
    code = pdf.wrap(grouped(stamp.code), room, layout.lines + 1, size=size)
    if len(code) > layout.lines:
        narrower = room / pdf.width(stamp.code, pdf.REGULAR, size)
        return [(stamp.code, size * min(1.0, narrower))]
    left = layout.lines - len(code)
    names: list[str] = []
    for place, caption in enumerate(stamp.captions[:left]):
        others = min(len(stamp.captions), left) - place - 1
        names += pdf.wrap(caption, room, left - len(names) - others, size=size)
    return [(text, size) for text in names + code]


def _draw_marks(document: Canvas, layout: Layout) -> None:
    """Cutting marks in the margins, in line with every edge of the labels."""
    columns, rows = _edges(layout)
    height = layout.page[1]
    document.setLineWidth(0.25)
    for x in columns:
        for y, away in ((rows[0], -1), (rows[-1], 1)):
            _mark(document, (x, height - y), (0, -away))
    for y in rows:
        for x, away in ((columns[0], -1), (columns[-1], 1)):
            _mark(document, (x, height - y), (away, 0))


def _mark(document: Canvas, at: tuple[float, float], way: tuple[int, int]) -> None:
    near = [pdf.mm(a + _MARK_DISTANCE * w) for a, w in zip(at, way, strict=True)]
    far = [pdf.mm(a + (_MARK_DISTANCE + _MARK) * w) for a, w in zip(at, way, strict=True)]
    document.line(*near, *far)


def _points(size: tuple[float, float]) -> tuple[float, float]:
    return pdf.mm(size[0]), pdf.mm(size[1])


def _vietnamese(length: float) -> str:
    return f"{length:.2f}".replace(".", ",")
