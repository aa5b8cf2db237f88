"""Goods sold ahead of their harvest: offer, promise, and what happens when they come.

Whoever promises, changes or ends anything of a window locks its variant first, so no two of them
count the same kilogram.
"""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from shop import clock, outbox, quantities
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue import packs
from shop.catalogue.models import Variant
from shop.database import db
from shop.errors import BadInput
from shop.inventory import stock
from shop.inventory.errors import HarvestOver, NotTaken, OutOfStock, Promised
from shop.inventory.models import Harvest, Reservation

ZERO = Decimal(0)


def offer(actor: Actor, variant: Variant, data: dict[str, Any]) -> Harvest:
    """A window in which so much of a variant will be there (`data` as HarvestSchema gives it).

    Raises BadInput (`order_until`) for one that never takes an order.
    """
    if data["order_until"] < clock.today():
        raise BadInput({"order_until": [_("Ngày này đã qua.")]})
    row = Harvest(seller_id=variant.seller_id, variant_id=variant.id, **data)
    db.session.add(row)
    audit.note(actor, "harvest.offer", row, _subject(row, variant))
    return row


def change(actor: Actor, row: Harvest, data: dict[str, Any]) -> None:
    """Other days, quantity or deposit, or `active`: whether it takes orders.

    What was agreed with a buyer stands on the order. Raises Promised when less than was promised
    would remain, HarvestOver.
    """
    lock(row)
    _expect_awaited(row)
    promised = _promised(row)
    if data.get("quantity", row.quantity) < promised:
        raise Promised(quantities.show_with_unit(promised, row.variant.unit))
    for name, value in data.items():
        setattr(row, name, value)
    audit.note(actor, "harvest.change", row, _subject(row, row.variant))


def _subject(row: Harvest, variant: Variant) -> str:
    quantity = quantities.show_with_unit(row.quantity, variant.unit)
    return f"{packs.subject(variant.product, variant)}: {quantity}"


def lock(row: Harvest) -> None:
    """Lock the variant, then the window, and read it anew."""
    stock.lock([row.variant_id])
    # As for the variant: an order may refer to the window meanwhile.
    db.session.refresh(row, with_for_update={"key_share": True})


def _expect_awaited(row: Harvest) -> None:
    if row.arrived_at or row.cancelled_at:
        raise HarvestOver


def open_now(variant_ids: Collection[int], today: date | None = None) -> dict[int, Harvest]:
    """Variant id → the window that takes orders today, the earliest harvest first."""
    query = select(Harvest).where(
        Harvest.variant_id.in_(variant_ids),
        Harvest.active,
        Harvest.arrived_at.is_(None),
        Harvest.cancelled_at.is_(None),
        Harvest.order_until >= (today or clock.today()),
    )
    rows = db.session.scalars(query.order_by(Harvest.from_day.desc(), Harvest.id.desc()))
    return {row.variant_id: row for row in rows}


def is_open(row: Harvest) -> bool:
    """Whether the window takes orders today."""
    ended = row.arrived_at or row.cancelled_at
    return row.active and not ended and row.order_until >= clock.today()


def promised_of(harvest_ids: Collection[int]) -> dict[int, Decimal]:
    """What buyers were promised of each window and has not come yet, for who looks.

    What lapsed is free: the next who orders gets it.
    """
    query = select(Reservation.harvest_id, func.sum(Reservation.quantity)).where(
        Reservation.harvest_id.in_(harvest_ids),
        Reservation.released_at.is_(None),
        Reservation.expires_at.is_(None) | (Reservation.expires_at > clock.now()),
    )
    rows = db.session.execute(query.group_by(Reservation.harvest_id))
    return {row[0]: row[1] for row in rows if row[0] is not None}


def left(row: Harvest) -> Decimal:
    """What may still be ordered of a window."""
    return row.quantity - promised_of([row.id]).get(row.id, ZERO)


def to_come(holder: str) -> bool:
    """Whether something that `holder` was promised has not come yet."""
    query = select(Reservation.id).where(
        Reservation.holder == holder,
        Reservation.harvest_id.is_not(None),
        Reservation.released_at.is_(None),
    )
    return db.session.scalar(query.limit(1)) is not None


def waiting(row: Harvest) -> list[str]:
    """The holders whose promise has not come yet, in the order in which they were promised."""
    return [promise.holder for promise in _promises(row)]


def hold(
    wanted: dict[int, tuple[int, Decimal]], *, holder: str, until: datetime | None
) -> list[Reservation]:
    """Promise variant id → (window id, quantity) of goods to come, or nothing.

    A promise whose time is over is its holder's until that lets go of it: the harvest may come, or
    the money, before anybody wants the goods. Raises NotTaken when a window takes no orders,
    OutOfStock with what is left of each short variant.
    """
    stock.lock(wanted)
    short = {}
    for variant_id, (harvest_id, quantity) in sorted(wanted.items()):
        row = db.session.get_one(Harvest, harvest_id, populate_existing=True)
        if not is_open(row):
            raise NotTaken
        there = row.quantity - _promised(row)
        if there < quantity:
            short[variant_id] = max(there, ZERO)
    if short:
        raise OutOfStock(short)
    held = [
        Reservation(variant_id=v, harvest_id=h, quantity=q, holder=holder, expires_at=until)
        for v, (h, q) in wanted.items()
    ]
    db.session.add_all(held)
    db.session.flush()
    return held


def arrive(actor: Actor, row: Harvest, quantity: Decimal, *, source: str) -> list[str]:
    """Goods came: `quantity` is received, and serves the promises in the order they were made.

    Returns the holders that got nothing or not all of it; a later picking may serve them. The
    window takes no more orders. Once per `source`. Raises HarvestOver for a cancelled one.
    """
    lock(row)
    if row.cancelled_at:
        raise HarvestOver
    row.arrived_at = row.arrived_at or clock.now()
    if not stock.receive(row.variant_id, quantity, source=source, reason=row.note):
        return waiting(row)
    audit.note(actor, "harvest.arrive", row, _subject(row, row.variant) + f", {quantity:f}")
    saleable = stock.promisable([row.variant_id])[row.variant_id]
    unserved = []
    for promise in _promises(row):
        if promise.quantity <= saleable:
            promise.harvest_id = None
            saleable -= promise.quantity
        else:
            unserved.append(promise.holder)
    db.session.flush()
    outbox.record("stock_changed", variant_ids=[row.variant_id])
    return unserved


def cancel(actor: Actor, row: Harvest, why: str) -> None:
    """The goods will not come: the window is over. Who was promised some must be let go.

    Raises HarvestOver.
    """
    lock(row)
    _expect_awaited(row)
    row.cancelled_at = clock.now()
    audit.note(actor, "harvest.cancel", row, why)


def _promised(row: Harvest) -> Decimal:
    return sum((promise.quantity for promise in _promises(row)), ZERO)


def _promises(row: Harvest) -> list[Reservation]:
    query = select(Reservation).where(
        Reservation.harvest_id == row.id, Reservation.released_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(Reservation.created_at, Reservation.id)))
