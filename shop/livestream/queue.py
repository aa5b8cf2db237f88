"""The helpers' queue of a session: what needs a person, each thing with one person at a time.

Whoever is free takes the oldest thing that nobody has. It is theirs for two minutes, anew with
everything they do at it, and anybody's after that. What concerns the claims of one buyer (words to
decide on, the link to send) is all in one hand, so that no two people change the same claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from shop import clock
from shop.accounts.access import Actor
from shop.accounts.models import User
from shop.database import db
from shop.errors import NotFound
from shop.livestream import comments
from shop.livestream.errors import Taken
from shop.livestream.models import Broadcast, Buyer, Claim, ClaimState, Comment, CommentState

R = TypeVar("R", Comment, Buyer)
_KINDS: tuple[Any, ...] = (Comment, Buyer)
LEASE = timedelta(minutes=2)
LISTED = 50


class Work(StrEnum):
    """What there is to do: decide on words, answer them, send a buyer the link, hide a phone."""

    REVIEW = "review"
    QUESTION = "question"
    TELL = "tell"
    HIDE = "hide"


@dataclass(frozen=True)
class Item:
    """One thing to do, at a comment or a buyer, since the words were said.

    `taken_by`: the name of who has it in hand, empty when it is free.
    """

    work: Work
    row: Comment | Buyer
    since: datetime
    taken_by: str = ""

    @property
    def ref(self) -> str:
        """How a form names the row."""
        return self.row.token if isinstance(self.row, Buyer) else self.row.ref

    @property
    def who(self) -> str:
        """Whose words or claims, for the screen."""
        row = self.row
        return comments.hidden(row.name if isinstance(row, Buyer) else row.author_name)

    @property
    def words(self) -> str:
        """What was said, its phones hidden; empty for a buyer."""
        return "" if isinstance(self.row, Buyer) else comments.hidden(self.row.text)


# What is to be done at a comment, as long as this holds.
_AT_COMMENTS: dict[Work, tuple[ColumnElement[bool], ...]] = {
    Work.REVIEW: (Comment.state == CommentState.REVIEW, Comment.handled_at.is_(None)),
    Work.QUESTION: (Comment.state == CommentState.QUESTION, Comment.handled_at.is_(None)),
    Work.HIDE: (Comment.shows_phone.is_(True), Comment.hidden_at.is_(None)),
}
# Goods that came free for a buyer after they were told are told of once more.
_TO_TELL = (
    Claim.buyer_id == Buyer.id,
    Claim.state == ClaimState.HELD,
    or_(Buyer.told_at.is_(None), Claim.offered_at > Buyer.told_at),
)


def next(actor: Actor, broadcast: Broadcast) -> Item | None:
    """What the actor has in hand, else the oldest thing that nobody has; None: nothing to do."""
    in_hand = keep(actor, broadcast)
    if in_hand is not None:
        return in_hand
    todo = _todo(broadcast)
    free = or_(todo.c.taken_until.is_(None), todo.c.taken_until <= clock.now())
    for work, row_id, since in db.session.execute(_oldest(todo).where(free)).all():
        row = db.session.scalar(_if_free(Work(work), row_id))
        if row is not None and _is_free_of_others(actor, row):
            _lease(actor, row)
            return Item(Work(work), row, since, actor.name)
    return None


def mine(actor: Actor, broadcast: Broadcast) -> Item | None:
    """What the actor has in hand, or None."""
    todo = _todo(broadcast)
    held = (todo.c.taken_by == actor.user_id, todo.c.taken_until > clock.now())
    found = _items(db.session.execute(_oldest(todo).where(*held).limit(1)).all())
    return found[0] if found else None


def keep(actor: Actor, broadcast: Broadcast) -> Item | None:
    """The same for two minutes more: the actor is at work on it."""
    in_hand = mine(actor, broadcast)
    if in_hand is None:
        return None
    model = _model(in_hand.work)
    query = select(model.id).where(model.id == in_hand.row.id, model.taken_by == actor.user_id)
    # Locked and asked again: it may have been over just now, and somebody else's already.
    if db.session.scalar(query.with_for_update(key_share=True)) is None:
        return None
    _lease(actor, in_hand.row)
    return in_hand


def take(actor: Actor, row: Comment | Buyer) -> None:
    """Work at this very thing; the row must be locked. Raises Taken when somebody else has it."""
    expect_free(actor, row)
    _lease(actor, row)


def expect_free(actor: Actor, row: Comment | Buyer) -> None:
    """Go on unless somebody else has it, or the claims of its buyer, in hand. Raises Taken."""
    other = row.taken_by if _in_hand(row) and row.taken_by != actor.user_id else None
    if other is None and _is_of_claims(row):
        # After the rows, whoever asks: two who wait for each other would wait for ever.
        db.session.execute(select(func.pg_advisory_xact_lock(_key(row))))
        other = _at_the_claims(actor, row)
    if other is not None:
        raise Taken(name(other))


def _is_free_of_others(actor: Actor, row: Comment | Buyer) -> bool:
    """Whether the row can be given out now; one whose buyer's claims are being taken cannot."""
    if not _is_of_claims(row):
        return True
    locked = db.session.scalar(select(func.pg_try_advisory_xact_lock(_key(row))))
    return bool(locked) and _at_the_claims(actor, row) is None


def _is_of_claims(row: Comment | Buyer) -> bool:
    """A question or a phone to hide concerns no claim."""
    return isinstance(row, Buyer) or row.state == CommentState.REVIEW


