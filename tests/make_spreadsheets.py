"""Spreadsheets of products, and what a seller does with them."""

from io import BytesIO

from flask import current_app
from sqlalchemy import select

from shop import spreadsheets
from shop.accounts import access
from shop.catalogue import imports
from shop.catalogue.columns import BY_NAME
from shop.catalogue.models import ProductImport, Variant
from shop.database import db
from shop.sellers.models import Seller

TEA = {
    "sku": "CHE-1",
    "name": "Chè tôm nõn",
    "pack": "hộp 200 g",
    "unit": "hộp",
    "price_vnd": 185_000,
}


def xlsx(*rows: dict, names: tuple[str, ...] = ()) -> bytes:
    """A file with the columns that the rows (by field name) use, or `names`."""
    names = names or tuple(dict.fromkeys(name for row in rows for name in row))
    headings = [BY_NAME[name].heading for name in names]
    return spreadsheets.write(headings, [[row.get(name, "") for name in names] for row in rows])


def taken_in(person, data: bytes, filename: str = "bang-gia.xlsx") -> ProductImport:
    """The import that starts with this file; run the tasks to have it read."""
    row = imports.start(access.of(person.user), person.seller, imports.take(data, filename))
    db.session.commit()
    return row


def applied(person, data: bytes, run_tasks, filename: str = "bang-gia.xlsx") -> ProductImport:
    """Sent, read, agreed to and carried out."""
    row = taken_in(person, data, filename)
    run_tasks()
    assert (row.faults, row.state) == ([], "shown")
    imports.apply(access.of(person.user), row)
    db.session.commit()
    run_tasks()
    return row


def result(row: ProductImport) -> list[list]:
    """The cells of the result file."""
    data = current_app.extensions["storage"].read(row.result_key)
    return [line.cells for line in spreadsheets.read(BytesIO(data), "x.xlsx")]


def packs(seller: Seller) -> list[Variant]:
    """All packs of a seller in the order of their SKUs."""
    query = select(Variant).where(Variant.seller_id == seller.id).order_by(Variant.sku)
    return list(db.session.scalars(query))
