"""Booking: post an entry once, undo one by its opposite, sum an account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from shop import references
from shop.database import db, insert_many
from shop.ledger import periods
from shop.ledger.errors import KeyTaken, ReversedAlready, Unbalanced
from shop.ledger.models import Entry, Kind, Posting


def post(
    seller_id: int,
    postings: Mapping[str, int],
    *,
    key: str,
    kind: Kind,
    on: date,
    text: str,
    by: str,
    subject: str | None = None,
) -> int:
    """Book `postings` (account → đồng, debit positive; zeros are left out) under `key`, once.

    The same key with the same postings, kind and day is the entry that is there; returns its id.
    Raises Unbalanced, KeyTaken when it was booked with another content, BooksClosed.
    """
    moved = {account: amount for account, amount in postings.items() if amount}
    if sum(moved.values()) or not moved:
        raise Unbalanced(key, sum(moved.values()))
    periods.expect_open(seller_id, on)
    values = {"kind": kind, "on": on, "text": text, "by": by, "subject": subject}
    return _post(seller_id, key, moved, values)


@dataclass(frozen=True)
class Booking:
    """An entry to be: what `post` takes, for `post_many`."""

    key: str
    postings: Mapping[str, int]
    kind: Kind
    on: date
    text: str
    by: str
    subject: str | None = None


def post_many(seller_id: int, bookings: Sequence[Booking]) -> None:
    """Book many entries at once, all with keys that are new; on closed days, on the next open one.

    Raises Unbalanced, KeyTaken.
    """
    if not bookings:
        return
    for booking in bookings:
        if sum(booking.postings.values()) or not any(booking.postings.values()):
            raise Unbalanced(booking.key, sum(booking.postings.values()))
    until = periods.hold_open(seller_id)
    try:
        rows = [_row(seller_id, each, until) for each in bookings]
        made = insert_many(Entry, rows, "key", "id")
    except IntegrityError:
        raise KeyTaken(bookings[0].key) from None
    ids = {row.key: row.id for row in made}
    postings = [
        {"entry_id": ids[booking.key], "account": account, "amount_vnd": amount}
        for booking in bookings
        for account, amount in sorted(booking.postings.items())
        if amount
    ]
    insert_many(Posting, postings)


def _row(seller_id: int, booking: Booking, closed: date | None) -> dict[str, object]:
    return {
        "ref": references.new(),
        "seller_id": seller_id,
        "key": booking.key,
        "kind": booking.kind,
        "on": periods.first_open(booking.on, closed),
        "text": booking.text,
        "by": booking.by,
        "subject": booking.subject,
    }


def _post(seller_id: int, key: str, moved: dict[str, int], values: dict[str, object]) -> int:
    made = db.session.scalar(
        insert(Entry)
        .values(ref=references.new(), seller_id=seller_id, key=key, **values)
        .on_conflict_do_nothing(index_elements=["seller_id", "key"])
        .returning(Entry.id)
    )
    if made is not None:
        made = int(made)
        rows = [
            {"entry_id": made, "account": account, "amount_vnd": amount}
            for account, amount in sorted(moved.items())
        ]
        # One statement: the database wants what it is given to sum to zero at once.
        db.session.execute(insert(Posting).values(rows))
        return made
    there = db.session.scalars(
        select(Entry).where(Entry.seller_id == seller_id, Entry.key == key)
    ).one()
    same = {p.account: p.amount_vnd for p in there.postings} == moved
    if not same or there.kind != values["kind"] or there.on != values["on"]:
        raise KeyTaken(key)
    return there.id


def reverse(entry: Entry, *, on: date, by: str, why: str) -> int:
    """Undo an entry by its opposite, dated `on`; its id. Raises ReversedAlready, BooksClosed."""
    again = select(Entry.id).where(Entry.reverses_id == entry.id)
    if entry.reverses_id is not None or db.session.scalar(again) is not None:
        raise ReversedAlready(entry.ref)
    periods.expect_open(entry.seller_id, on)
    values = {"kind": Kind.REVERSAL, "on": on, "text": why, "by": by, "subject": entry.subject}
    opposite = {posting.account: -posting.amount_vnd for posting in entry.postings}
    values["reverses_id"] = entry.id
    return _post(entry.seller_id, f"reversal:{entry.ref}", opposite, values)


def balance_vnd(seller_id: int, account: str, *, until: date | None = None) -> int:
    """What stands on an account at the end of the day `until`, or now."""
    query = (
        select(func.coalesce(func.sum(Posting.amount_vnd), 0))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Entry.seller_id == seller_id, Posting.account == account)
    )
    if until is not None:
        query = query.where(Entry.on <= until)
    return int(db.session.scalar(query) or 0)


def balances(seller_id: int, *, until: date | None = None) -> dict[str, int]:
    """Every account that moved and what stands on it; they sum to zero."""
    query = (
        select(Posting.account, func.sum(Posting.amount_vnd))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Entry.seller_id == seller_id)
        .group_by(Posting.account)
    )
    if until is not None:
        query = query.where(Entry.on <= until)
    return {account: int(total) for account, total in db.session.execute(query)}
