"""Factories of portals worked by hand."""

from typing import Any

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.sellers.models import Seller
from workers.channels.models import Connection, Listing
from workers.marketplaces import portals
from workers.portals import templates, todo

# Few columns, for tests that look at a file's cells.
SMALL = [
    {"heading": "Mã", "source": "sku", "longest": 20, "required": True, "fixed": ""},
    {"heading": "Tên", "source": "name", "longest": 60, "required": True, "fixed": ""},
    {"heading": "Giá", "source": "price_vnd", "longest": None, "required": True, "fixed": ""},
    {"heading": "Tồn", "source": "stock", "longest": None, "required": False, "fixed": ""},
    {"heading": "Sao", "source": "star", "longest": None, "required": False, "fixed": ""},
    {"heading": "Ảnh", "source": "image_1", "longest": None, "required": False, "fixed": ""},
]


def portal(owner: Seller, *, kind: str = "postmart", **more: Any) -> Connection:
    """A portal with everything on sale waiting to be put there, its template small."""
    row = templates.open(SYSTEM, owner, {"seller": "", "kind": kind, "name": "", "host": ""} | more)
    templates.of(row).columns = SMALL
    db.session.commit()
    return row


def linked(connection: Connection) -> list[Listing]:
    """Its listings, each with an address on the portal, nothing left to be done."""
    rows = db.session.query(Listing).filter_by(connection_id=connection.id).order_by(Listing.id)
    beside = templates.of(connection)
    for row in rows:
        todo.link(SYSTEM, beside, row, f"https://{beside.host}/san-pham/{row.id}")
    db.session.commit()
    return rows.all()


def goods(**more: Any) -> portals.Goods:
    """What a template shows of a thing."""
    values = {"sku": "CHE-200", "name": "Chè tôm nõn, hộp 200 g", "price_vnd": 185_000, "stock": 7}
    return portals.Goods(**{"sku": "CHE-200", "values": values, "images": ["a", "b"]} | more)
