"""What has to be done by hand on a portal, and saying that it is done.

The lanes that tell a marketplace what changed tell a person here; "done" acknowledges the value
that was shown, and what changed since stays open.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from shop import clock, seen
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Product, Variant
from shop.database import among, db
from workers.channels import linking
from workers.channels.models import Connection, Listing
from workers.marketplaces import portals
from workers.portals import goods
from workers.portals.errors import LinkTaken, LookAgain, NotALink
from workers.portals.goods import Said
from workers.portals.models import ExportState, Portal, PortalExport
from workers.sync import lanes, outcomes
from workers.sync.models import Difference, Lane, LaneKind

# Listings that are compared at once; each is a handful of rows.
AT_ONCE = 200


def waiting(connection_id: int) -> Select[Any]:
    """The listings with something to do: on the portal with other values, or not there yet."""
    is_open = select(Lane.id).where(Lane.listing_id == Listing.id, Lane.wanted > Lane.settled)
    there = Listing.external_id.is_not(None) & is_open.exists()
    new = Listing.external_id.is_(None) & Listing.offered & Variant.active & Product.on_sale
    return (
        select(Listing)
        .join(Variant, Variant.id == Listing.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Listing.connection_id == connection_id, or_(there, new))
        .options(joinedload(Listing.variant).joinedload(Variant.product).joinedload(Product.seller))
        .order_by(Listing.id)
    )


def open_kinds(listing_ids: list[int]) -> dict[int, list[LaneKind]]:
    """Listing id → what of it differs, most urgent first; one query."""
    query = select(Lane).where(among(Lane.listing_id, listing_ids), Lane.wanted > Lane.settled)
    found: dict[int, list[LaneKind]] = {}
    for lane in db.session.scalars(query):
        found.setdefault(lane.listing_id, []).append(LaneKind(lane.kind))
    return {id: sorted(kinds, key=lanes.EVERY_KIND.index) for id, kinds in found.items()}


def mark(said: Said) -> str:
    """A mark of all that the page shows of a listing."""
    return seen.mark(said.listing.id, [said.hash(kind) for kind in lanes.EVERY_KIND])


def done(actor: Actor, listing: Listing, shown: str) -> None:
    """Somebody brought the portal to what the page showed (`shown`: its mark). Twice is once.

    Raises LookAgain when it would show something else by now.
    """
    outcomes.locked(listing.id)
    said = _said(listing)
    if mark(said) != shown:
        raise LookAgain
    _settle(listing, {kind: said.hash(kind) for kind in lanes.EVERY_KIND}, said)
    audit.note(actor, "portal.done", listing, listing.variant.sku)


def _said(listing: Listing) -> Said:
    [said] = goods.of(listing.connection, goods.loaded([listing.id]))
    return said


def _settle(listing: Listing, told: Mapping[LaneKind, str], said: Said) -> int:
    """Settle the open lanes whose value is the one told; how many."""
    there = [
        lane
        for lane in outcomes.open_lanes(listing.id)
        if told.get(LaneKind(lane.kind)) == said.hash(LaneKind(lane.kind))
    ]
    hashes = {lane.id: said.hash(LaneKind(lane.kind)) for lane in there}
    lanes.settle({lane.id: lane.wanted for lane in there}, hashes)
    if there:
        listing.pushed_at = clock.now()
        lanes.review(listing)
    return len(there)


def link(actor: Actor, portal: Portal, listing: Listing, address: str) -> None:
    """The listing is on the portal, at this address. `portal` is locked.

    It is taken to say there what the last file for the portal said of it, or what it says now;
    what differs stays to be done. Raises NotALink, LinkTaken.
    """
    try:
        checked = portals.checked_link(address, portal.host)
    except portals.BadLink as error:
        raise NotALink(str(error)) from None
    other = select(Listing).where(
        Listing.connection_id == portal.connection_id,
        Listing.external_id == checked,
        Listing.id != listing.id,
    )
    taken = db.session.scalar(other.options(joinedload(Listing.variant)))
    if taken is not None:
        raise LinkTaken(taken.variant.sku)
    outcomes.locked(listing.id)
    fresh = listing.external_id is None
    listing.external_id = listing.link = checked
    db.session.flush()
    if fresh:
        said = _said(listing)
        now = {kind: said.hash(kind) for kind in lanes.EVERY_KIND}
        _settle(listing, _last_told(portal.connection_id, listing.id) or now, said)
    lanes.review(listing)
    audit.note(actor, "portal.link", listing, listing.variant.sku)


def taken_off(actor: Actor, listing: Listing) -> None:
    """It stands on the portal no more: its address is forgotten, nothing is to be done about it.

    It is not offered there from then on; the matrix offers it again. Twice is once.
    """
    outcomes.locked(listing.id)
    if listing.external_id is None:
        return
    linking.unlink(actor, listing)
    db.session.flush()
    _tidy(_said(listing))


def _last_told(connection_id: int, listing_id: int) -> dict[LaneKind, str] | None:
    """What the newest file that holds the listing says of it."""
    query = select(PortalExport.told[str(listing_id)]).where(
        PortalExport.connection_id == connection_id,
        PortalExport.state == ExportState.DONE,
        PortalExport.told.has_key(str(listing_id)),
    )
    found = db.session.scalar(query.order_by(PortalExport.id.desc()).limit(1))
    return {LaneKind(kind): hash for kind, hash in found.items()} if found else None


def uploaded(actor: Actor, export: PortalExport) -> None:
    """A file was uploaded: what stands on the portal says now what the file says.

    What changed since the file was made stays to be done; what is not linked waits for its link.
    `export` is locked; twice is once.
    """
    if export.uploaded_at is not None:
        return
    export.uploaded_at = clock.now()
    ids = [int(listing_id) for listing_id in export.told]
    connection = db.session.get_one(Connection, export.connection_id)
    for batch in _batches(ids):
        for said in goods.of(connection, goods.loaded(batch)):
            listing = said.listing
            if listing.external_id is not None:
                told = export.told[str(listing.id)]
                outcomes.locked(listing.id)
                _settle(listing, {LaneKind(kind): hash for kind, hash in told.items()}, said)
    audit.note(actor, "portal.uploaded", export, connection.name)


def _batches(ids: list[int]) -> list[list[int]]:
    return [ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE)]


def differences(connection_id: int) -> Select[Any]:
    """What differed when the portal's own list was last compared, with the goods it is about."""
    query = select(Difference).where(Difference.connection_id == connection_id)
    goods_of = joinedload(Difference.listing).joinedload(Listing.variant)
    return query.options(goods_of.joinedload(Variant.product))


def tidy(connection_id: int) -> None:
    """Close what needs nobody: a value that is back where it was, goods taken off sale before
    they were on the portal."""
    connection = db.session.get_one(Connection, connection_id)
    query = select(Lane.listing_id).join(Listing, Listing.id == Lane.listing_id)
    query = query.where(Listing.connection_id == connection_id, Lane.wanted > Lane.settled)
    ids = list(db.session.scalars(query.distinct().order_by(Lane.listing_id)))
    for batch in _batches(ids):
        for said in goods.of(connection, goods.loaded(batch)):
            _tidy(said)


def _tidy(said: Said) -> None:
    listing = outcomes.locked(said.listing.id)
    open_lanes = outcomes.open_lanes(listing.id)
    if listing.external_id is not None:
        open_lanes = [
            lane for lane in open_lanes if lane.acknowledged == said.hash(LaneKind(lane.kind))
        ]
        hashes = {lane.id: str(lane.acknowledged) for lane in open_lanes}
    elif said.on_sale:
        return
    else:
        hashes = {lane.id: "" for lane in open_lanes}
    lanes.settle({lane.id: lane.wanted for lane in open_lanes}, hashes)
