"""Comments taken in from a dump: which of them are there already, and under what names.

A dump mostly has no ids. One of its comments is the same as one that was heard when the author's
name and the words are the same but for marks and case, and their times lie near each other; each
comment that was heard stands for one of the dump, so that what somebody said twice stays twice.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from shop import text
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.livestream import adopting, comments
from shop.livestream.models import Broadcast, Comment
from shop.livestream.sources.placing import Placed

# How far apart the clocks of a dump and of the platform may be, by how sure the dump's time is.
NEAR = {"exact": timedelta(minutes=2), "minute": timedelta(minutes=3), "about": timedelta(hours=1)}
_ANY = timedelta(days=365)


@dataclass(frozen=True)
class Line:
    """A comment of a dump as it would be taken in. `known`: it is there already."""

    placed: Placed
    known: bool
    said: dict[str, Any]


@dataclass(frozen=True)
class _There:
    """A comment that is there."""

    id: int
    at: datetime


def lines(broadcast: Broadcast, dump: Sequence[Placed]) -> list[Line]:
    """Every comment of the dump, in its order, with whether it is there already."""
    known_ids, there, authors = _known(broadcast)
    by_words: dict[tuple[str, str], list[tuple[int, Placed]]] = defaultdict(list)
    known = set()
    for number, one in enumerate(dump):
        if one.id and one.id in known_ids:
            known.add(number)
            _take(there, one, known_ids[one.id])
        else:
            by_words[adopting.words(one.author, one.text)].append((number, one))
    for words, mine in by_words.items():
        known |= _matched(mine, there.get(words, []))
    turns: dict[tuple[str, str, str], int] = defaultdict(int)
    return [
        Line(one, number in known, _said(one, authors, turns)) for number, one in enumerate(dump)
    ]


def take_in(actor: Actor, broadcast: Broadcast, dump: Sequence[Placed]) -> int:
    """Keep what of the dump is not there yet; returns how many comments that were.

    The broadcast must be locked, so that two dumps do not bring the same comment at once.
    """
    batch = [line.said for line in lines(broadcast, dump) if not line.known]
    new, _there = comments.ingest(broadcast, batch, source=adopting.SOURCE)
    audit.note(actor, "livestream.paste", broadcast, f"{broadcast.title}: {new}")
    return new


def _known(
    broadcast: Broadcast,
) -> tuple[dict[str, int], dict[tuple[str, str], list[_There]], dict[str, set[str]]]:
    columns = (Comment.id, Comment.platform_id, Comment.author_id, Comment.author_name)
    query = select(*columns, Comment.text, Comment.posted_at)
    query = query.where(Comment.broadcast_id == broadcast.id).order_by(Comment.posted_at)
    ids: dict[str, int] = {}
    there: dict[tuple[str, str], list[_There]] = defaultdict(list)
    authors: dict[str, set[str]] = defaultdict(set)
    for comment_id, platform_id, author_id, name, said, at in db.session.execute(query):
        ids[platform_id] = comment_id
        there[adopting.words(name, said)].append(_There(comment_id, at))
        authors[text.fold(name)].add(author_id)
    return ids, there, authors


def _take(there: dict[tuple[str, str], list[_There]], one: Placed, comment_id: int) -> None:
    """A comment known by its id stands for no other of the same words."""
    left = there.get(adopting.words(one.author, one.text), [])
    left[:] = [each for each in left if each.id != comment_id]


def _matched(mine: list[tuple[int, Placed]], there: list[_There]) -> set[int]:
    """Which of these, all of the same author and words, are there: the nearest in time first."""
    pairs = sorted(
        (abs(one.at - other.at), number, other.id)
        for number, one in mine
        for other in there
        if abs(one.at - other.at) <= NEAR.get(one.sure, _ANY)
    )
    known: set[int] = set()
    taken: set[int] = set()
    for _apart, number, other in pairs:
        if number not in known and other not in taken:
            known.add(number)
            taken.add(other)
    return known


def _said(
    one: Placed, authors: dict[str, set[str]], turns: dict[tuple[str, str, str], int]
) -> dict[str, Any]:
    """As CommentIn has it. What has no id gets one of its words, time and turn."""
    name = text.fold(one.author)
    turn = (name, text.fold(one.text), one.at.isoformat())
    turns[turn] += 1
    mark = "\n".join((*turn, str(turns[turn])))
    return {
        "id": one.id or f"{adopting.SOURCE}:{hashlib.sha256(mark.encode()).hexdigest()[:32]}",
        "author_id": one.author_id or adopting.author_of(name, authors.get(name, set())),
        "author_name": one.author,
        "text": one.text,
        "posted_at": one.at,
    }
