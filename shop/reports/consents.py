"""A seller's consent that officials of its area see its rows: off until given, ended at once."""

from sqlalchemy import select

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.reports.models import FigureConsent


def given(seller_id: int) -> FigureConsent | None:
    """The consent that stands, or None."""
    query = select(FigureConsent).where(
        FigureConsent.seller_id == seller_id, FigureConsent.ended_at.is_(None)
    )
    return db.session.scalar(query)


def give(actor: Actor, seller_id: int, name: str) -> None:
    """From now on; once given it stands. The seller must be locked by the caller."""
    if given(seller_id) is not None:
        return
    row = FigureConsent(seller_id=seller_id, given_at=clock.now(), given_by=actor.name)
    db.session.add(row)
    db.session.flush()
    audit.note(actor, "figures.agree", row, name)


def end(actor: Actor, seller_id: int, name: str) -> None:
    """No official sees its rows any more."""
    row = given(seller_id)
    if row is None:
        return
    row.ended_at, row.ended_by = clock.now(), actor.name
    audit.note(actor, "figures.end", row, name)
