"""Vietnamese text: one form for storing, searching, sorting, links and bank transfers."""

import re
import unicodedata

# Marks of direction, and blanks without width; joiners stay, which some scripts and emoji need.
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_ALPHABET = {c: i for i, c in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONED = re.compile(r"(o)([àảãáạèẻẽéẹ])(?![^\W\d_])|(u)([ỳỷỹýỵ])(?![^\W\d_])", re.IGNORECASE)


def nfc(text: str) -> str:
    """Compose accents: the only form that is stored."""
    return unicodedata.normalize("NFC", text)


def visible(text: str) -> str:
    """NFC without signs that turn or hide what stands beside them."""
    return _HIDDEN.sub("", nfc(text))


def fold(text: str) -> str:
    """Search form: lower case, no marks, đ as d, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKC", text).lower()
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", plain) if unicodedata.category(c)[0] != "M"
    )
    return " ".join(bare.replace("đ", "d").lower().split())


def normalise_tone(text: str) -> str:
    """Move the tone of open oa, oe, uy to the first vowel: hoà → hòa; quý and hoàn stay."""
    return _TONED.sub(_move_tone, nfc(text))


def _move_tone(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 1) : match.start()].lower()
    first, second = match.group(1) or match.group(3), match.group(2) or match.group(4)
    if first in "uU" and before == "q":
        return match.group()
    parts = unicodedata.normalize("NFD", second)
    return nfc(first + parts[1:]) + parts[0]


def sort_key(text: str) -> str:
    """Return an ASCII key in Vietnamese alphabet order; tones only break ties."""
    letters, tones = [], []
    for char in nfc(text).lower():
        parts = unicodedata.normalize("NFD", char)
        tone = next((_TONES[p] for p in parts if p in _TONES), 0)
        base = nfc("".join(p for p in parts if p not in _TONES))
        letters.append(_letter_key(base))
        tones.append(str(tone))
    return "".join(letters) + "!" + "".join(tones)


def _letter_key(base: str) -> str:
    if base in _ALPHABET:
        return f"m{_ALPHABET[base]:02d}"
    if base.isspace():
        return "0"
    return f"d{base}" if base.isascii() and base.isdigit() else f"z{ord(base[:1]):06x}"


def slug(text: str) -> str:
    """Return lower-case ASCII words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def unmarked(text: str) -> str:
    """Vietnamese as people type it on a plain phone: no marks, đ as d; everything else stays."""
    stripped = unicodedata.normalize("NFKD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(c for c in stripped if not unicodedata.combining(c))


def transfer_text(text: str, limit: int = 25) -> str:
    """Return bank transfer content: letters, digits and spaces, at most `limit` characters."""
    return " ".join(re.sub(r"[^A-Za-z0-9]+", " ", unmarked(text)).split())[:limit].strip()
