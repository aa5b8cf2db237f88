"""Modules of a QR symbol, and the symbol as a picture.

`matrix` is the only place that knows the encoder.
"""

import re
import struct
import zlib
from functools import lru_cache
from typing import Final, Literal

import qrcode
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.util import QRData

Matrix = tuple[tuple[bool, ...], ...]

QUIET_MODULES = 4  # ISO/IEC 18004: four light modules on every side
_LEVELS = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}
_ALPHANUMERIC_MODE: Final = 2  # mode indicators of ISO/IEC 18004
_BYTE_MODE: Final = 4
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")


@lru_cache(maxsize=256)
def matrix(text: str, level: str = "M") -> Matrix:
    """The symbol of `text`, row by row, True is dark, without the quiet zone.

    The smallest version that holds `text` at error correction `level` (L, M, Q, H); one
    alphanumeric segment where every character allows it, else UTF-8 bytes. Raises ValueError when
    the text is empty or longer than the largest symbol holds.
    """
    if not text:
        raise ValueError("a QR symbol needs a text")
    mode: Literal[2, 4] = _ALPHANUMERIC_MODE if _ALPHANUMERIC.fullmatch(text) else _BYTE_MODE
    code = qrcode.QRCode(error_correction=_LEVELS[level], border=0)
    code.add_data(QRData(text.encode(), mode=mode), optimize=0)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError):
        raise ValueError("the text is too long for a QR symbol") from None
    return tuple(tuple(bool(module) for module in row) for row in code.modules)


def svg(text: str, level: str = "M", *, title: str = "") -> str:
    """The symbol with its quiet zone as one SVG element; one unit is one module.

    Dark on white whatever the page's colours are: readers expect it so.
    """
    rows = matrix(text, level)
    side = len(rows) + 2 * QUIET_MODULES
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img"'
        f' shape-rendering="crispEdges"><title>{_escaped(title or text)}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/>'
        f'<path fill="#000" d="{"".join(_runs(rows))}"/></svg>'
    )


def png(text: str, level: str = "M", *, pixels_per_module: int = 8) -> bytes:
    """The symbol with its quiet zone as a one-bit PNG."""
    rows = matrix(text, level)
    side = (len(rows) + 2 * QUIET_MODULES) * pixels_per_module
    # In a one-bit grey PNG a set bit is white; a filter byte of 0 stands before every line.
    lines = b"".join((b"\0" + line) * pixels_per_module for line in _lines(rows, pixels_per_module))
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def mask(rows: Matrix) -> bytes:
    """The symbol as an image mask: a set bit is dark, each row filled up to whole bytes."""
    return b"".join(_bits("".join("1" if dark else "0" for dark in row), "0") for row in rows)


def _runs(rows: Matrix) -> list[str]:
    # A run of dark modules is one small box: far fewer bytes than a square for each module.
    runs: list[str] = []
    for y, row in enumerate(rows, QUIET_MODULES):
        text = "".join("1" if dark else "0" for dark in row)
        for run in re.finditer("1+", text):
            width = run.end() - run.start()
            runs.append(f"M{run.start() + QUIET_MODULES} {y}h{width}v1h-{width}z")
    return runs


def _lines(rows: Matrix, pixels: int) -> list[bytes]:
    width = len(rows) + 2 * QUIET_MODULES
    margin = [(False,) * width] * QUIET_MODULES
    edge = (False,) * QUIET_MODULES
    framed = [*margin, *((*edge, *row, *edge) for row in rows), *margin]
    texts = ("".join("0" * pixels if dark else "1" * pixels for dark in row) for row in framed)
    return [_bits(text, "1") for text in texts]


def _bits(text: str, filler: str) -> bytes:
    filled = text.ljust(-(-len(text) // 8) * 8, filler)
    return int(filled, 2).to_bytes(len(filled) // 8, "big")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
