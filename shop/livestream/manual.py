"""Comments that a helper enters by hand when nothing else works."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from shop import clock, text
from shop.database import db
from shop.livestream import adopting, broadcasts, comments
from shop.livestream.errors import Closed, NotUnderstood
from shop.livestream.models import Broadcast, BroadcastState, Comment, Pin
from shop.livestream.understanding import reading
from shop.livestream.understanding.reading import Item

SOURCE = "manual"


@dataclass(frozen=True)
class Wanted:
    """So much of what is pinned under a code, in the pin's own unit."""

    pin: Pin
    quantity: Decimal


def enter(
    broadcast: Broadcast, name: str, phone: str | None, wanted: Sequence[Wanted], *, key: str
) -> None:
    """Say for a buyer, now, what they want: a comment like any other, in exact words.

    `phone` as E.164. `key` makes it one however often it is sent. Raises Closed, and NotUnderstood
    when the reader would not see exactly these lines.
    """
    if broadcast.state == BroadcastState.CLOSED:
        raise Closed
    words = _said(wanted, phone)
    found = reading.read(words, broadcasts.pinned(broadcast), None)
    right = {one.pin.code: one.quantity for one in wanted}
    if found.kind != "order" or not _same(found.items, right):
        raise NotUnderstood(words)
    batch = [
        {
            "id": f"{SOURCE}:{key}",
            "author_id": _author(broadcast, name, phone),
            "author_name": name,
            "text": words,
            "posted_at": clock.now(),
        }
    ]
    comments.ingest(broadcast, batch, source=SOURCE, public=False)


def _said(wanted: Sequence[Wanted], phone: str | None) -> str:
    """The words for it: "A1 x2, 03 1.5 kg 0912345678"."""
    lines = [_line(one) for one in wanted]
    return " ".join([", ".join(lines), *([f"0{phone.removeprefix('+84')}"] if phone else [])])


def _line(one: Wanted) -> str:
    if one.quantity % 1 == 0:
        return f"{one.pin.code} x{one.quantity:.0f}"
    return f"{one.pin.code} {one.quantity.normalize():f} {one.pin.unit}"


def _same(found: Sequence[Item], right: dict[str, Decimal]) -> bool:
    lines = {item.code: item.quantity for item in found}
    return len(found) == len(right) and lines == right and all(i.op is None for i in found)


def _author(broadcast: Broadcast, name: str, phone: str | None) -> str:
    """The person of this name in the session, when there is exactly one; else the phone or name."""
    query = select(Comment.author_id, Comment.author_name).where(
        Comment.broadcast_id == broadcast.id
    )
    folded = text.fold(name)
    there = {
        who for who, called in db.session.execute(query.distinct()) if text.fold(called) == folded
    }
    if len(there) != 1 and phone:
        return f"phone:{phone}"
    return adopting.author_of(folded, there)
