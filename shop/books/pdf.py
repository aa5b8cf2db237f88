"""The books on A4 paper: every text whole, titles on each page, signatures never alone on one."""

from collections.abc import Sequence
from typing import BinaryIO

from reportlab.pdfgen.canvas import Canvas

from shop import pdf
from shop.books import layout
from shop.books.forms import Column, Form
from shop.books.layout import LEADING, MARGIN, PAD, SIZE, Box, Laid, Words

_THIN = 0.4
_ALIGN = {"money": "right", "number": "right", "date": "center", "text": "left"}


def document(form: Form, out: BinaryIO) -> None:
    """Write a PDF on A4 to `out`, on its side when the columns are many.

    A text too long for its line is wrapped, a number too long for its column is written smaller.
    """
    laid = layout.of(form)
    page = pdf.canvas(out, title=f"{form.name}, {form.heading.period_text}", size=laid.size)
    for number, rows in enumerate(laid.pages, 1):
        page.setLineWidth(_THIN)
        top = laid.size[1] - MARGIN
        if number == 1:
            top = _draw_words(page, laid.head, top)
        top = _draw_titles(page, laid.titles, top)
        top = _draw_rows(page, rows, top, (form.columns, laid.edges))
        if number == len(laid.pages):
            _draw_words(page, laid.signing, top)
        footer = Words([f"Trang {number}/{len(laid.pages)}"], MARGIN, laid.edges[-1], PAD)
        _draw_words(page, [footer], MARGIN)
        page.showPage()
    page.save()


def _draw_words(page: Canvas, words: Sequence[Words], top: float) -> float:
    for each in words:
        at = top - each.down
        for line in each.lines:
            at -= each.size * LEADING
            _draw(page, line, (each.left, each.right, at), each.align, each.font, each.size)
    return top - layout.end(words)


def _draw_titles(page: Canvas, boxes: Sequence[Box], top: float) -> float:
    for box in boxes:
        lower = top - box.down - box.height
        page.rect(box.left, lower, box.right - box.left, box.height)
        at = lower + (box.height + len(box.lines) * SIZE * LEADING) / 2
        for line in box.lines:
            at -= SIZE * LEADING
            _draw(page, line, (box.left + PAD, box.right - PAD, at), "center", pdf.BOLD, SIZE)
    return top - max(box.down + box.height for box in boxes)


def _draw_rows(
    page: Canvas,
    rows: Sequence[Laid],
    top: float,
    table: tuple[Sequence[Column], Sequence[float]],
) -> float:
    columns, edges = table
    lower = top
    for row in rows:
        for column, lines, left, right in zip(columns, row.cells, edges, edges[1:], strict=False):
            at = lower - PAD / 2
            for line in lines:
                at -= SIZE * LEADING
                between = left + PAD, right - PAD, at
                _draw(page, line, between, _ALIGN[column.kind], row.font, SIZE)
        lower -= row.height
        if not row.goes_on:
            page.line(edges[0], lower, edges[-1], lower)
    if rows:
        for edge in edges:
            page.line(edge, top, edge, lower)
        page.line(edges[0], lower, edges[-1], lower)
    return lower


def _draw(
    page: Canvas,
    text: str,
    where: tuple[float, float, float],
    align: str,
    font: str,
    size: float,
) -> None:
    """One line in smaller letters where it is too wide. `where`: two edges, lower end."""
    left, right, foot = where
    wide = pdf.width(text, font, size)
    if wide > right - left:
        size, wide = size * (right - left) / wide, right - left
    start = {"left": left, "right": right - wide, "center": (left + right - wide) / 2}[align]
    # The foot of letters is above that of their line, which leaves room for what hangs below.
    pdf.line(page, text, (start, foot + size * (LEADING - 1)), font=font, size=size)
