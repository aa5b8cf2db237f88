"""What came back of a call: lanes settled, refused, put off; the log; the shop left alone."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from shop import clock, outbox
from shop.database import db
from shop.http import Exchange
from workers.channels import pace, rules
from workers.channels.models import Call, Connection, Health, Listing, ListingState
from workers.marketplaces.protocol import Locked, MarketplaceError, Refused, Retry, Told
from workers.sync import lanes, letters, retry
from workers.sync.models import Lane

PUSH = "workers.sync.jobs.push"
# Promotions last for days; asking every two hours finds their end soon enough.
LOCKED_FOR = timedelta(hours=2)

Lanes = Mapping[int, Sequence[lanes.Taken]]


def locked(listing_id: int) -> Listing:
    """The listing, for this transaction alone."""
    # Without the key: marking a new lane of this listing meanwhile need not wait, nor deadlock.
    return db.session.get_one(Listing, listing_id, with_for_update={"key_share": True})


def open_lanes(listing_id: int) -> list[Lane]:
    """The lanes of a listing that are open."""
    query = select(Lane).where(Lane.listing_id == listing_id, Lane.wanted > Lane.settled)
    return list(db.session.scalars(query.order_by(Lane.id)))


def refuse_unsent(lane: Lane, why: str) -> None:
    """What we know the marketplace would not take is not even sent."""
    lanes.refuse({lane.id: lane.wanted}, why)
    lanes.review(lane.listing)


def leave(listing: Listing, taken: Sequence[Lane], troubles: Mapping[str, str]) -> None:
    """It is not listed now: for its troubles, because it is not on sale, or because there is none
    of it and the marketplace shows nothing of that kind."""
    seen = {lane.id: lane.wanted for lane in taken}
    if troubles:
        lanes.refuse(seen, " ".join(troubles.values()))
        lanes.review(listing)
    else:
        lanes.settle(seen, dict.fromkeys(seen, ""))
        listing.state, listing.trouble = ListingState.WAITING, None
        if rules.on_sale(listing):
            listing.trouble = _("Hết hàng nên chưa lên sàn này. Nhập kho, hàng tự lên.")


def told(
    connection_id: int,
    of: Lanes,
    exchanges: Sequence[Exchange],
    names: Mapping[str, int],
    answer: Told,
) -> None:
    """The call was answered: `answer` names what was refused, the rest is settled."""
    note(connection_id, of, exchanges, "")
    connection = _answered(connection_id)
    refused = {names[external_id]: error for external_id, error in answer.refused.items()}
    for listing_id, found in of.items():
        error = refused.get(listing_id)
        if isinstance(error, Retry):
            _again(listing_id, found, exchanges, error, connection)
        elif error is not None:
            _not_taken(listing_id, found, exchanges, error)
        else:
            _settle(listing_id, found)


def created(
    connection_id: int, of: Lanes, exchanges: Sequence[Exchange], external_id: str, answer: Told
) -> None:
    """It is listed under `external_id`; if it was there before, its values are still to be told."""
    note(connection_id, of, exchanges, "")
    _answered(connection_id)
    [(listing_id, found)] = of.items()
    listing = locked(listing_id)
    listing.external_id, listing.attempt, listing.unknown_until = external_id, None, None
    if answer.refused:
        listing.pushed_at = clock.now()
        # Why it could not be listed concerns nobody any more; what its values meet is told anew.
        letters.mended(listing_id, [taken.kind for taken in found])
        lanes.review(listing)
    else:
        _settle(listing_id, found)


def _settle(listing_id: int, found: Sequence[lanes.Taken]) -> None:
    listing = locked(listing_id)
    listing.pushed_at = clock.now()
    lanes.settle({t.lane_id: t.wanted for t in found}, {t.lane_id: t.hash for t in found})
    unheard = {t.lane_id: t.unheard_until for t in found if t.unheard_until}
    if late := [id for id, until in unheard.items() if until > clock.now()]:
        lanes.tell_after(late, max(unheard[id] for id in late))
    if listing.state != ListingState.LIVE or listing.trouble is not None:
        letters.mended(listing_id, [taken.kind for taken in found])
        lanes.review(listing)


def failed(
    connection_id: int, of: Lanes, exchanges: Sequence[Exchange], error: MarketplaceError
) -> None:
    """The call as a whole was not done."""
    note(connection_id, of, exchanges, error.code)
    away = isinstance(error, Retry) and error.away
    connection = _answered(connection_id, away=away)
    for listing_id, found in of.items():
        if not away:
            locked(listing_id).unknown_until = None
        if isinstance(error, Retry):
            _again(listing_id, found, exchanges, error, connection)
        else:
            _not_taken(listing_id, found, exchanges, error)


def unasked(connection_id: int, error: MarketplaceError) -> None:
    """A question that no listing asked (orders, categories) was not answered."""
    _answered(connection_id, away=isinstance(error, Retry) and error.away)


def _answered(connection_id: int, *, away: bool = False) -> Connection:
    connection = db.session.get_one(Connection, connection_id)
    if away or connection.failures:
        db.session.refresh(connection, with_for_update=True)
        (pace.unanswered if away else pace.answered)(connection)
    return connection


def _again(
    listing_id: int,
    found: Sequence[lanes.Taken],
    exchanges: Sequence[Exchange],
    error: Retry,
    connection: Connection,
) -> None:
    tries = max(taken.tries for taken in found) + 1
    # A marketplace that is away is not the listing's fault: its tries are not used up.
    if tries >= retry.MOST_TRIES and not error.away:
        _refused(listing_id, found, exchanges, Refused(error.code, error.said))
        return
    wait = retry.delay(tries, error.after_seconds)
    lanes.put_off(found, clock.now() + wait, heard=not error.away)


def _not_taken(
    listing_id: int,
    found: Sequence[lanes.Taken],
    exchanges: Sequence[Exchange],
    error: MarketplaceError,
) -> None:
    if isinstance(error, Locked):
        until, hint = clock.now() + LOCKED_FOR, _hint(listing_id, error)
        lanes.put_off(found, until, heard=True, trouble=hint)
        lanes.review(locked(listing_id))
    else:
        _refused(listing_id, found, exchanges, error)


def _refused(
    listing_id: int,
    found: Sequence[lanes.Taken],
    exchanges: Sequence[Exchange],
    error: MarketplaceError,
) -> None:
    listing = locked(listing_id)
    hint = _hint(listing_id, error)
    lanes.refuse({taken.lane_id: taken.wanted for taken in found}, hint)
    lanes.review(listing)
    letters.keep(listing, [taken.kind for taken in found], error, hint, exchanges)


def _hint(listing_id: int, error: MarketplaceError) -> str:
    listing = db.session.get_one(Listing, listing_id)
    return retry.hint(listing.connection.platform, error)


def note(connection_id: int, of: Lanes, exchanges: Sequence[Exchange], code: str) -> None:
    """Write the calls into the log of each listing they were about."""
    now = clock.now()
    for listing_id, found in of.items():
        for exchange in exchanges:
            row = Call(connection_id=connection_id, listing_id=listing_id, at=now, code=code)
            row.call, row.took_ms = exchange.call, exchange.took_ms
            row.request, row.reply = exchange.request, exchange.reply
            row.cause, row.request_id = found[0].cause, found[0].request_id
            db.session.add(row)


def pause(connection_id: int, seconds: float) -> None:
    """Nothing of the shop is called for so long."""
    connection = db.session.get_one(Connection, connection_id, with_for_update=True)
    connection.paused_until = clock.now() + timedelta(seconds=seconds)


def ask_again(connection_id: int, *, after: float = 0) -> None:
    """Ask for the next push at the time when something is due, if anything is open; not before so
    many seconds from now."""
    connection = db.session.get_one(Connection, connection_id)
    due_at = lanes.next_due(connection_id)
    if due_at is None or connection.health != Health.OK:
        return
    if connection.paused_until is not None:
        due_at = max(due_at, connection.paused_until)
    due_at = max(due_at, clock.now() + timedelta(seconds=after))
    if due_at <= clock.now():
        ask(connection_id)
    else:
        outbox.add(
            PUSH,
            {"connection_id": connection_id},
            key=f"push:{connection_id}:{int(due_at.timestamp())}",
            due_at=due_at,
        )


def ask(connection_id: int) -> None:
    """Ask for a push now, unless one that has not begun is there already."""
    outbox.ask_once(PUSH, {"connection_id": connection_id})
