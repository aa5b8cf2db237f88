"""The PDF of a batch: what all its labels share is drawn once, what differs goes page by page."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import BinaryIO

from shop import pdf
from traceability import identifiers, labels, qr, sheets
from traceability.labels import Box, Face, Line, Logo, Plan, Slot, Stars
from traceability.pdf_stream import Letters, PdfFile
from traceability.sheets import MM_PER_INCH, Layout, Stamp

Draw = Callable[[str], qr.Symbol]

_COVERED = 0.55  # size of the hidden code in heights of its box


def write(
    stamps: Iterable[Stamp],
    layout: Layout,
    face: Face,
    out: BinaryIO,
    *,
    draw: Draw = qr.symbol,
) -> int:
    """Write the stamps in reading order and answer how many there were.

    All have addresses and codes of one length. `draw` makes the symbol of an address. Stamps are
    taken one page at a time, and a page is in the file before the next one is asked for. Raises
    LabelTooSmall and WordsTooLarge, with nothing written to `out`.
    """
    waiting = iter(stamps)
    page = list(islice(waiting, layout.per_page))
    if not page:
        raise ValueError("a sheet needs at least one stamp")
    first = page[0]
    groups = len(sheets.parts(first.code)) if first.code else 0
    plan = labels.plan(layout, draw(first.uri).side, face, groups)
    sheet = _Sheet(layout, plan, face, first, out)
    count = 0
    while page:
        sheet.page(page, draw)
        count += len(page)
        page = list(islice(waiting, layout.per_page))
    sheet.file.finish()
    return count


class _Sheet:
    """One PDF being written: the file, its fonts, and where each label of a page begins."""

    def __init__(self, layout: Layout, plan: Plan, face: Face, first: Stamp, out: BinaryIO) -> None:
        self.layout, self.plan = layout, plan
        self.height = layout.page[1]
        self.letters = Letters(_texts(plan, first))
        self.corners = list(sheets.corners(layout))
        width, height = layout.page
        self.file = PdfFile(out, (pdf.mm(width), pdf.mm(height)), layout.name)
        font = self.letters.embed(self.file)
        inside = f"<< /Font << /F {font} 0 R >>"
        if face.logo:
            inside += f" /XObject << /L {_logo(self.file, face.logo)} 0 R >>"
        inside += " >>"
        form = f"/Type /XObject /Subtype /Form /Resources {inside} /BBox [-1 -2000 2000 1] "
        label = self.file.stream(_label(plan, self.letters), form)
        marks = self.file.stream(_marks(layout), form.replace("-1 -2000 2000 1", "0 0 3000 3000"))
        self.file.resources = (
            f"<< /Font << /F {font} 0 R >> /XObject << /A {label} 0 R /M {marks} 0 R >> >>"
        )

    def page(self, stamps: list[Stamp], draw: Draw) -> None:
        """Draw one page."""
        parts = ["/M Do\n"] if self.layout.marks else []
        for corner, stamp in zip(self.corners, stamps, strict=False):
            left, top = pdf.mm(corner[0]), pdf.mm(self.height - corner[1])
            parts.append(f"q 1 0 0 1 {left:.3f} {top:.3f} cm /A Do Q\n")
            parts.append(self._symbol(corner, draw(stamp.uri)))
            parts += self._codes(left, top, stamp)
        self.file.page("".join(parts).encode("latin-1"))

    def _symbol(self, corner: tuple[float, float], symbol: qr.Symbol) -> str:
        # One inline image mask, a bit a module. On whole dots of the printer, counted from the
        # upper left corner of the page, no module comes out thicker than another.
        dot = MM_PER_INCH / self.layout.dpi
        left, top = (
            round((edge + inside) / dot) * dot
            for edge, inside in zip(corner, self.plan.symbol, strict=True)
        )
        side = self.plan.module * symbol.side
        place = f"{pdf.mm(left):.4f} {pdf.mm(self.height - top - side):.4f}"
        return (
            f"q {pdf.mm(side):.4f} 0 0 {pdf.mm(side):.4f} {place} cm"
            f" BI /W {symbol.side} /H {symbol.side} /IM true /BPC 1 /D [1 0] /F /AHx"
            f" ID {symbol.mask.hex()}> EI Q\n"
        )

    def _codes(self, left: float, top: float, stamp: Stamp) -> list[str]:
        groups = sheets.parts(stamp.code) if stamp.code else []
        written = [
            self._text(" ".join(groups[slot.first : slot.end]), slot, left, top)
            for slot in self.plan.slots
        ]
        if stamp.secret and self.plan.scratch:
            written.append(self._text(stamp.secret, _inside(self.plan.scratch), left, top))
        return written

    def _text(self, text: str, slot: Slot, left: float, top: float) -> str:
        width, room = self.letters.width(text, slot.size), pdf.mm(slot.room)
        size = slot.size * min(1.0, room / width) if width else slot.size
        at = f"{left + pdf.mm(slot.left):.3f} {top - pdf.mm(slot.base):.3f}"
        return f"BT /F {size:.3f} Tf {at} Td {self.letters.shown(text)} Tj ET\n"


def _texts(plan: Plan, first: Stamp) -> list[str]:
    """Texts with every letter that can come up: codes of a batch differ in figures and capitals."""
    return [*(line.text for line in plan.lines), identifiers.ALPHABET, first.code, "OCOP "]


def _label(plan: Plan, letters: Letters) -> bytes:
    """What all labels share, drawn from their upper left corner."""
    parts = [_line(line, letters) for line in plan.lines]
    if plan.stars:
        parts.append(_stars(plan.stars, letters))
    if plan.logo:
        box = plan.logo
        parts.append(
            f"q {pdf.mm(box.width):.3f} 0 0 {pdf.mm(box.height):.3f} {pdf.mm(box.left):.3f}"
            f" {-pdf.mm(box.top + box.height):.3f} cm /L Do Q"
        )
    if plan.scratch:
        parts.append(_scratch(plan.scratch, letters))
    return "\n".join(parts).encode("latin-1")


def _line(line: Line, letters: Letters) -> str:
    at = f"{pdf.mm(line.left):.3f} {-pdf.mm(line.base):.3f}"
    return f"BT /F {line.size:.3f} Tf {at} Td {letters.shown(line.text)} Tj ET"


def _stars(stars: Stars, letters: Letters) -> str:
    parts = [_line(Line("OCOP", stars.left, stars.base, stars.size), letters)]
    for shape in labels.star_shapes(stars):
        points = [f"{pdf.mm(x):.3f} {-pdf.mm(y):.3f}" for x, y in shape]
        parts.append(f"{points[0]} m {' '.join(f'{point} l' for point in points[1:])} h f")
    return "\n".join(parts)


def _scratch(box: Box, letters: Letters) -> str:
    """The frame of what is covered; the hidden code comes label by label."""
    at = f"{pdf.mm(box.left):.3f} {-pdf.mm(box.top + box.height):.3f}"
    return f"q 0.3 w {at} {pdf.mm(box.width):.3f} {pdf.mm(box.height):.3f} re S Q"


def _inside(box: Box) -> Slot:
    size = pdf.mm(box.height) * _COVERED
    return Slot(box.left + 1, box.top + box.height * 0.7, size, box.width - 2, 0, 0)


def _marks(layout: Layout) -> bytes:
    height = layout.page[1]
    drawn = ["0.25 w"]
    for x, y, to_x, to_y in sheets.marks(layout):
        near = f"{pdf.mm(x):.3f} {pdf.mm(height - y):.3f}"
        drawn.append(f"{near} m {pdf.mm(to_x):.3f} {pdf.mm(height - to_y):.3f} l S")
    return "\n".join(drawn).encode("latin-1")


def _logo(file: PdfFile, logo: Logo) -> int:
    return file.stream(
        logo.greys,
        f"/Type /XObject /Subtype /Image /Width {logo.width} /Height {logo.height}"
        " /ColorSpace /DeviceGray /BitsPerComponent 8 ",
    )
