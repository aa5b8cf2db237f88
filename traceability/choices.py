"""Rows that a form or a program names by reference, fetched with the caller's rights."""

from typing import Any

from flask import current_app
from flask_babel import gettext as _

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product, Variant
from shop.errors import BadInput, NotFound
from traceability import addresses, lots
from traceability.batches import Wanted
from traceability.models import Household, Lot, Site
from traceability.stamp_models import Level

WRITE, PRINT = Permission.TRACE_WRITE, Permission.STAMPS_PRINT
_AS_SAID = ("count", "layout", "level", "format", "first", "scratch")


def of_lot(actor: Actor, seller_id: int, data: dict[str, Any]) -> dict[str, Any]:
    """`site` and `household` of a lot, None where none is named. NotFound for another seller's."""
    home = access.get(actor, Household, data["household"], WRITE) if data["household"] else None
    if home is not None and home.seller_id != seller_id:
        raise NotFound
    return {"site": site(actor, seller_id, data["site"]), "household": home}


def site(actor: Actor, seller_id: int, ref: str) -> Site | None:
    """A place of the seller, None where none is named. Raises NotFound for another seller's."""
    row = access.get(actor, Site, ref, WRITE) if ref else None
    if row is not None and row.seller_id != seller_id:
        raise NotFound
    return row


def open_lot(actor: Actor, data: dict[str, Any]) -> Lot:
    """Open the lot that NewLotSchema read. Raises NotFound, and as `lots.enter` does."""
    product = access.get(actor, Product, data["product"], WRITE)
    said = data | of_lot(actor, product.seller_id, data)
    demo = current_app.config["SETTINGS"].demo
    return lots.enter(actor, product, said, illustrative=demo)


def batch(actor: Actor, data: dict[str, Any]) -> Wanted:
    """The batch that BatchSchema read; a lot that is not there is opened.

    Raises NotFound, BadInput for a pack of another product, and as `lots.open_lot` does.
    """
    product = access.get(actor, Product, data["product"], PRINT)
    pack = _pack(product, data["pack"])
    lot = None
    if data["level"] != Level.PRODUCT:
        demo = current_app.config["SETTINGS"].demo
        lot = lots.open_lot(actor, product, data["lot"], data["produced_on"], illustrative=demo)
    gtin = addresses.public_gtin(pack) if data["code"] == "gtin" else None
    kept = {name: data[name] for name in _AS_SAID}
    return Wanted(product, lot=lot, pack=pack, gtin=gtin, **kept)


def _pack(product: Product, ref: str) -> Variant | None:
    if not ref:
        return None
    for pack in product.variants:
        if pack.ref == ref:
            return pack
    raise BadInput({"pack": [_("Sản phẩm này không có quy cách ấy.")]})
