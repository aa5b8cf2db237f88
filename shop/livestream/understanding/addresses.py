"""Where the goods may go: a hint for whoever writes the address down, never an address itself."""

import re
from collections.abc import Iterable

from shop.livestream.understanding import lexicon

_PLACE, _SENT_TO = re.compile(lexicon.PLACE), re.compile(lexicon.SENT_TO)
# Two words at least, up to a phone, a question or what is bought besides.
_ENDS = re.compile(rf"~{{9,}}|[?!\n;+]| - |\b(?:{lexicon.BUY}|sdt|sđt|dt|ck|cod|~+)\b")
_COURTESY = re.compile(rf"(?:[ ,.:-]|\b(?:{lexicon.FILLER})\b)+$")


def hint(body: str, seen: Iterable[tuple[int, int, str]]) -> tuple[int, int] | None:
    """From where to where a folded comment, its phones blanked, tells of a place.

    `seen`: what else stands in it, and where; the hint ends before the next code or amount that
    begins a part of its own ("xóm 3 La Hiên, 2 gói 05").
    """
    found = [match.start() for match in _PLACE.finditer(body)]
    found += [match.end() for match in _SENT_TO.finditer(body)]
    if not found:
        return None
    start = min(found) + len(body[min(found) :]) - len(body[min(found) :].lstrip())
    stops = [match.start() for match in _ENDS.finditer(body, start)]
    stops += [a for a, _b, _what in seen if a > start and body[:a].rstrip().endswith(",")]
    end = min(stops, default=len(body))
    end -= len(body[start:end]) - len(_COURTESY.sub("", body[start:end]))
    return (start, end) if end > start else None
