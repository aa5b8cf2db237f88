"""Refusals that wait for a person (dead letters): keep, retry, ignore."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from shop import clock, references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.http import Exchange
from workers.channels.models import Listing
from workers.marketplaces.protocol import MarketplaceError
from workers.sync import lanes
from workers.sync.models import LaneKind, Letter, LetterState

# What nobody has looked at for so long that it has more causes than that is not read anyway.
MOST_CAUSES = 100


@dataclass(frozen=True)
class Cause:
    """Why so many letters are open on one shop. `hint`: of one of them; `last_at` the youngest."""

    connection_id: int
    code: str
    count: int
    hint: str
    last_at: datetime


def keep(
    listing: Listing,
    kinds: Sequence[LaneKind],
    error: MarketplaceError,
    hint: str,
    exchanges: Sequence[Exchange],
) -> Letter:
    """Keep what was refused. One letter for the same lanes: the last refusal stands."""
    named = _named(kinds)
    letter: Letter | None = db.session.scalar(_open(listing.id).where(Letter.kinds == named))
    if letter is None:
        letter = Letter(ref=references.new(), seller_id=listing.seller_id, listing_id=listing.id)
        letter.kinds = named
        db.session.add(letter)
    letter.code, letter.said, letter.hint, letter.at = error.code, error.said, hint, clock.now()
    last = exchanges[-1] if exchanges else None
    letter.request, letter.reply = (last.request, last.reply) if last else ("", "")
    letter.state = LetterState.OPEN
    return letter


def _named(kinds: Sequence[LaneKind]) -> str:
    return ",".join(sorted(kinds))


def _open(listing_id: int) -> Select[Any]:
    return select(Letter).where(Letter.listing_id == listing_id, Letter.state == LetterState.OPEN)


def mended(listing_id: int, kinds: Sequence[LaneKind]) -> None:
    """The marketplace took these lanes: letters about nothing else are closed."""
    for letter in db.session.scalars(_open(listing_id)):
        if set(letter.kinds.split(",")) <= set(kinds):
            letter.state, letter.closed_at = LetterState.MENDED, clock.now()


def retry(actor: Actor, letter: Letter) -> None:
    """Send it again as it is now; whatever comes back is told by a new letter."""
    _close(actor, letter, LetterState.RETRIED)
    kinds = [LaneKind(kind) for kind in letter.kinds.split(",")]
    lanes.mark([letter.listing_id], kinds, cause=actor.name)


def ignore(actor: Actor, letter: Letter) -> None:
    """Leave it as the marketplace has it; nothing more is said of it until it changes."""
    _close(actor, letter, LetterState.IGNORED)
    lanes.forget_troubles(letter.listing_id, letter.kinds.split(","))
    lanes.review(letter.listing)


def causes(mine: Select[Any], most: int | None = MOST_CAUSES) -> list[Cause]:
    """The open ones of `mine` (letters) by shop and code, what most of them wait for first.

    At most `most` of them; None: all.
    """
    open_ones = mine.where(Letter.state == LetterState.OPEN).subquery()
    count = func.count()
    query = (
        select(
            Listing.connection_id,
            open_ones.c.code,
            count,
            func.max(open_ones.c.hint),
            func.max(open_ones.c.at),
        )
        .join(Listing, Listing.id == open_ones.c.listing_id)
        .group_by(Listing.connection_id, open_ones.c.code)
        .order_by(count.desc(), Listing.connection_id, open_ones.c.code)
    )
    return [Cause(*row) for row in db.session.execute(query.limit(most))]


def of_cause(mine: Select[Any], connection_id: int, code: str) -> Select[Any]:
    """The open ones of `mine` on one shop for one code, the oldest first."""
    query = mine.join(Listing, Listing.id == Letter.listing_id).where(
        Letter.state == LetterState.OPEN, Listing.connection_id == connection_id
    )
    return query.where(Letter.code == code).order_by(Letter.at, Letter.id)


def retry_all(actor: Actor, letters: Sequence[Letter]) -> int:
    """Send all of these again; how many."""
    for letter in letters:
        retry(actor, letter)
    return len(letters)


def _close(actor: Actor, letter: Letter, state: LetterState) -> None:
    letter.state, letter.closed_at, letter.closed_by = state, clock.now(), actor.name
    audit.note(actor, f"letter.{state}", letter, letter.listing.variant.sku)
