"""Numbers of things: GTINs, the internal scheme for sellers without one, and serials of stamps."""

import hmac
import re

from shop import gtin

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
SERIAL_LENGTH = 9  # eight characters of 5 bits, one check character

_INTERNAL = re.compile(r"VN[0-9A-HJKMNP-TV-Z]{9}")


def gtin14(written: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits as 14, padded with zeros on the left.

    Raises ValueError for another length, another character or a wrong check digit.
    """
    if not (written.isascii() and written.isdigit()):
        raise ValueError("a GTIN has 8, 12, 13 or 14 digits")
    return gtin.as_14(written)


def is_gtin(written: str) -> bool:
    """Whether `written` is a GTIN with a right check digit."""
    try:
        gtin14(written)
    except ValueError:
        return False
    return True


def restricted(number: str) -> bool:
    """Whether the number is for use inside one company only (GS1 prefixes 02, 04, 20 to 29).

    Such a number means something else at the next shop, so it must not identify goods in public.
    """
    prefix = gtin14(number)[1:3]
    return prefix in ("02", "04") or prefix.startswith("2")


def internal_code(key: bytes, seller: str, number: int) -> str:
    """The code of product `number` of a seller who has no GTIN: `VN` and nine characters.

    It begins with two letters, so nobody can take it for a GTIN; the rest is drawn like a serial
    and ends with a check character over all before it. It is this platform's own code and means
    nothing to a till.
    """
    body = "VN" + _draw(key, "internal-code", f"{seller}\n{number}")
    return body + check_character(body)


def is_internal_code(written: str) -> bool:
    """Whether `written` has the form of an internal code and its check character is right."""
    return bool(_INTERNAL.fullmatch(written)) and check_character(written[:-1]) == written[-1]


def serial(key: bytes, batch: str, counter: int) -> str:
    """The serial of stamp `counter` (from 0) of a batch: eight characters and a check character.

    40 bits of HMAC-SHA256 under the secret `key`: one serial tells nothing about the next. Two can
    be equal by chance (about 1 chance in 25 among 300,000); the table's unique index finds
    it and the caller goes on to the next counter.
    """
    body = _draw(key, "serial", f"{batch}\n{counter}")
    return body + check_character(body)


def is_serial(written: str) -> bool:
    """Whether `written` has the form of a serial and its check character is right."""
    if len(written) != SERIAL_LENGTH or not set(written) <= set(ALPHABET):
        return False
    return check_character(written[:-1]) == written[-1]


def scratch_code(key: bytes, serial: str) -> str:
    """The hidden second code of a stamp: six characters of 5 bits, never stored.

    Too short to be looked for without a limit on tries; its use is limited by who asks.
    """
    bits = int.from_bytes(hmac.digest(key, f"scratch\n{serial}".encode(), "sha256")[:4], "big")
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(25, -5, -5))


def typed(written: str) -> str:
    """What a person typed off a label, as it was printed: no blanks or hyphens, upper case,
    O read as 0, I and L as 1 (Crockford's rule)."""
    kept = re.sub(r"[\s-]+", "", written).upper()
    return kept.translate(str.maketrans("OIL", "011"))


def check_character(body: str) -> str:
    """The character after `body`: a weighted sum in the field of 32 elements.

    Each place is weighted with the next power of the field's generator. Weights differ and are
    never zero up to 31 places, so every single wrong character and every exchange of two
    (neighbours or not) is found.
    """
    total, weight = 0, 1
    for character in reversed(body):
        weight = _times(weight, 2)
        total ^= _times(ALPHABET.index(character), weight)
    return ALPHABET[total]


def _times(a: int, b: int) -> int:
    """Product in GF(2^5) modulo x^5 + x^2 + 1, of which x (that is, 2) is a generator."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 32:
            a ^= 0b100101
        b >>= 1
    return product


def _draw(key: bytes, purpose: str, text: str) -> str:
    """Eight characters, 40 bits, of the keyed hash of `text`; another purpose draws others."""
    if len(key) < 16:
        raise ValueError("the key of serials needs at least 16 bytes")
    digest = hmac.digest(key, f"{purpose}\n{text}".encode(), "sha256")
    bits = int.from_bytes(digest[:5], "big")
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(35, -5, -5))
