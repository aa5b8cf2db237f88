"""Symbols by the ten thousand: texts that differ only in their last characters.

The data of a QR symbol, its error correction and its mask are sums without carry. So with one mask
each bit of the text turns over the same modules whatever the others are: the symbol of any serial
is the symbol of one serial, with some modules turned over. Which ones is learnt from the encoder.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal

from traceability import qr

_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # in the order of their values
_UNIT_BITS = {1: 6, 2: 11}  # alphanumeric characters taken together → bits they take

Mode = Literal[2, 4]


def series(prefix: str, length: int, level: str = "M") -> Callable[[str], qr.Symbol]:
    """A function from `length` characters to the symbol of `prefix` and these characters.

    It answers in microseconds, with the data mask that is best for a series of zeros. What does
    not belong to the series (another length, or letters that need another mode) takes the slow
    way. Raises ValueError when the text is too long for a symbol.
    """
    sample = prefix + "0" * length
    if not sample.isascii() or not length:
        return lambda tail: qr.symbol(prefix + tail, level)
    mode, size = qr.mode_of(sample), len(sample)
    rows, pattern = qr.encode(sample.encode(), mode, level)
    first = len(prefix) // 2 * 2 if mode == qr.ALPHANUMERIC_MODE else len(prefix)
    kept = prefix[first:]
    base = _number(rows)
    for place, unit in _units(kept + "0" * length, first, mode):
        base ^= _turned(size, place, unit, mode, level)
    width = len(qr.mask(rows))

    def draw(tail: str) -> qr.Symbol:
        if len(tail) != length or not tail.isascii() or qr.mode_of(prefix + tail) != mode:
            return qr.symbol(prefix + tail, level)
        drawn = base
        for place, unit in _units(kept + tail, first, mode):
            drawn ^= _turned(size, place, unit, mode, level)
        return qr.Symbol(len(rows), drawn.to_bytes(width, "big"))

    draw.pattern = pattern  # type: ignore[attr-defined]
    return draw


def _units(tail: str, first: int, mode: Mode) -> Iterator[tuple[int, str]]:
    """What is encoded together, each with its place in the text: pairs, or single bytes."""
    step = 2 if mode == qr.ALPHANUMERIC_MODE else 1
    for at in range(0, len(tail), step):
        yield first + at, tail[at : at + step]


@lru_cache(maxsize=100_000)
def _turned(size: int, place: int, unit: str, mode: Mode, level: str) -> int:
    """The modules that `unit` at `place` turns over, in any text of `size` characters."""
    turned = 0
    for bit, modules in enumerate(_bits(size, place, len(unit), mode, level)):
        if _value(unit, mode) >> bit & 1:
            turned ^= modules
    return turned


@lru_cache(maxsize=1000)
def _bits(size: int, place: int, width: int, mode: Mode, level: str) -> tuple[int, ...]:
    """The modules that each bit of a unit at `place` turns over, least bit first."""
    plain = _filler(size, mode)
    unit = _value(plain[place : place + width].decode(), mode)
    found = []
    for bit in range(_UNIT_BITS[width] if mode == qr.ALPHANUMERIC_MODE else 8):
        other = _unit(unit ^ 1 << bit, width, mode)
        data = plain[:place] + other + plain[place + width :]
        found.append(_drawn(data, mode, level) ^ _drawn(plain, mode, level))
    return tuple(found)


@lru_cache(maxsize=1000)
def _drawn(data: bytes, mode: Mode, level: str) -> int:
    return _number(qr.encode(data, mode, level, 0)[0])


def _filler(size: int, mode: Mode) -> bytes:
    # Each of its units stays a unit with any one bit turned over. Not zeros: the encoder cannot
    # divide a block of nothing else.
    if mode == qr.BYTE_MODE:
        return b"U" * size
    return b"F7" * (size // 2) + b"A" * (size % 2)


def _unit(value: int, width: int, mode: Mode) -> bytes:
    if mode == qr.BYTE_MODE:
        return bytes((value,))
    if width == 1:
        return _CHARACTERS[value].encode()
    return (_CHARACTERS[value // 45] + _CHARACTERS[value % 45]).encode()


def _value(unit: str, mode: Mode) -> int:
    if mode == qr.BYTE_MODE:
        return ord(unit)
    value = 0
    for character in unit:
        value = value * 45 + _CHARACTERS.index(character)
    return value


def _number(rows: qr.Matrix) -> int:
    return int.from_bytes(qr.mask(rows), "big")
