"""What the symbols of a batch say: addresses of this site, as short as they can be."""

from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.settings import Settings
from traceability import digital_link, identifiers
from traceability.digital_link import BadLink, Identity
from traceability.stamp_models import Level, ProductCode, StampBatch

SAMPLE = "0" * identifiers.SERIAL_LENGTH  # its check character is right: 0 times any weight


def of(batch: StampBatch, code: str = "") -> str:
    """What the symbol of stamp `code` says, or each symbol of a batch without serials."""
    return written(identity(batch, code))


def prefix(batch: StampBatch) -> str:
    """What the addresses of a serialised batch begin with, all but the serial."""
    return of(batch, SAMPLE).removesuffix(SAMPLE)


def identity(batch: StampBatch, code: str = "") -> Identity:
    """What the symbol of stamp `code` names, or each symbol of a batch without serials."""
    lot = batch.lot.code if batch.lot and batch.level != Level.PRODUCT else None
    if batch.level == Level.ITEM:
        if batch.gtin is None:
            return Identity(serial=code)
        return Identity(gtin=batch.gtin, lot=lot, serial=code)
    if batch.gtin is not None:
        return Identity(gtin=batch.gtin, lot=lot)
    return Identity(code=product_code(batch.product), lot=lot)


def written(identity: Identity) -> str:
    """The address of `identity` here: in upper case where every part of it has one."""
    base = urlsplit(settings().base_url)
    host = base.netloc + base.path
    try:
        return digital_link.build_short(host, identity, scheme=base.scheme)
    except BadLink:  # a path before ours keeps its case, and so does a lot with an underscore
        return digital_link.build(host, identity, scheme=base.scheme)


def public_gtin(pack: Variant | None) -> str | None:
    """The GTIN of a pack as 14 digits, where it may stand in an address.

    One for use inside a company only is something else at the next shop.
    """
    if pack is None or pack.gtin is None or identifiers.restricted(pack.gtin):
        return None
    return identifiers.gtin14(pack.gtin)


def product_code(product: Product) -> str:
    """Our own code of a product; made and kept when it is first asked for."""
    there = select(ProductCode.code).where(ProductCode.product_id == product.id)
    if code := db.session.scalar(there):
        return code
    made = identifiers.internal_code(stamp_key(), product.seller.ref, product.id)
    row = insert(ProductCode).values(product_id=product.id, code=made)
    db.session.execute(row.on_conflict_do_nothing(index_elements=["product_id"]))
    return db.session.execute(there).scalar_one()


def stamp_key() -> bytes:
    """The secret under which serials, codes and hidden codes are drawn."""
    return settings().stamp_key.encode()


def settings() -> Settings:
    """The settings of this application."""
    found: Settings = current_app.config["SETTINGS"]
    return found
