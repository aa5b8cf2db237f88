"""Lots: goods of one product made together."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Product
from shop.database import db
from traceability import events
from traceability.errors import LotMadeOnAnotherDay, LotOfAnotherProduct, LotOpened
from traceability.events import Item, More
from traceability.models import Lot, TraceEvent, TraceItem
from traceability.stamp_models import Stamp, StampBatch, StampState


def open_lot(
    actor: Actor,
    product: Product,
    code: str,
    produced_on: date | None = None,
    *,
    illustrative: bool = False,
) -> Lot:
    """The seller's lot `code`, opened now unless it is there.

    A lot without a day of production takes the one given. `illustrative`: made up, every page
    says so. Raises LotOfAnotherProduct and LotMadeOnAnotherDay.
    """
    opened = db.session.scalar(
        insert(Lot)
        .values(
            seller_id=product.seller_id,
            product_id=product.id,
            code=code,
            produced_on=produced_on,
            illustrative=illustrative,
        )
        .on_conflict_do_nothing(index_elements=["seller_id", "code"])
        .returning(Lot.id)
    )
    there = select(Lot).where(Lot.seller_id == product.seller_id, Lot.code == code)
    lot = db.session.scalars(there.with_for_update()).one()
    if opened is not None:
        day = produced_on and produced_on.isoformat()
        changes = {"code": [None, code], "produced_on": [None, day]}
        audit.write(actor, "lot.open", lot.seller_id, code, lot.ref, changes)
    else:
        _agree(actor, lot, product, produced_on)
    return lot


def _agree(actor: Actor, lot: Lot, product: Product, produced_on: date | None) -> None:
    if lot.product_id != product.id:
        raise LotOfAnotherProduct(lot.code, lot.product.name)
    if produced_on is None or produced_on == lot.produced_on:
        return
    if lot.produced_on is not None:
        raise LotMadeOnAnotherDay(lot.code, lot.produced_on)
    lot.produced_on = produced_on
    audit.note(actor, "lot.update", lot, lot.code)
    if _noted(lot):
        note(actor, lot)


def enter(
    actor: Actor, product: Product, about: Mapping[str, Any], *, illustrative: bool = False
) -> Lot:
    """Open a lot with all that is known of it (LotSchema, with rows for `site`, `household`).

    What it is begins its record. A lot that stamps were asked for, of which nothing is recorded,
    is completed. Raises LotOpened, LotOfAnotherProduct, LotMadeOnAnotherDay.
    """
    code, day = about["code"], about["produced_on"]
    lot = open_lot(actor, product, code, day, illustrative=illustrative)
    if lot.events:
        raise LotOpened(code)
    _set(lot, about)
    note(actor, lot)
    return lot


def change(actor: Actor, lot: Lot, about: Mapping[str, Any]) -> None:
    """Say anew what the lot is; what changed is another event of its record."""
    _set(lot, about)
    if audit.changes(lot):
        audit.note(actor, "lot.update", lot, lot.code)
    note(actor, lot)


def _set(lot: Lot, about: Mapping[str, Any]) -> None:
    lot.produced_on, lot.expires_on = about["produced_on"], about["expires_on"]
    lot.site, lot.household = about["site"], about["household"]
    if not reckoned(lot):
        lot.quantity, lot.unit = about["quantity"], about["unit"] if about["quantity"] else None
    db.session.flush()


def reckoned(lot: Lot) -> bool:
    """Whether its quantity follows from harvests and workings, so that nobody types it."""
    return any(
        item.quantity is not None and events.made_by(event, item)
        for event, item in events.of_lot(lot)
    )


def note(actor: Actor, lot: Lot) -> TraceEvent | None:
    """Put what the lot is into its record, unless that is what was put there last."""
    said, last = about(lot), _noted(lot)
    site_id = lot.site.id if lot.site else None
    if last is not None and (events.facts_of(last), last.site_id) == (said, site_id):
        return None
    kind = "change" if last else "open"
    return events.record(actor, kind, clock.now(), [Item(lot)], said, More(site=lot.site))


def about(lot: Lot) -> dict[str, str]:
    """What the lot is, in the words of its record."""
    told = {
        "produced_on": lot.produced_on.isoformat() if lot.produced_on else "",
        "expires_on": lot.expires_on.isoformat() if lot.expires_on else "",
        "amount": "" if reckoned(lot) or lot.quantity is None else _amount(lot),
        "household": lot.household.code if lot.household else "",
    }
    return {name: text for name, text in told.items() if text}


def _amount(lot: Lot) -> str:
    return f"{events.decimal(lot.quantity or Decimal())} {lot.unit or ''}".strip()


def _noted(lot: Lot) -> TraceEvent | None:
    query = (
        select(TraceEvent)
        .join(TraceItem, TraceItem.event_id == TraceEvent.id)
        .where(TraceItem.lot_id == lot.id, TraceEvent.kind.in_(("open", "change")))
    )
    return db.session.scalar(query.order_by(TraceItem.number.desc()).limit(1))


def latest(product: Product, most: int) -> list[Lot]:
    """The lots of a product opened last."""
    query = select(Lot).where(Lot.product_id == product.id).order_by(Lot.id.desc())
    return list(db.session.scalars(query.limit(most)))


def on_goods(product: Product, most: int) -> list[Lot]:
    """The lots of a product opened last that are on goods: a stamp of them is active.

    Before them those that are called back, with stamps or without.
    """
    active = (
        select(Stamp.id)
        .join(StampBatch, StampBatch.id == Stamp.batch_id)
        .where(StampBatch.lot_id == Lot.id, Stamp.state == StampState.ACTIVE)
    )
    recalled = Lot.recalled_at.is_not(None) & Lot.published_at.is_not(None)
    query = select(Lot).where(Lot.product_id == product.id, active.exists() | recalled)
    query = query.order_by(Lot.recalled_at.is_(None), Lot.id.desc())
    return list(db.session.scalars(query.limit(most)))
