"""Names of places as people type them: kind words, short forms, spellings that mean the same."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from shop import text

PROVINCE_KINDS = frozenset({"tỉnh", "thành phố"})
DISTRICT_KINDS = frozenset({"thành phố", "thị xã", "huyện", "quận"})
COMMUNE_KINDS = frozenset({"xã", "phường", "thị trấn", "đặc khu"})

_FULL = PROVINCE_KINDS | DISTRICT_KINDS | COMMUNE_KINDS
_SHORT = {"tp": "thành phố", "tx": "thị xã", "tt": "thị trấn", "đk": "đặc khu", "dk": "đặc khu"}
_SHORT |= {"t": "tỉnh", "h": "huyện", "q": "quận", "p": "phường", "x": "xã"}
_KINDS = {text.fold(kind): kind for kind in _FULL}
# "TP.Thái Nguyên", "T.P Huế", "P.12", "Q1": the short form stands against the name.
_GLUED = re.compile(
    r"(?<!\w)(?:t\.\s*([pxt])\b[.\s]*|(t[pxt]|đk|[thqpx])(?:\s*[.:]\s*|(?<=[pq])(?=\d)))",
    re.IGNORECASE,
)
_NUMERALS = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vii": "7", "viii": "8"}
_COUNTRY = {"vietnam", "vn"}


@dataclass(frozen=True)
class Name:
    """One way to understand what was typed. `key` compares loosely, `spelling` with accents."""

    kind: str
    key: str
    spelling: str

    @property
    def accented(self) -> bool:
        """Whether accents were typed, so that they may be trusted."""
        return not self.spelling.isascii()


def readings(typed: str) -> tuple[Name, ...]:
    """The whole as a name, and what follows a kind: "Quan Hóa" is no quận, "Q1" is one."""
    words = _words(typed)
    taken = _kind_length(words)
    whole = (Name("", key(typed), spelling(typed)),)
    if not 0 < taken < len(words):
        return whole
    rest = " ".join(words[taken:])
    return (*whole, Name(_kind(words[:taken]), key(rest), spelling(rest)))


def kind(typed: str) -> str:
    """The kind word in front, as "thị xã"; empty when there is none."""
    return readings(typed)[-1].kind


def key(name: str) -> str:
    """Letters and digits alone; i = y and k = c, as in Bắc Kạn/Cạn, Mỹ/Mĩ; IV = 4 = 04."""
    return "".join(map(_word_key, name.replace("-", " ").split()))


def spelling(name: str) -> str:
    """Lower case with accents, one tone placement, without spaces and signs."""
    return re.sub(r"[\W_]+", "", text.normalise_tone(name).lower())


def parts(address: str) -> list[str]:
    """Cut one line at commas; numbers, country and "cũ" are left out."""
    pieces = re.split(r"[,;\n()|]+", text.nfc(address))
    cleaned = (re.sub(r"(?i)(^|\s+)cũ\W*$", "", piece).strip(" .-–:") for piece in pieces)
    return [piece for piece in cleaned if has_letter(piece) and key(piece) not in _COUNTRY]


def has_letter(words: str) -> bool:
    """Whether it can be a name: "Phường 4", but not "4" or a phone number."""
    return any(char.isalpha() for char in words)


def cut(parts: list[str]) -> list[str]:
    """Cut also before kind words: "xóm 5 xã Tân Cương TP Thái Nguyên" is three parts.

    Between accented words a kind has its accents: "Tam Quan Bắc" stays whole.
    """
    plain = "".join(parts).isascii()
    return [piece for part in parts for piece in _at_kinds(_words(part, keep_case=True), plain)]


def _at_kinds(words: list[str], plain: bool) -> Iterator[str]:
    piece: list[str] = []
    while words:
        lower = [word.lower() for word in words[:3]]
        taken = _kind_length(lower)
        sure = plain or not " ".join(lower[:taken]).isascii() or lower[0] in _SHORT
        if sure and 0 < taken < len(words) and piece and not _is_kind(piece):
            yield " ".join(piece)
            piece = []
        piece += words[: taken or 1]
        words = words[taken or 1 :]
    yield " ".join(piece)


def _is_kind(words: list[str]) -> bool:
    lower = [word.lower() for word in words]
    return _kind_length(lower) == len(lower)


def _words(typed: str, *, keep_case: bool = False) -> list[str]:
    spaced = _GLUED.sub(_unglue, text.normalise_tone(typed))
    return (spaced if keep_case else spaced.lower()).split()


def _unglue(match: re.Match[str]) -> str:
    return f"t{match[1]} " if match[1] else f"{match[2]} "


def _kind_length(words: list[str]) -> int:
    """How many words in front are a kind: 2, 1 or 0."""
    return next((n for n in (2, 1) if len(words) >= n and _kind(words[:n])), 0)


def _kind(words: list[str]) -> str:
    """The kind these words are; with accents they must be the right ones: xà is no xã."""
    phrase = " ".join(words)
    if phrase in _SHORT:
        return _SHORT[phrase]
    found = _KINDS.get(text.fold(phrase), "")
    same = all(a.isascii() or a == b for a, b in zip(words, found.split(), strict=False))
    return found if same else ""


@lru_cache(maxsize=16_384)
def _word_key(word: str) -> str:
    bare = re.sub(r"[^a-z0-9]", "", text.fold(word))
    bare = _NUMERALS.get(bare, bare.lstrip("0") if bare.isdigit() else bare)
    return re.sub(r"k(?!h)", "c", bare.replace("y", "i"))
