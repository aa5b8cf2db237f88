"""What stands where on one label: the symbol, words, star, logo and the box that is covered.

Lengths are millimetres from the label's upper left corner; sizes of type are points.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from shop import pdf
from traceability import qr, sheets
from traceability.sheets import BASE, SCRATCH, Layout, WordsTooLarge, caption_height, leading

LEAST_COLUMN = 8.0  # narrower, and words beside a symbol say nothing

_LETTER = 0.68  # mean width of figures and capitals, in sizes of the type


class Logo(NamedTuple):
    """A small picture: width and height in pixels, and its greys, a byte a pixel."""

    width: int
    height: int
    greys: bytes


@dataclass(frozen=True)
class Face:
    """What all stamps of a batch show alike.

    `captions` are lines as they should stand, most important first; a long one is cut with an
    ellipsis. `star`: of a certificate in force, or None.
    """

    captions: tuple[str, ...]
    star: int | None = None
    logo: Logo | None = None


class Line(NamedTuple):
    """Words on a label: where their base line begins, and their size in points."""

    text: str
    left: float
    base: float
    size: float


class Slot(NamedTuple):
    """A line for some groups of the code: from group `first` to before `end`, at most `room`."""

    left: float
    base: float
    size: float
    room: float
    first: int
    end: int


class Stars(NamedTuple):
    """The word OCOP and so many stars on one line: where it begins, the size of its type."""

    number: int
    left: float
    base: float
    size: float


class Box(NamedTuple):
    """A place on a label."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Plan:
    """What stands where on each label of a batch, from the label's upper left corner.

    `module`: side of a module of the symbol.
    """

    module: float
    symbol: tuple[float, float]
    lines: tuple[Line, ...]
    slots: tuple[Slot, ...]
    stars: Stars | None
    logo: Box | None
    scratch: Box | None


def plan(layout: Layout, modules: int, face: Face, groups: int) -> Plan:
    """Where a symbol of so many modules, the face, and a code of so many groups stand.

    Raises LabelTooSmall, WordsTooLarge.
    """
    module = sheets.module_mm(layout, modules)
    quiet = qr.QUIET_MODULES * module
    framed = module * modules + 2 * quiet
    left, top = layout.padding, layout.padding
    room = layout.width - 2 * layout.padding
    inside = layout.height - 2 * layout.padding
    top += (inside - caption_height(layout) - framed) / 2
    if layout.beside:
        # Level with the symbol's first row, or higher where the words need it.
        words = min(top + quiet, layout.padding + inside - sheets.words_height(layout))
        column = Box(left + framed, words, room - framed, inside)
        _check_column(layout, column)
    else:
        column = Box(left, top + framed, room, caption_height(layout))
        left += (room - framed) / 2
    return _with_words(layout, face, groups, column, (module, (left + quiet, top + quiet)))


def _check_column(layout: Layout, column: Box) -> None:
    if layout.lines and column.width < LEAST_COLUMN:
        raise WordsTooLarge(layout, LEAST_COLUMN, column.width)
    if sheets.words_height(layout) > column.height:
        raise WordsTooLarge(layout, sheets.words_height(layout), column.height)


def star_shapes(stars: Stars) -> list[list[tuple[float, float]]]:
    """The ten corners of each star, in millimetres."""
    unit = stars.size / pdf.mm(1)
    first = stars.left + pdf.width("OCOP ", pdf.REGULAR, stars.size) / pdf.mm(1)
    radius = unit / 2
    shapes = []
    for place in range(stars.number):
        x, y = first + radius + place * unit, stars.base - 0.36 * unit
        turns = [(math.pi * (corner / 5 - 0.5), corner) for corner in range(10)]
        shapes.append(
            [
                (x + math.cos(turn) * radius * share, y + math.sin(turn) * radius * share)
                for turn, share in ((turn, 0.42 if corner % 2 else 0.98) for turn, corner in turns)
            ]
        )
    return shapes


def _with_words(
    layout: Layout,
    face: Face,
    groups: int,
    column: Box,
    symbol: tuple[float, tuple[float, float]],
) -> Plan:
    left, top, room, _height = column
    logo = None
    if layout.logo and face.logo:
        logo = Box(left, top, *_fitted(layout.logo, face.logo))
        if layout.beside:
            top += layout.logo
        else:
            left, room = left + layout.logo + 1, room - layout.logo - 1
    size, step = layout.type_size, leading(layout)
    per_line = _groups_per_line(groups, room, size) if groups else 1
    code_lines = min(-(-groups // per_line), layout.lines)
    if code_lines and code_lines * per_line < groups:
        per_line = -(-groups // code_lines)
    starred = 1 if face.star and layout.lines > code_lines + 2 else 0
    names = _names(face, room, layout.lines - code_lines - starred, size)
    bases = [top + (place + 1) * step - BASE * size / pdf.mm(1) for place in range(layout.lines)]
    lines = tuple(Line(text, left, bases[starred + at], size) for at, text in enumerate(names))
    used = starred + len(names)
    slots = tuple(
        Slot(left, bases[used + at], size, room, at * per_line, min((at + 1) * per_line, groups))
        for at in range(code_lines)
    )
    stars = None
    if starred and face.star:
        stars = Stars(face.star, left, bases[0], _star_size(face.star, room, size))
    below = top + (used + code_lines) * step
    scratch = Box(left, below + BASE, min(SCRATCH[0], room), SCRATCH[1]) if layout.scratch else None
    return Plan(*symbol, lines, slots, stars, logo, scratch)


def _fitted(side: float, logo: Logo) -> tuple[float, float]:
    longest = max(logo.width, logo.height)
    return side * logo.width / longest, side * logo.height / longest


def _groups_per_line(groups: int, room: float, size: float) -> int:
    for count in range(groups, 1, -1):
        letters = count * 3 + (count - 1) * 0.5  # a blank is half a letter
        if letters * _LETTER * size <= pdf.mm(room):
            return count
    return 1


def _star_size(star: int, room: float, size: float) -> float:
    """The size of type at which `OCOP` and its stars, each as wide as high, fit on one line."""
    width = pdf.width("OCOP ", pdf.REGULAR, size) + star * size
    return size * min(1.0, pdf.mm(room) / width)


def _names(face: Face, room: float, most: int, size: float) -> list[str]:
    names: list[str] = []
    for place, caption in enumerate(face.captions[: max(0, most)]):
        others = min(len(face.captions), most) - place - 1
        names += pdf.wrap(caption, pdf.mm(room), most - len(names) - others, size=size)
    return names
