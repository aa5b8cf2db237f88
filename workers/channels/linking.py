"""Linking what a shop lists already to our packs: by SKU, one to one, never by guess."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Variant
from shop.database import among, db
from workers.channels import facts, listings
from workers.channels.errors import NotOneToOne
from workers.channels.facts import Item
from workers.channels.models import Connection, Listing, ListingState


@dataclass(frozen=True)
class Pair:
    """An item of the shop and the pack with the same SKU; neither is linked yet."""

    item: Item
    variant: Variant


@dataclass(frozen=True)
class Proposals:
    """What may be linked; `conflicts`: items that may not, each with the name of the reason:
    "repeated" (several items there have this SKU), "taken" (our pack is linked to another item),
    "unknown" (no pack of ours has the SKU), "blank" (the item has none). `linked`: how many are.
    """

    pairs: list[Pair]
    conflicts: list[tuple[Item, str]]
    linked: int


def proposals(connection: Connection) -> Proposals:
    """What of the items that the shop listed when it was last asked can be linked."""
    items, _asked_at = facts.known_items(connection.platform, connection.shop_id)
    linked = _linked(connection)
    free = [item for item in items if item.external_id not in linked]
    skus = Counter(item.sku for item in items)
    variants = _by_sku(connection, {item.sku for item in free if item.sku})
    taken = set(linked.values())
    pairs: list[Pair] = []
    conflicts: list[tuple[Item, str]] = []
    for item in free:
        variant = variants.get(item.sku)
        why = _why_not(item, variant, skus, taken)
        if variant is not None and why is None:
            pairs.append(Pair(item, variant))
        else:
            conflicts.append((item, why or "unknown"))
    return Proposals(pairs, conflicts, len(items) - len(free))


def _linked(connection: Connection) -> dict[str, int]:
    query = select(Listing.external_id, Listing.variant_id).where(
        Listing.connection_id == connection.id, Listing.external_id.is_not(None)
    )
    return {str(row[0]): row[1] for row in db.session.execute(query)}


def _by_sku(connection: Connection, skus: Collection[str]) -> dict[str, Variant]:
    query = select(Variant).where(
        Variant.seller_id == connection.seller_id, among(Variant.sku, skus)
    )
    rows = db.session.scalars(query.options(joinedload(Variant.product)))
    return {row.sku: row for row in rows.unique()}


def _why_not(
    item: Item, variant: Variant | None, skus: Counter[str], taken: Collection[int]
) -> str | None:
    if not item.sku:
        return "blank"
    if skus[item.sku] > 1:
        return "repeated"
    if variant is None:
        return "unknown"
    return "taken" if variant.id in taken else None


def confirm(actor: Actor, connection: Connection, external_ids: Iterable[str]) -> Sequence[Listing]:
    """Link these items, as they were proposed. Raises NotOneToOne when one may not be (any more).

    The caller holds the connection's lock, so that two people do not link at once.
    """
    pairs = {pair.item.external_id: pair for pair in proposals(connection).pairs}
    wanted = sorted(set(external_ids))
    if missing := [external_id for external_id in wanted if external_id not in pairs]:
        raise NotOneToOne(missing)
    return [_link(actor, connection, pairs[external_id]) for external_id in wanted]


def _link(actor: Actor, connection: Connection, pair: Pair) -> Listing:
    listings.link(connection, pair.variant.id)
    query = select(Listing).where(
        Listing.connection_id == connection.id, Listing.variant_id == pair.variant.id
    )
    row: Listing = db.session.scalars(query.with_for_update()).one()
    if row.state == ListingState.CREATING:
        # A create is under way: what comes of it would be a second item.
        raise NotOneToOne([pair.item.external_id])
    row.external_id, row.state, row.trouble = pair.item.external_id, ListingState.LIVE, None
    row.offered = True
    audit.note(actor, "channels.link", row, f"{pair.variant.sku} → {pair.item.external_id}")
    return row


def unlink(actor: Actor, row: Listing) -> None:
    """Forget which item it is. The item stays there; nothing of it changes any more.

    It is not offered from then on, so that no push lists it a second time.
    """
    external_id, row.external_id, row.link = row.external_id, None, ""
    row.offered, row.state, row.trouble = False, ListingState.WAITING, None
    row.attempt, row.remote_state = None, None
    audit.note(actor, "channels.unlink", row, f"{row.variant.sku} ↛ {external_id}")
