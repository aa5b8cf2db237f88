"""Modules of a QR symbol, and the symbol as a picture.

`encode` is the only place that knows the encoder.
"""

import re
import struct
import zlib
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import qrcode
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.util import QRData

Matrix = tuple[tuple[bool, ...], ...]

QUIET_MODULES = 4  # ISO/IEC 18004: four light modules on every side
_LEVELS = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}
ALPHANUMERIC_MODE: Final = 2  # mode indicators of ISO/IEC 18004
BYTE_MODE: Final = 4
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")


class Symbol(NamedTuple):
    """A symbol as a picture without its quiet zone: `side` modules, and the bits as an image mask.

    In the mask a set bit is dark; each row is filled up to whole bytes.
    """

    side: int
    mask: bytes


@lru_cache(maxsize=256)
def matrix(text: str, level: str = "M") -> Matrix:
    """The symbol of `text`, row by row, True is dark, without the quiet zone.

    The smallest version that holds `text` at error correction `level` (L, M, Q, H); one
    alphanumeric segment where every character allows it, else UTF-8 bytes. Raises ValueError when
    the text is empty or longer than the largest symbol holds.
    """
    if not text:
        raise ValueError("a QR symbol needs a text")
    return encode(text.encode(), mode_of(text), level)[0]


def symbol(text: str, level: str = "M") -> Symbol:
    """`matrix` as a picture."""
    modules = matrix(text, level)
    return Symbol(len(modules), mask(modules))


def mode_of(text: str) -> Literal[2, 4]:
    """The mode in which `text` takes least room as one segment."""
    return ALPHANUMERIC_MODE if _ALPHANUMERIC.fullmatch(text) else BYTE_MODE


def encode(
    data: bytes, mode: Literal[2, 4], level: str, pattern: int | None = None
) -> tuple[Matrix, int]:
    """The symbol of one segment, and which of the eight data masks it bears.

    `pattern`: the mask to take; without it the one that ISO/IEC 18004 finds best. Raises
    ValueError when the largest symbol is too small.
    """
    code = qrcode.QRCode(error_correction=_LEVELS[level], border=0, mask_pattern=pattern)
    code.add_data(QRData(data, mode=mode), optimize=0)
    try:
        code.best_fit()
        taken = code.best_mask_pattern() if pattern is None else pattern
        code.makeImpl(False, taken)
    except (DataOverflowError, ValueError):
        raise ValueError("the text is too long for a QR symbol") from None
    return tuple(tuple(bool(module) for module in row) for row in code.modules), taken


def svg(text: str, level: str = "M", *, title: str = "") -> str:
    """The symbol with its quiet zone as one SVG element; one unit is one module.

    Dark on white whatever the page's colours are: readers expect it so.
    """
    return svg_of(symbol(text, level), title or text)


def svg_of(symbol: Symbol, title: str, *, module_mm: float | None = None) -> str:
    """A symbol with its quiet zone as one SVG element, of a size in millimetres where told."""
    side = symbol.side + 2 * QUIET_MODULES
    size = ""
    if module_mm is not None:
        size = f' width="{side * module_mm:.3f}mm" height="{side * module_mm:.3f}mm"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"{size} role="img"'
        f' shape-rendering="crispEdges"><title>{_escaped(title)}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/>'
        f'<path fill="#000" d="{"".join(_runs(symbol))}"/></svg>'
    )


def png(text: str, level: str = "M", *, pixels_per_module: int = 8) -> bytes:
    """The symbol with its quiet zone as a one-bit PNG."""
    return png_of(symbol(text, level), pixels_per_module)


def png_of(symbol: Symbol, pixels_per_module: int, *, dpi: int | None = None) -> bytes:
    """A symbol with its quiet zone as a one-bit PNG; `dpi` is written into it where told."""
    side = (symbol.side + 2 * QUIET_MODULES) * pixels_per_module
    # In a one-bit grey PNG a set bit is white; a filter byte of 0 stands before every line.
    pieces = (b"\0" + line for line in _lines(symbol, pixels_per_module))
    lines = b"".join(piece * pixels_per_module for piece in pieces)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))]
    if dpi is not None:
        per_metre = round(dpi / 0.0254)
        chunks.append((b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)))
    chunks += [(b"IDAT", zlib.compress(lines, 6)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def mask(modules: Matrix) -> bytes:
    """The symbol as an image mask: a set bit is dark, each row filled up to whole bytes."""
    return b"".join(_bits("".join("1" if dark else "0" for dark in row), "0") for row in modules)


def rows(symbol: Symbol) -> list[str]:
    """The symbol row by row, `1` is dark."""
    width = -(-symbol.side // 8)
    pieces = (symbol.mask[at : at + width] for at in range(0, len(symbol.mask), width))
    return [f"{int.from_bytes(piece, 'big'):0{8 * width}b}"[: symbol.side] for piece in pieces]


def _runs(symbol: Symbol) -> list[str]:
    # A run of dark modules is one small box: far fewer bytes than a square for each module.
    runs: list[str] = []
    for y, row in enumerate(rows(symbol), QUIET_MODULES):
        for run in re.finditer("1+", row):
            width = run.end() - run.start()
            runs.append(f"M{run.start() + QUIET_MODULES} {y}h{width}v1h-{width}z")
    return runs


def _lines(symbol: Symbol, pixels: int) -> list[bytes]:
    blank = "0" * (symbol.side + 2 * QUIET_MODULES)
    edge = "0" * QUIET_MODULES
    framed = [f"{edge}{row}{edge}" for row in rows(symbol)]
    margin = [blank] * QUIET_MODULES
    seen = str.maketrans({"0": "1" * pixels, "1": "0" * pixels})
    return [_bits(row.translate(seen), "1") for row in (*margin, *framed, *margin)]


def _bits(text: str, filler: str) -> bytes:
    filled = text.ljust(-(-len(text) // 8) * 8, filler)
    return int(filled, 2).to_bytes(len(filled) // 8, "big")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
