"""Đồng as settlement sheets print them: either grouping, a sign or parentheses, never a part."""

import re
import unicodedata
from collections.abc import Sequence

MOST_VND = 10**13

_PLAIN = r"(?:0|[1-9][0-9]{0,14})(?:[.,]0{1,2})?"
# "1.500" is a thousand and a half; with another sign behind it come decimals, which must be nought.
_GROUPED = r"[1-9][0-9]{0,2}(?P<by>[., ])[0-9]{3}(?:(?P=by)[0-9]{3})*(?:(?!(?P=by))[.,]0{1,2})?"
_NUMBER = re.compile(rf"(?P<grouped>{_GROUPED})|(?P<plain>{_PLAIN})")
_BARE = re.compile(r"[1-9][0-9]{0,14}")
_DECIMALS = re.compile(r"[.,]0{1,2}$")
_BEHIND = re.compile(r" ?(?:vnđ|vnd|đồng|dong|đ|₫)$")
_BEFORE = re.compile(r"^([+-]?) ?(?:vnđ|vnd|đ|₫) ?")
_LONGEST = 40


def parse(cell: object) -> int:
    """Đồng from a cell: -16575, "1.234.567 ₫", "1,234,567.00", "(20.000)".

    Raises ValueError for anything else: a fraction of a đồng, an exponent, bad grouping, a date,
    ten trillion and more.
    """
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise ValueError("not an amount")
    amount_vnd = _written(cell) if isinstance(cell, str) else _counted(cell)
    if abs(amount_vnd) >= MOST_VND:
        raise ValueError("an amount nobody pays")
    return amount_vnd


def _counted(number: float) -> int:
    if number != number or abs(number) >= MOST_VND or number != int(number):
        raise ValueError("there is no smaller coin than one đồng")
    return int(number)


def _written(words: str) -> int:
    # Nearly every cell of a bank's file: there is nothing to take off.
    if _BARE.fullmatch(words):
        return int(words)
    if len(words) > _LONGEST:
        raise ValueError("too long for an amount")
    plain = unicodedata.normalize("NFKC", words).strip().lower()
    plain = _BEHIND.sub("", plain.replace("−", "-").replace("–", "-"))
    bracketed = plain.startswith("(") and plain.endswith(")")
    if bracketed:
        plain = _BEHIND.sub("", plain[1:-1].strip())
    signed = _BEFORE.sub(r"\1", plain)
    negative = signed.startswith("-")
    if bracketed and signed[:1] in {"+", "-"}:
        raise ValueError("two signs")
    amount_vnd = _digits(signed[1:].strip() if signed[:1] in {"+", "-"} else signed)
    return -amount_vnd if negative or bracketed else amount_vnd


def _digits(number: str) -> int:
    match = _NUMBER.fullmatch(number)
    if match is None:
        raise ValueError("not an amount")
    if match["plain"]:
        return int(_DECIMALS.sub("", number))
    groups: Sequence[str] = number.split(match["by"])
    return int("".join(groups[:-1]) + groups[-1][:3])


def show(amount_vnd: int) -> str:
    """-16.575: for a sentence that names several amounts."""
    return f"{amount_vnd:,}".replace(",", ".")
