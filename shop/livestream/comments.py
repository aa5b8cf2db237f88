"""Comments: take in, keep what was read, and hide the phones in them."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from shop import outbox, phones, references
from shop.database import db, table_of
from shop.livestream import adopting, screens
from shop.livestream.models import Broadcast, BroadcastState, Comment, CommentState
from shop.livestream.understanding.reading import Reading


def ingest(
    broadcast: Broadcast,
    batch: Sequence[dict[str, Any]],
    *,
    source: str = "bridge",
    public: bool = True,
) -> tuple[int, int]:
    """Keep a batch (as BatchSchema gives it); returns how many were new and how many known.

    A comment is known by the platform's id, whatever else a repeat of it says; one that was pasted
    before without an id, by its author, words and time (see `adopting`). `source`: what it came
    through. `public`: everybody reads it on the platform, and a phone in it has to be hidden there.
    """
    if not batch:
        return 0, 0
    if source != adopting.SOURCE:
        adopting.adopt(broadcast, batch)
    rows = [
        {
            "ref": references.new(),
            "broadcast_id": broadcast.id,
            "platform_id": said["id"],
            "author_id": said["author_id"],
            "author_name": said["author_name"],
            "text": said["text"],
            "posted_at": said["posted_at"],
            "state": CommentState.NEW,
            "rehearsal": broadcast.state == BroadcastState.REHEARSING,
            "source": source,
            "shows_phone": public and shows_phone(said["text"]),
        }
        # Always the same order, so that two deliveries never wait for each other in a circle.
        for said in sorted(batch, key=lambda s: (s["posted_at"], len(s["id"]), s["id"]))
    ]
    new = db.session.scalars(_keep(), rows).all()
    if new:
        outbox.record("comments_arrived", broadcast_id=broadcast.id)
        screens.tell(broadcast)
        if any(row["shows_phone"] for row in rows):
            outbox.record("phones_shown", broadcast_id=broadcast.id)
    return len(new), len(batch) - len(new)


@cache
def _keep() -> ReturningInsert[int]:
    table = table_of(Comment)
    known = insert(table).on_conflict_do_nothing(index_elements=["broadcast_id", "platform_id"])
    return known.returning(table.c.id)


def unread(broadcast: Broadcast, limit: int) -> list[Comment]:
    """The oldest comments nobody has read, in the order of service: the platform's time."""
    query = select(Comment).where(
        Comment.broadcast_id == broadcast.id, Comment.state == CommentState.NEW
    )
    return list(db.session.scalars(query.order_by(Comment.posted_at, Comment.id).limit(limit)))


def as_json(found: Reading) -> dict[str, Any]:
    """A reading as it is kept: quantities as text, with the reader's version."""
    items = [
        {
            "code": item.code,
            "quantity": None if item.quantity is None else format(item.quantity, "f"),
            "unit": item.unit,
            "variant": item.variant,
            "op": item.op,
        }
        for item in found.items
    ]
    spans = [[span.start, span.end, span.what] for span in found.spans]
    kept = {"kind": found.kind, "items": items, "phone": found.phone, "spans": spans}
    return {**kept, "confidence": found.confidence, "version": found.version}


def e164(said: str) -> str | None:
    """The phone that was said as E.164, or None when it is none."""
    try:
        return phones.parse(said)
    except ValueError:
        return None


# Nine or ten digits after the first, however they are parted; letters o stand for zeros. Other
# signs between them only where they part groups too long for codes and quantities ("0907/123/456").
_PHONE = re.compile(
    r"(?:\+?84|0084|0|(?<![^\W\d_])[oO])(?:[\s.\-–()]{0,4}[\doO]){9,10}?(?!\d)"
    r"|(?<!\d)(?:\+?84|0)\d{2,4}(?P<sign>[/,_·•|*])\d{3,4}(?P=sign)\d{3,4}(?!\d)"
)
# "01 02 03 05 07": one code after the other.
_CODES = re.compile(r"0\d(?:[\s.\-–()]+0\d)+")
_UNSEEN = {"Cf", "Mn", "Me"}
# Most comments have none, and a crowd writes a thousand a second.
_MANY_FIGURES = re.compile(r"(?:\D*\d){5}")


def hidden(said: str) -> str:
    """Words for the screen: the middle of every phone number in them is dots."""
    shown = unicodedata.normalize("NFC", said)
    for start, end in reversed(_phones(shown)):
        shown = shown[:start] + _masked(shown[start:end]) + shown[end:]
    return shown


def shows_phone(said: str) -> bool:
    """Whether a phone stands in these words for everybody to read."""
    return bool(_phones(unicodedata.normalize("NFC", said)))


def pieces(said: str, spans: Iterable[Sequence[Any]]) -> list[tuple[str, str]]:
    """The words cut at what the reader saw in them: (text, what it is, empty for nothing).

    `spans`: start, end and what, counted in the NFC text, as `as_json` keeps them. Every phone is
    hidden, whether the reader saw it or not, and is a piece of its own.
    """
    shown = unicodedata.normalize("NFC", said)
    hiding = [(a, b, "phone") for a, b in _phones(shown)]
    seen = [(a, b, what) for a, b, what in spans if not _crosses(a, b, hiding)]
    found, at = [], 0
    for start, end, what in sorted([*hiding, *seen]):
        if start < at or end > len(shown) or end <= start:
            continue
        found += [(shown[at:start], ""), (shown[start:end], what)]
        at = end
    found.append((shown[at:], ""))
    return [(_masked(text) if what == "phone" else text, what) for text, what in found if text]


def _phones(shown: str) -> list[tuple[int, int]]:
    """Where phones stand in an NFC text, whatever figures they are written with."""
    if not _MANY_FIGURES.match(shown):
        return []
    plain, place = "", []
    for index, letter in enumerate(shown):
        spelled = _figures(letter)
        plain += spelled
        place += [index] * len(spelled)
    found = (m for m in _PHONE.finditer(plain) if not _CODES.fullmatch(m[0]))
    return [(place[m.start()], place[m.end() - 1] + 1) for m in found]


def _figures(letter: str) -> str:
    """A letter in its plain form; nothing for marks that are not seen, as of keys and emoji."""
    if letter.isascii():
        return letter
    plain = unicodedata.normalize("NFKC", letter)
    return "" if unicodedata.category(letter) in _UNSEEN else plain


def _crosses(start: int, end: int, others: Iterable[tuple[int, int, str]]) -> bool:
    return any(a < end and start < b for a, b, _what in others)


def _masked(said: str) -> str:
    plain = "".join(map(_figures, said))
    number = e164(re.sub(r"[^\doO+]", "", plain))
    return phones.mask(number) if number else plain[:2] + "•" * 5 + plain[-3:]
