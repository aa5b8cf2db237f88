"""Refusals that wait for a person (dead letters): keep, retry, ignore."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from shop import clock, references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.http import Exchange
from workers.channels.models import Listing
from workers.marketplaces.protocol import MarketplaceError
from workers.sync import lanes
from workers.sync.models import LaneKind, Letter, LetterState


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


def _close(actor: Actor, letter: Letter, state: LetterState) -> None:
    letter.state, letter.closed_at, letter.closed_by = state, clock.now(), actor.name
    audit.note(actor, f"letter.{state}", letter, letter.listing.variant.sku)
