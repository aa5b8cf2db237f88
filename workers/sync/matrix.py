"""Products × shops: how each pack stands on each shop, and what is done to many at once."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Product, Variant
from shop.database import among, db
from workers.channels import listings
from workers.channels.models import Connection, Listing, ListingState
from workers.sync import lanes, outcomes
from workers.sync.models import Lane, LaneKind


class Cell(StrEnum):
    """How a pack stands on a shop. OFF: it is not to be seen there."""

    SYNCED = "synced"
    WAITING = "waiting"
    FAILED = "failed"
    OFF = "off"
    UNLINKED = "unlinked"


class Deed(StrEnum):
    """What is done to chosen packs on one shop."""

    LIST = "list"
    AGAIN = "again"
    OFF = "off"
    ON = "on"


_on_its_way = (
    select(Lane.id).where(Lane.listing_id == Listing.id, Lane.wanted > Lane.settled).exists()
)
_shown_there = and_(Listing.offered, Variant.active, Product.on_sale)
# Of a listing, beside its variant and product: one truth for the cells and for the filter.
STATE = case(
    (Listing.state == ListingState.FAILED, Cell.FAILED.value),
    (_on_its_way, Cell.WAITING.value),
    (~_shown_there, Cell.OFF.value),
    (Listing.external_id.is_not(None), Cell.SYNCED.value),
    else_=Cell.WAITING.value,
)


def cells(
    variant_ids: Collection[int], connection_ids: Collection[int]
) -> dict[tuple[int, int], tuple[Listing, Cell]]:
    """(variant id, connection id) → the listing and how it stands. One query."""
    query = (
        select(Listing, STATE)
        .join(Variant, Variant.id == Listing.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(among(Listing.variant_id, variant_ids), among(Listing.connection_id, connection_ids))
    )
    return {
        (listing.variant_id, listing.connection_id): (listing, Cell(state))
        for listing, state in db.session.execute(query)
    }


def standing(query: Select[Any], cell: Cell, connection_ids: Collection[int]) -> Select[Any]:
    """Of `query` (variants beside their products) those that stand so on one of the shops."""
    there = and_(Listing.variant_id == Variant.id, among(Listing.connection_id, connection_ids))
    if cell is Cell.UNLINKED:
        count = select(func.count(Listing.id)).where(there).correlate(Variant).scalar_subquery()
        return query.where(count < len(connection_ids))
    so: ColumnElement[bool] = (
        select(Listing.id)
        .where(there, STATE.in_([cell.value]))
        .correlate(Variant, Product)
        .exists()
    )
    return query.where(so)


def do(actor: Actor, connection: Connection, variants: Sequence[Variant], deed: Deed) -> int:
    """Do it to every one of these packs on the shop; how many it concerned.

    Only listing makes new listings: nothing else touches what was never put there.
    """
    if deed is Deed.LIST:
        for variant in variants:
            listings.link(connection, variant.id)
    query = select(Listing).where(
        Listing.connection_id == connection.id,
        among(Listing.variant_id, [variant.id for variant in variants]),
    )
    rows = db.session.scalars(query.order_by(Listing.id).with_for_update()).all()
    if deed in {Deed.OFF, Deed.ON}:
        _show(actor, rows, shown=deed is Deed.ON)
    ids = [row.id for row in rows]
    if deed is Deed.AGAIN:
        for kind in LaneKind:
            lanes.tell_again(ids, kind, cause=actor.name)
    else:
        lanes.mark(ids, LaneKind, cause=actor.name)
    if ids:
        what = f"{connection.platform} {connection.shop_id}: {len(ids)}"
        audit.note(actor, f"channels.{deed}", connection, what)
        outcomes.ask(connection.id)
    return len(ids)


def _show(actor: Actor, rows: Sequence[Listing], *, shown: bool) -> None:
    for row in rows:
        if row.offered != shown:
            row.offered = shown
            audit.note(actor, "channels.offered", row, row.variant.sku)


def progress(connection_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Connection id → listings that are to be told something still, and all of its listings."""
    waiting = func.count(Listing.id).filter(_on_its_way)
    query = select(Listing.connection_id, waiting, func.count(Listing.id)).where(
        among(Listing.connection_id, connection_ids)
    )
    rows = db.session.execute(query.group_by(Listing.connection_id))
    return {row[0]: (row[1], row[2]) for row in rows}
