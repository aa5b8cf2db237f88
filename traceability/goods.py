"""Goods, lots and containers that others name in their events: ours where known, else new."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue import products
from shop.catalogue.models import Product, Status, Variant
from shop.database import db
from shop.sellers.models import Seller
from traceability import lots, statements
from traceability.epcis_models import LotName
from traceability.models import Container, Lot
from traceability.stamp_models import ProductCode

LONGEST = 80  # of a name
_LOT = re.compile(r"/10/([^/?#]+)")
_GTIN = re.compile(r"/01/(\d{14})(?=/|$)")
_CODE = re.compile(r"/t/([^/?#]+)/10/")
_CONTAINER = re.compile(r"/00/(\d{18})$|/epcis/containers/([^/?#]+)$")


def lot(actor: Actor, seller_id: int, uri: str, words: Mapping[str, Any]) -> Lot:
    """The seller's lot that is called `uri`; else a new one of the goods that the URI names.

    `words`: what the event that made it says of it, in our vocabulary.
    """
    query = select(Lot).join(LotName, LotName.lot_id == Lot.id)
    there = db.session.scalar(query.where(LotName.seller_id == seller_id, LotName.uri == uri))
    if there is not None:
        return there
    product = _product(actor, seller_id, uri, words)
    found = _LOT.search(uri)
    code = unquote(found[1]) if found else uri.rpartition("/")[2] or uri
    made = lots.open_lot(actor, product, _free(product, code[:LONGEST]), _day(words))
    statements.name_lot(made, uri)
    return made


def _product(actor: Actor, seller_id: int, uri: str, words: Mapping[str, Any]) -> Product:
    mine = select(Product).where(Product.seller_id == seller_id).order_by(Product.id).limit(1)
    if gtin := _GTIN.search(uri):
        forms = [gtin[1][14 - n :] for n in (14, 13, 12, 8) if not gtin[1][: 14 - n].strip("0")]
        packs = select(Variant.product_id).where(Variant.gtin.in_(forms))
        if found := db.session.scalar(mine.where(Product.id.in_(packs))):
            return found
    if code := _CODE.search(uri):
        coded = select(ProductCode.product_id).where(ProductCode.code == code[1])
        if found := db.session.scalar(mine.where(Product.id.in_(coded))):
            return found
    return _told_before(mine, seller_id, uri) or _draft(actor, seller_id, uri, words)


def _told_before(mine: Any, seller_id: int, uri: str) -> Product | None:
    """The product of another lot of the same goods."""
    goods, part, _code = uri.partition("/10/")
    if not part:
        return None
    names = select(LotName.lot_id).where(
        LotName.seller_id == seller_id, LotName.uri.startswith(f"{goods}/10/", autoescape=True)
    )
    known = select(Lot.product_id).where(Lot.id.in_(names))
    found: Product | None = db.session.scalar(mine.where(Product.id.in_(known)))
    return found


def _draft(actor: Actor, seller_id: int, uri: str, words: Mapping[str, Any]) -> Product:
    """A draft, which people complete or leave: nothing shows it before a review."""
    name = words.get("product")
    seller = db.session.get_one(Seller, seller_id)
    product = Product(seller=seller, seller_id=seller_id, aliases=[], reported={})
    product.status = Status.DRAFT
    said = name if isinstance(name, str) and name.strip() else uri.partition("://")[2] or uri
    products.describe(product, {"name": said.strip()[:LONGEST]})
    db.session.add(product)
    db.session.flush()
    audit.note(actor, "product.create", product, product.name)
    return product


def _free(product: Product, code: str) -> str:
    """The code, or with a number behind it where another lot of the seller has it."""
    taken = select(Lot.code).where(Lot.seller_id == product.seller_id)
    known = set(db.session.scalars(taken.where(Lot.code.startswith(code, autoescape=True))))
    number, free = 1, code
    while free in known:
        number, free = number + 1, f"{code}-{number + 1}"
    return free


def _day(words: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(str(words.get("productionDate", "")))
    except ValueError:
        return None


def container(seller_id: int, event: Mapping[str, Any]) -> Container | None:
    """The carton or pallet that an event is about, new if nobody named it; None without one."""
    uri = event.get("parentID")
    if not isinstance(uri, str) or not uri:
        return None
    found = _CONTAINER.search(uri)
    code = (found[1] or found[2]) if found else uri
    for name in (code, uri, f"{seller_id}:{uri}"):  # a code is one seller's alone
        there = db.session.scalar(select(Container).where(Container.code == name))
        if there is None:
            row = Container(seller_id=seller_id, code=name, kind="carton")
            db.session.add(row)
            db.session.flush()
            return row
        if there.seller_id == seller_id:
            return there
    return None
