"""The places where a seller keeps goods."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop import references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Variant
from shop.database import db
from shop.errors import BadInput
from shop.inventory.models import Location

MAIN = "Kho chính"


def main_of(variant_id: int) -> int:
    """The id of the main location of the variant's seller, made when there is none yet."""
    seller_id = select(Variant.seller_id).where(Variant.id == variant_id).scalar_subquery()
    query = select(Location.id).where(Location.seller_id == seller_id, Location.main)
    there = db.session.scalar(query)
    if there is None:
        row = insert(Location).values(ref=references.new(), name=MAIN, main=True)
        db.session.execute(row.values(seller_id=seller_id).on_conflict_do_nothing())
        there = db.session.scalars(query).one()
    return there


def all_of(seller_id: int) -> Sequence[Location]:
    """The places of a seller that are in use, the main one first."""
    query = select(Location).where(Location.seller_id == seller_id, Location.active)
    return db.session.scalars(query.order_by(Location.main.desc(), Location.id)).all()


def add(actor: Actor, seller_id: int, name: str) -> Location:
    """Another place. Raises BadInput (`name`) when the seller has one of that name."""
    there = select(Location).where(Location.seller_id == seller_id, Location.name == name)
    if db.session.scalar(there) is not None:
        raise BadInput({"name": [_("Đã có nơi tên này.")]})
    is_first = not all_of(seller_id)
    row = Location(seller_id=seller_id, name=name, main=is_first)
    db.session.add(row)
    audit.note(actor, "stock.location", row, name)
    return row
