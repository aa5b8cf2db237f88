"""Paper: fonts that hold Vietnamese, and what every printed page needs.

Lengths are points (1/72 inch) inside, millimetres at the edges: `pdf.mm(20)`.
"""

import unicodedata
from functools import cache
from importlib import resources
from typing import BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

REGULAR = "BeVietnamPro"
BOLD = "BeVietnamPro-Bold"
ELLIPSIS = "…"

_FILES = {REGULAR: "BeVietnamPro-Regular.ttf", BOLD: "BeVietnamPro-Bold.ttf"}
_POINTS_PER_MM = 72 / 25.4


def mm(length: float) -> float:
    """Millimetres as points."""
    return length * _POINTS_PER_MM


def canvas(out: BinaryIO, *, title: str, size: tuple[float, float] = A4) -> Canvas:
    """An empty document written to `out` by its `save()`; `size` is width and height in points.

    The file is the same for the same content (no date in it), text in it can be searched, and only
    the letters used are embedded.
    """
    register_fonts()
    page = Canvas(out, pagesize=size, pageCompression=1, invariant=1, lang="vi-VN")
    page.setTitle(title)
    page.setCreator("Chợ OCOP")
    page.setFont(REGULAR, 10)
    return page


@cache
def register_fonts() -> None:
    """Make REGULAR and BOLD (Be Vietnam Pro, SIL Open Font License) known to reportlab."""
    folder = resources.files("fontpkg_be_vietnam_pro") / "files"
    for name, file in _FILES.items():
        with resources.as_file(folder / file) as path:
            pdfmetrics.registerFont(TTFont(name, str(path)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR)


def width(text: str, font: str, size: float) -> float:
    """Points that `text` takes on one line."""
    register_fonts()
    return float(pdfmetrics.stringWidth(text, font, size))


def fit(text: str, font: str, size: float, room: float) -> str:
    """`text` on one line of `room` points: whole, or cut between words, or within the first one.

    What is cut is marked with an ellipsis. The text comes out composed (NFC) and without line
    breaks, so that a letter never loses its accent.
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if width(text, font, size) <= room:
        return text
    words = text.split(" ")
    for count in range(len(words) - 1, 0, -1):
        shorter = " ".join(words[:count]).rstrip(" ,;:-–(/") + ELLIPSIS
        if width(shorter, font, size) <= room:
            return shorter
    for length in range(len(words[0]) - 1, 0, -1):
        if width(words[0][:length] + ELLIPSIS, font, size) <= room:
            return words[0][:length] + ELLIPSIS
    return ""


def wrap(
    text: str, room: float, most: int, *, font: str = REGULAR, size: float = 10.0
) -> list[str]:
    """`text` broken between words into at most `most` lines of `room` points.

    What does not find room is cut from the last line with an ellipsis.
    """
    words = " ".join(unicodedata.normalize("NFC", text).split()).split(" ")
    lines: list[str] = []
    while words and len(lines) < most - 1:
        taken = 1
        while taken < len(words) and width(" ".join(words[: taken + 1]), font, size) <= room:
            taken += 1
        lines.append(fit(" ".join(words[:taken]), font, size, room))
        words = words[taken:]
    if words and most > 0:
        lines.append(fit(" ".join(words), font, size, room))
    return [line for line in lines if line]


def broken(text: str, room: float, *, font: str = REGULAR, size: float = 10.0) -> list[str]:
    """All of `text` in lines of `room` points: between words, and within a word that is too long.

    For paper on which nothing may be missing, however long somebody's name is.
    """
    lines, now = [], ""
    for word in unicodedata.normalize("NFC", text).split():
        longer = f"{now} {word}" if now else word
        if width(longer, font, size) <= room:
            now = longer
            continue
        if now:
            lines.append(now)
        *whole, now = _chopped(word, room, font, size)
        lines += whole
    return [*lines, now] if now else lines


def _chopped(word: str, room: float, font: str, size: float) -> list[str]:
    parts = [""]
    for letter in word:
        if parts[-1] and width(parts[-1] + letter, font, size) > room:
            parts.append("")
        parts[-1] += letter
    return parts


def line(page: Canvas, text: str, at: tuple[float, float], *, font: str, size: float) -> None:
    """Write `text` with its base line beginning at `at` (points from the lower left corner)."""
    page.setFont(font, size)
    page.drawString(*at, text)
