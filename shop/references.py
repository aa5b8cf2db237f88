"""Short public codes with a check character, and finding them again in mangled text.

Alphabet: Crockford base 32 (no I, L, O, U). Check character: Luhn mod 32.
"""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import false, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from shop.database import db

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ORDER_PREFIX = "OCP"
ORDER_BODY = 5
# What a payer's app writes for a static code on paper: whose plate it was.
PLATE_PREFIX = "SAP"

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
# Counted twice, the digits of what that gives added.
_TWICE = {c: 2 * value // 32 + 2 * value % 32 for c, value in _VALUE.items()}
_OF_BYTE = bytes(map(ord, ALPHABET * 8))
_MISREAD = str.maketrans("OIL", "011")
_CANDIDATE = re.compile(r"[O0]CP(?=([A-Z0-9]{6}))")
_SHARING: list[InstrumentedAttribute[str]] = []
_ORDER = re.compile(rf"{ORDER_PREFIX}[{ALPHABET}]{{{ORDER_BODY + 1}}}")
_PLATE = re.compile(rf"{PLATE_PREFIX}(?=[^A-Z0-9]*([A-Z0-9]{{9}}))")
_NOT_PLAIN = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True)
class Found:
    """An order reference found in a text. `compacted`: only after gluing the text together."""

    ref: str
    compacted: bool


def order_ref() -> str:
    """OCP, five random characters, one check character; `draw` gives one that is free.

    Nine characters fit the transfer content of every bank and wallet.
    """
    body = _body(ORDER_BODY)
    return f"{ORDER_PREFIX}{body}{check_character(body)}"


def draw() -> str:
    """A new order reference that nothing has which shares the space (`shared`).

    There are 33 million: of a million orders one in thirty drawn would be taken, its buyer turned
    away, or a transfer that names it would mean two things.
    """
    while True:
        ref = order_ref()
        taken = [select(column).where(column == ref).exists() for column in _SHARING]
        if not db.session.scalar(select(or_(false(), *taken))):
            return ref


def shared(column: InstrumentedAttribute[str]) -> None:
    """The references of `column` are found in transfers like an order's: one space for all."""
    _SHARING.append(column)


def new(length: int = 9) -> str:
    """A new unguessable reference of `length` characters, the last one a check."""
    body = _body(length - 1)
    return body + check_character(body)


def _body(length: int) -> str:
    # Of each byte five bits: every character is as likely as any other.
    return secrets.token_bytes(length).translate(_OF_BYTE).decode()


def token() -> str:
    """A long unguessable word for addresses that open without sign-in (256 bits)."""
    return secrets.token_urlsafe(32)


def check_character(body: str) -> str:
    """Luhn mod 32 of `body`: from the right, weights 2, 1, 2, 1 …; digits of a product added.

    Raises KeyError for a character outside the alphabet.
    """
    total = sum([_TWICE[character] for character in body[::-2]])
    total += sum([_VALUE[character] for character in body[-2::-2]])
    return ALPHABET[-total % 32]


def is_valid(ref: str) -> bool:
    """Whether `ref` is an order reference whose check character is right."""
    return bool(_ORDER.fullmatch(ref)) and check_character(ref[len(ORDER_PREFIX) : -1]) == ref[-1]


def find(content: str) -> list[Found]:
    """Order references in a bank's transfer content, in order, each once.

    Banks upper-case, cut, glue words and lose punctuation, so a reference is looked for at every
    position without word boundaries, then again with all but letters and digits removed.
    """
    plain = _plain(content)
    direct = _scan(plain)
    glued = _scan(_NOT_PLAIN.sub("", plain), known=direct)
    return [Found(ref, False) for ref in direct] + [Found(ref, True) for ref in glued]


def at_plates(content: str) -> list[str]:
    """References of printed plates in a transfer's content ("SAP 7Q2M9K4TX …"), each once."""
    plain = _plain(content)
    if PLATE_PREFIX not in plain:
        return []
    there = dict.fromkeys(hit[1].translate(_MISREAD) for hit in _PLATE.finditer(plain))
    return [ref for ref in there if _is_checked(ref)]


def _is_checked(ref: str) -> bool:
    return set(ref) <= set(ALPHABET) and check_character(ref[:-1]) == ref[-1]


def near(word: str) -> list[str]:
    """Order references that differ from `word` in one character behind the prefix."""
    if len(word) != len(ORDER_PREFIX) + ORDER_BODY + 1 or word[:3] not in {"OCP", "0CP"}:
        return []
    body = word[3:]
    changed = (
        f"{ORDER_PREFIX}{body[:i]}{character}{body[i + 1 :]}"
        for i in range(len(body))
        for character in ALPHABET
    )
    return [ref for ref in changed if ref[3:] != body and is_valid(ref)]


def _plain(content: str) -> str:
    if content.isascii():
        return content.upper()
    decomposed = unicodedata.normalize("NFKD", content)
    kept = (c for c in decomposed if unicodedata.category(c) not in {"Mn", "Cf"})
    return "".join(kept).replace("đ", "d").replace("Đ", "D").upper()


def _scan(plain: str, known: Sequence[str] = ()) -> list[str]:
    """The valid references in `plain`, each once, without those that are known."""
    if "CP" not in plain:
        return []
    there = dict.fromkeys(f"OCP{m[1].translate(_MISREAD)}" for m in _CANDIDATE.finditer(plain))
    return [ref for ref in there if ref not in known and is_valid(ref)]
