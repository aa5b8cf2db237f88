"""Lots: goods of one product made together."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Product
from shop.database import db
from traceability.errors import LotMadeOnAnotherDay, LotOfAnotherProduct
from traceability.models import Lot
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


def latest(product: Product, most: int) -> list[Lot]:
    """The lots of a product opened last."""
    query = select(Lot).where(Lot.product_id == product.id).order_by(Lot.id.desc())
    return list(db.session.scalars(query.limit(most)))


def on_goods(product: Product, most: int) -> list[Lot]:
    """The lots of a product opened last of which at least one stamp is active."""
    active = (
        select(Stamp.id)
        .join(StampBatch, StampBatch.id == Stamp.batch_id)
        .where(StampBatch.lot_id == Lot.id, Stamp.state == StampState.ACTIVE)
    )
    query = select(Lot).where(Lot.product_id == product.id, active.exists())
    return list(db.session.scalars(query.order_by(Lot.id.desc()).limit(most)))
