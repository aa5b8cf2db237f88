"""A seller's portals: opened with the usual template, which everybody may change for theirs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop import references, text
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.sellers.models import Seller
from shop.settings import ROOT
from workers.channels import listings
from workers.channels.models import Connection, Health, Listing
from workers.marketplaces.portals import FIELDS, Column
from workers.portals.errors import AlreadyOpen
from workers.portals.models import Portal
from workers.sync import lanes
from workers.sync.models import Lane

OTHER = "other"
_DATA = ROOT / "workers" / "portals" / "data" / "portals.json"
MOST_COLUMNS = 60


@dataclass(frozen=True)
class Kind:
    """A portal that is known by name. `host` "": the seller has to say where it is."""

    key: str
    name: str
    host: str


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_DATA.read_text("utf-8"))
    return found


def kinds() -> dict[str, Kind]:
    """The portals we know, by key; "other" is any other."""
    return {each["key"]: Kind(**each) for each in _data()["portals"]}


def usual() -> list[Column]:
    """The template a portal begins with."""
    return [Column(**each) for each in _data()["columns"]]


def open(actor: Actor, seller: Seller, data: dict[str, Any]) -> Connection:
    """A portal the seller works by hand, with all that is on sale waiting to be put there.

    `data` as PortalSchema gives it. Raises AlreadyOpen, BadInput.
    """
    kind = kinds()[data["kind"]]
    name = data["name"] or (kind.name if kind.key != OTHER else "")
    host = data["host"] or kind.host
    if not name:
        raise BadInput({"name": [_("Cổng khác thì cần tên.")]})
    if not host:
        raise BadInput({"host": [_("Ghi địa chỉ trang của cổng, ví dụ postmart.vn.")]})
    # One per seller and name: of two at once the second waits, and finds the first.
    shop_id = f"{seller.ref}-{text.slug(name)}"
    row = Connection(ref=references.new(), seller_id=seller.id, platform=f"portal:{kind.key}")
    row.shop_id, row.name, row.health = shop_id, name, Health.MANUAL
    db.session.execute(select(Seller.id).where(Seller.id == seller.id).with_for_update())
    there = select(Connection.id).where(
        Connection.platform == row.platform, Connection.shop_id == shop_id
    )
    if db.session.scalar(there) is not None:
        raise AlreadyOpen(name)
    db.session.add(row)
    db.session.flush()
    columns = [asdict(column) for column in usual()]
    db.session.add(Portal(seller_id=seller.id, connection_id=row.id, host=host, columns=columns))
    audit.note(actor, "portal.open", row, name)
    take_all(row)
    return row


def take_all(connection: Connection) -> int:
    """A listing for everything the seller has on sale; how many are new."""
    fresh = listings.link_all(connection)
    if fresh:
        known = select(Lane.id).where(Lane.listing_id == Listing.id)
        query = select(Listing.id).where(Listing.connection_id == connection.id, ~known.exists())
        lanes.mark(db.session.scalars(query).all(), lanes.EVERY_KIND, cause="portal")
    return fresh


def of(connection: Connection) -> Portal:
    """What stands beside the connection."""
    query = select(Portal).where(Portal.connection_id == connection.id)
    return db.session.scalars(query).one()


def columns(portal: Portal) -> list[Column]:
    """Its template."""
    return [Column(**each) for each in portal.columns]


def change(actor: Actor, portal: Portal, host: str, wanted: Sequence[dict[str, Any]]) -> None:
    """Another host, another template: the columns in their order; one without heading is gone.

    `wanted`: dicts of heading, source, longest, required, fixed. Raises BadInput.
    """
    kept = [each for each in wanted if each["heading"]][:MOST_COLUMNS]
    headings = [each["heading"] for each in kept]
    twice = sorted({heading for heading in headings if headings.count(heading) > 1})
    if twice:
        raise BadInput({"": [_("Tiêu đề lặp lại: %(names)s.", names=", ".join(twice))]})
    if not kept:
        raise BadInput({"": [_("Mẫu cần ít nhất một cột.")]})
    unknown = [each["source"] for each in kept if each["source"] not in FIELDS]
    if unknown:
        raise BadInput({"": [_("Chọn thông tin cho từng cột.")]})
    portal.host, portal.columns = host, [asdict(Column(**each)) for each in kept]
    audit.note(actor, "portal.template", portal, portal.connection.name)
