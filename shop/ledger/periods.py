"""Closing the books of a seller up to a day (khóa sổ): earlier days take no more entries."""

from datetime import date, timedelta
from functools import cache

from sqlalchemy import Integer, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from shop.database import db
from shop.ledger.errors import BooksClosed
from shop.ledger.models import ClosedBooks

# The first of the two keys of PostgreSQL's advisory locks; the second is the seller.
_LOCK = 7_226_010


def closed_until(seller_id: int) -> date | None:
    """The last closed day, None while nothing is."""
    return db.session.scalar(_until(), {"seller_id": seller_id})


@cache
def _until() -> Select[date]:
    return select(ClosedBooks.until).where(ClosedBooks.seller_id == bindparam("seller_id"))


def hold_open(seller_id: int) -> date | None:
    """The last closed day, None while nothing is; nobody closes another until the commit."""
    # A statement of its own: one that waits for a lock sees what was there before it waited.
    db.session.execute(_shared(), {"seller": _fits(seller_id)})
    return closed_until(seller_id)


@cache
def _shared() -> Select[None]:
    return select(func.pg_advisory_xact_lock_shared(_LOCK, bindparam("seller", type_=Integer)))


def expect_open(seller_id: int, on: date) -> None:
    """Raise BooksClosed when `on` takes no more entries; nobody closes it until the commit."""
    until = hold_open(seller_id)
    if until is not None and on <= until:
        raise BooksClosed(on, until)


def open_day(seller_id: int, on: date) -> date:
    """`on`, or the first day after it that still takes entries: what comes late is booked late."""
    return first_open(on, closed_until(seller_id))


def first_open(on: date, until: date | None) -> date:
    """The same when all up to `until` are closed."""
    return on if until is None or on > until else after(until)


def after(until: date) -> date:
    """The first open day when all up to `until` are closed."""
    return until + timedelta(days=1)


def close(seller_id: int, until: date) -> None:
    """No more entries up to and including `until`; waits for who is booking. Only ever later."""
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK, _fits(seller_id))))
    later = insert(ClosedBooks).values(seller_id=seller_id, until=until)
    db.session.execute(
        later.on_conflict_do_update(
            index_elements=["seller_id"],
            set_={"until": func.greatest(ClosedBooks.until, later.excluded.until)},
        )
    )


def _fits(seller_id: int) -> int:
    # The lock's key has 32 bits; two sellers that share one only wait for each other.
    return seller_id % 2**31
