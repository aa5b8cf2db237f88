"""The tester box: a comment in pieces, each with what the reader saw in it."""

from dataclasses import dataclass

from shop import text
from shop.livestream.understanding.reading import Reading


@dataclass(frozen=True)
class Part:
    """A piece of the comment; `what` was seen there, or None."""

    said: str
    what: str | None


def parts(said: str, found: Reading) -> list[Part]:
    """The whole comment, piece by piece, in order."""
    whole, at = text.nfc(said), 0
    pieces: list[Part] = []
    for span in found.spans:
        if span.start < at:
            continue
        if span.start > at:
            pieces.append(Part(whole[at : span.start], None))
        pieces.append(Part(whole[span.start : span.end], span.what))
        at = span.end
    return pieces + ([Part(whole[at:], None)] if at < len(whole) else [])
