"""The desk: what becomes of each comment once it is read, in the platform's order of time."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm.attributes import set_committed_value

from shop import clock, references, text
from shop.catalogue.models import Variant
from shop.database import among, db, table_of, update_many
from shop.livestream import broadcasts, claims, comments, outcomes, words
from shop.livestream.later import Later
from shop.livestream.models import (
    Broadcast,
    BroadcastState,
    Buyer,
    Claim,
    ClaimState,
    Comment,
    CommentState,
)
from shop.livestream.outcomes import (
    CLAIMED,
    HARMLESS,
    IDLE,
    REHEARSED,
    UNKNOWN,
    Outcome,
    Reason,
)
from shop.livestream.rush import Rush
from shop.livestream.understanding import reading
from shop.livestream.understanding.reading import Item, Reading


def serve(broadcast: Broadcast, batch: Sequence[Comment]) -> None:
    """Read a batch and act on it, comment by comment in its order.

    A code means what it meant when the comment was written. What is said to a rehearsal is read and
    shown, and nothing comes of it. The broadcast must be locked: one reader a session. Variants are
    locked once, ids in order.
    """
    codes, table = broadcasts.codes(broadcast), broadcasts.table(broadcast)
    own = words.own(broadcast.seller_id)
    found = [_read(c.text, codes.read_as(c.posted_at), table.at(c.posted_at), own) for c in batch]
    for comment in batch:
        set_committed_value(comment, "rehearsal", broadcasts.rehearses(broadcast, comment))
    desk = _Desk(broadcast, batch, found, codes)
    for comment, meaning in zip(batch, found, strict=True):
        desk.settle(comment, meaning)
    desk.write()


# A crowd says the same few words: "A1", "chốt".
_read = lru_cache(maxsize=4096)(reading.read)


class _Desk:
    """Everything one batch needs, fetched and locked once."""

    def __init__(
        self,
        broadcast: Broadcast,
        batch: Sequence[Comment],
        found: Sequence[Reading],
        codes: broadcasts.Codes,
    ) -> None:
        self.broadcast, self.codes = broadcast, codes
        acted = _acted_on(batch, found)
        speaking = [comment for comment, _reading in acted]
        self.buyers = buyers(broadcast, speaking)
        meant = [codes.pin(i.code or "", c.posted_at) for c, r in acted for i in r.items]
        variants = {pin.variant_id for pin in meant if pin is not None and pin.variant_id}
        claims.lock_buyers({self.buyers[c.author_id].id for c, r in acted if r.phone})
        claims.lock([buyer.id for buyer in self.buyers.values()], variants)
        self.goods = _variants(variants)
        self.later = Later(broadcast, speaking, codes)
        self.rush = Rush(broadcast, [buyer.id for buyer in self.buyers.values()], variants)
        self.read: list[dict[str, Any]] = []

    def settle(self, comment: Comment, found: Reading) -> None:
        """Act on one comment, and note what became of it."""
        state, reason = self.act(comment, found)
        now = clock.now()
        over = comment.rehearsal and self.broadcast.state != BroadcastState.REHEARSING
        read = {
            "state": state,
            "reason": reason,
            "reading": comments.as_json(found),
            "read_at": now,
            "rehearsal": comment.rehearsal,
            # Of a rehearsal that is over nothing waits for anybody.
            "handled_at": now if over else comment.handled_at,
        }
        for name, value in read.items():
            set_committed_value(comment, name, value)
        self.read.append({"id": comment.id, **read})

    def write(self) -> None:
        """Write what was noted of claims and comments, in one statement each."""
        self.rush.write()
        update_many(Comment, self.read)
        self.read = []

    def act(self, comment: Comment, found: Reading) -> Outcome:
        """What becomes of one comment."""
        if comment.rehearsal:
            return REHEARSED[found.kind], None
        closed_at = self.broadcast.closed_at
        is_late = closed_at is not None and comment.posted_at > closed_at
        strange = found.is_strange and not is_late
        if found.kind not in _ACTS:
            return UNKNOWN if strange else (IDLE[found.kind], None)
        buyer = self.buyers[comment.author_id]
        if found.phone:
            buyer.phone = comments.e164(found.phone) or buyer.phone
        if found.kind == "phone":
            return UNKNOWN if strange else (CommentState.CONTACT, None)
        if is_late:
            return CommentState.REVIEW, Reason.AFTER_CLOSE
        if (unsure := outcomes.doubted(self.broadcast, found)) is not None:
            return unsure
        if found.kind == "cancel":
            return self._cancel(buyer, comment, found)
        return self._order(buyer, comment, found)

    def _order(self, buyer: Buyer, comment: Comment, found: Reading) -> Outcome:
        reasons = [self._line(buyer, comment, item) for item in found.items]
        serious = [r for r in reasons if r not in CLAIMED and r not in HARMLESS]
        if serious:
            return CommentState.REVIEW, serious[0]
        claimed = [r for r in reasons if r in CLAIMED]
        if claimed:
            self._take_back_parts(buyer, comment)
            return CommentState.CLAIMED, next((r for r in claimed if r is not None), None)
        return CommentState.IGNORED, reasons[0]

    def _take_back_parts(self, buyer: Buyer, comment: Comment) -> None:
        """What was given back of it in words that came before it, and found nothing then."""
        for said, parts in self.later.unmet(comment):
            if None in [self._withdraw(buyer, said, part) for part in parts]:
                said.state, said.reason = CommentState.CANCELLED, None

    def _line(self, buyer: Buyer, comment: Comment, item: Item) -> Reason | None:
        later = self.later.lines(comment, item.code)
        if any(line.settles for line in later):
            return Reason.SUPERSEDED
        if item.op == "remove":
            return self._withdraw(buyer, comment, item)
        counted = any(line.counted for line in later)
        wish = self._wish(comment, item, adds=item.op == "add" or counted)
        if isinstance(wish, Reason):
            return wish
        ordered = self.rush.has_ordered(buyer, wish.variant.id)
        if ordered or item.op == "add":
            self.write()  # what the same words claimed in this batch is to be seen
        if item.op == "add" and _said_before(comment, buyer, wish, claims.LIVE):
            return Reason.REPEATED
        if ordered and _said_before(comment, buyer, wish, (ClaimState.ORDERED,)):
            return Reason.ORDERED
        return _REASONS[self.rush.enter(buyer, wish)]

    def _wish(self, comment: Comment, item: Item, *, adds: bool) -> claims.Wish | Reason:
        pin = self.codes.pin(item.code or "", comment.posted_at)
        line = outcomes.meant(pin, item)
        if isinstance(line, Reason):
            return line
        goods, quantity, found = line
        return claims.Wish(found.code, goods, quantity, adds, found, comment)

    def _cancel(self, buyer: Buyer, comment: Comment, found: Reading) -> Outcome:
        items = found.items or (Item(None, None, None),)
        reasons = [self._take_back(buyer, comment, item) for item in items]
        serious = [r for r in reasons if r is not None and r not in HARMLESS]
        if serious:
            return CommentState.REVIEW, serious[0]
        if None in reasons:
            return CommentState.CANCELLED, None
        return CommentState.IGNORED, reasons[0]

    def _take_back(self, buyer: Buyer, comment: Comment, item: Item) -> Reason | None:
        later = self.later.lines(comment, item.code)
        if item.quantity is None and later:
            settled = item.code is not None and any(line.settles for line in later)
            return Reason.SUPERSEDED if settled else Reason.LATE
        return self._withdraw(buyer, comment, item)

    def _withdraw(self, buyer: Buyer, comment: Comment, item: Item) -> Reason | None:
        if not self.rush.knows(buyer):
            return Reason.NOTHING_TO_CANCEL
        self.rush.write()
        pin = self.codes.pin(item.code or "", comment.posted_at)
        meant = pin.variant_id if pin else None
        if claims.cancel(buyer, item.code, item.quantity, variant_id=meant):
            self.rush.touched(buyer)
            return None
        return Reason.ORDERED if _has_ordered(buyer, item.code) else Reason.NOTHING_TO_CANCEL


_REASONS = {
    claims.Outcome.HELD: None,
    claims.Outcome.LIMITED: Reason.LIMITED,
    claims.Outcome.WAITING: Reason.WAITING,
    claims.Outcome.SHORT: Reason.OUT_OF_STOCK,
    claims.Outcome.FULL: Reason.LIMIT_REACHED,
}


_ACTS = {"order", "cancel", "phone"}


def _acted_on(batch: Sequence[Comment], found: Sequence[Reading]) -> list[tuple[Comment, Reading]]:
    """Comments that may change something, each with its reading."""
    pairs = zip(batch, found, strict=True)
    return [(c, r) for c, r in pairs if r.kind in _ACTS and not c.rehearsal]


def buyers(broadcast: Broadcast, speaking: Sequence[Comment]) -> dict[str, Buyer]:
    """The buyers of the session who wrote these comments, by author id; new ones are made."""
    names = {c.author_id: c.author_name for c in speaking}
    if not names:
        return {}
    query = select(Buyer).where(
        Buyer.broadcast_id == broadcast.id, among(Buyer.author_id, sorted(names))
    )
    known = {buyer.author_id: buyer for buyer in db.session.scalars(query)}
    rows = [
        {
            "broadcast_id": broadcast.id,
            "author_id": author,
            "name": name,
            "token": references.token(),
        }
        for author, name in names.items()
        if author not in known
    ]
    if not rows:
        return known
    new = insert(table_of(Buyer)).on_conflict_do_nothing(
        index_elements=["broadcast_id", "author_id"]
    )
    db.session.execute(new, rows)
    return {buyer.author_id: buyer for buyer in db.session.scalars(query)}


def _variants(ids: set[int]) -> dict[int, Variant]:
    query = select(Variant).where(Variant.id.in_(ids))
    return {variant.id: variant for variant in db.session.scalars(query)}


def _said_before(
    comment: Comment, buyer: Buyer, wish: claims.Wish, states: Sequence[ClaimState]
) -> bool:
    """Whether the very same words already went into a claim of this wish in one of `states`."""
    query = (
        select(Comment.text)
        .join(Claim, (Claim.buyer_id == buyer.id) & (Claim.variant_id == wish.variant.id))
        .where(
            Claim.state.in_(states),
            Comment.broadcast_id == buyer.broadcast_id,
            Comment.author_id == buyer.author_id,
            Comment.state == CommentState.CLAIMED,
            Comment.rehearsal.is_(False),
            Comment.read_at >= Claim.created_at,
        )
    )
    same = text.fold(comment.text)
    return any(text.fold(said) == same for said in db.session.scalars(query))


def _has_ordered(buyer: Buyer, code: str | None) -> bool:
    query = select(Claim.code).where(Claim.buyer_id == buyer.id, Claim.state == ClaimState.ORDERED)
    return any(code in (None, known) for known in db.session.scalars(query))