def _key(row: Comment | Buyer) -> ColumnElement[int]:
    return func.hashtextextended(f"claims:{row.broadcast_id}:{row.author_id}", 0)


def _at_the_claims(actor: Actor, row: Comment | Buyer) -> int | None:
    """Who else has something in hand that concerns the claims of the same buyer."""
    found = [
        select(model.taken_by).where(
            model.broadcast_id == row.broadcast_id,
            model.author_id == row.author_id,
            model.taken_until > clock.now(),
            model.taken_by != actor.user_id,
            *which,
        )
        for model, which in ((Buyer, ()), (Comment, _AT_COMMENTS[Work.REVIEW]))
    ]
    return db.session.scalar(union_all(*found).limit(1))


def release(row: Comment | Buyer) -> None:
    """Nobody has it in hand any more."""
    row.taken_by = row.taken_until = None


def let_go(actor: Actor, broadcast: Broadcast) -> None:
    """Whatever the actor has in hand is free for the others."""
    for model in _KINDS:
        query = select(model).where(
            model.broadcast_id == broadcast.id, model.taken_by == actor.user_id
        )
        for row in db.session.scalars(query.with_for_update(key_share=True)):
            release(row)


def listed(broadcast: Broadcast) -> list[Item]:
    """The oldest things to do, fifty at most, each with who has it in hand."""
    return _items(db.session.execute(_oldest(_todo(broadcast))).all())


def counts(broadcast: Broadcast) -> dict[Work, int]:
    """How many things of each kind are to be done, those in somebody's hand too."""
    todo = _todo(broadcast)
    query = select(todo.c.work, func.count()).group_by(todo.c.work)
    there = {row[0]: row[1] for row in db.session.execute(query)}
    return {work: there.get(work, 0) for work in Work}


def comment(broadcast: Broadcast, ref: str) -> Comment:
    """A comment of the session, locked. Raises NotFound."""
    return _locked(Comment, broadcast, Comment.ref == ref)


def buyer(broadcast: Broadcast, token: str) -> Buyer:
    """A buyer of the session, locked. Raises NotFound."""
    return _locked(Buyer, broadcast, Buyer.token == token)


def _locked(model: type[R], broadcast: Broadcast, which: ColumnElement[bool]) -> R:
    query = select(model).where(model.broadcast_id == broadcast.id, which)
    # NO KEY: claims that refer to the row are made meanwhile.
    query = query.with_for_update(of=model, key_share=True)
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def _todo(broadcast: Broadcast) -> Subquery:
    """Everything to be done in the session: work, id of the row, since when, who has it."""
    at_comments = [
        select(
            literal(work.value).label("work"),
            *(Comment.id, Comment.posted_at.label("since"), Comment.taken_by, Comment.taken_until),
        ).where(Comment.broadcast_id == broadcast.id, ~Comment.rehearsal, *which)
        for work, which in _AT_COMMENTS.items()
    ]
    said_at = func.min(func.coalesce(Claim.said_at, Claim.created_at))
    of_buyers = (
        select(literal(Work.TELL.value), Buyer.id, said_at, Buyer.taken_by, Buyer.taken_until)
        .join(Claim, Claim.buyer_id == Buyer.id)
        .where(Claim.broadcast_id == broadcast.id, *_TO_TELL)
        .group_by(Buyer.id)
    )
    return union_all(*at_comments, of_buyers).subquery("todo")


def _oldest(todo: Subquery) -> Select[Any]:
    query = select(todo.c.work, todo.c.id, todo.c.since)
    return query.order_by(todo.c.since, todo.c.work, todo.c.id).limit(LISTED)


def _if_free(work: Work, row_id: int) -> Select[Any]:
    """The row, locked, if nobody took or did it since it was listed, nor is about to."""
    model = _model(work)
    there = _AT_COMMENTS.get(work) or (exists(select(Claim.id).where(*_TO_TELL)),)
    free = or_(model.taken_until.is_(None), model.taken_until <= clock.now())
    query = select(model).where(model.id == row_id, free, *there)
    query = query.with_for_update(of=model, skip_locked=True, key_share=True)
    return query.execution_options(populate_existing=True)


def _items(rows: Sequence[Any]) -> list[Item]:
    known: dict[tuple[Any, int], Comment | Buyer] = {}
    for model in _KINDS:
        ids = {row_id for work, row_id, _since in rows if _model(work) is model}
        if ids:
            found = db.session.scalars(select(model).where(model.id.in_(ids)))
            known |= {(model, row.id): row for row in found}
    names = _names({row.taken_by for row in known.values() if _in_hand(row)})
    items = [(Work(work), known[_model(work), row_id], since) for work, row_id, since in rows]
    return [
        Item(work, row, since, names.get(row.taken_by, "") if _in_hand(row) else "")
        for work, row, since in items
    ]


def _model(work: str) -> Any:
    return Buyer if work == Work.TELL else Comment


def _in_hand(row: Comment | Buyer) -> bool:
    return row.taken_until is not None and row.taken_until > clock.now()


def _lease(actor: Actor, row: Comment | Buyer) -> None:
    row.taken_by, row.taken_until = actor.user_id, clock.now() + LEASE


def name(user_id: int | None) -> str:
    """What a person is called; empty for nobody."""
    return _names({user_id}).get(user_id, "")


def _names(user_ids: set[int | None]) -> dict[int | None, str]:
    query = select(User.id, User.name).where(User.id.in_(user_ids - {None}))
    return {row[0]: row[1] for row in db.session.execute(query)}
