"""The rows behind a figure as a list: narrowed to some goods, a person or a minute, and summed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, or_, select

from shop.accounts.models import User
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.errors import NotFound
from shop.livestream import session_rows
from shop.livestream.models import Broadcast, Claim, Comment

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Narrow:
    """Only the rows of one variant, one of the staff (or the reader: `by_itself`), one minute."""

    variant_id: int | None = None
    helper_id: int | None = None
    by_itself: bool = False
    minute: datetime | None = None


def named_goods(broadcast: Broadcast, ref: str) -> tuple[int, str]:
    """Number and name of a variant that was claimed in the session. Raises NotFound."""
    claimed = select(Claim.variant_id).where(Claim.broadcast_id == broadcast.id)
    query = select(Variant.id, Product.name, Variant.pack)
    query = query.join(Product, Product.id == Variant.product_id)
    found = db.session.execute(query.where(Variant.ref == ref, Variant.id.in_(claimed))).first()
    if found is None:
        raise NotFound(ref=ref)
    return found[0], f"{found[1]}, {found[2]}"


def named_helper(broadcast: Broadcast, ref: str) -> tuple[int, str]:
    """Number and name of one of the staff who did something in the session. Raises NotFound."""
    made = select(Claim.made_by).where(Claim.broadcast_id == broadcast.id)
    handled = select(Comment.handled_by).where(Comment.broadcast_id == broadcast.id)
    query = select(User.id, User.name).where(
        User.ref == ref, or_(User.id.in_(made), User.id.in_(handled))
    )
    found = db.session.execute(query).first()
    if found is None:
        raise NotFound(ref=ref)
    return found[0], found[1]


def rows(broadcast: Broadcast, name: str, narrow: Narrow) -> Select[Any]:
    """The rows of a figure, the newest first."""
    found = session_rows.of(name, broadcast).subquery()
    query = select(found)
    if narrow.variant_id is not None:
        query = query.where(found.c.variant_id == narrow.variant_id)
    if narrow.helper_id is not None:
        query = query.where(found.c.helper_id == narrow.helper_id)
    if narrow.by_itself:
        query = query.where(found.c.helper_id.is_(None))
    if narrow.minute is not None:
        query = query.where(found.c.at >= narrow.minute, found.c.at < narrow.minute + _MINUTE)
    return query.order_by(found.c.at.desc(), found.c.subject, found.c.said, found.c.quantity)


def summed(query: Select[Any]) -> tuple[int, Decimal | None, int]:
    """How many rows there are, their quantity when all are in one unit, and their đồng."""
    found = query.order_by(None).subquery()
    one_unit = func.count(found.c.unit.distinct()) == 1
    total = func.coalesce(func.sum(found.c.amount_vnd), 0)
    quantity = func.sum(found.c.quantity).filter(found.c.quantity.is_not(None))
    row = db.session.execute(
        select(func.count(), one_unit, quantity, total).select_from(found)
    ).one()
    return int(row[0]), row[2] if row[1] else None, int(row[3])
