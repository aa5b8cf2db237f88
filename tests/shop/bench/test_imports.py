"""The measurement of imports measures what it says."""

from sqlalchemy import func, select

from shop.bench import imports
from shop.catalogue.models import ProductImport, Variant
from shop.database import db


def test_every_row_is_written_and_then_changed(database):
    measured = imports.measure(300)
    assert min(measured.shown, measured.added, measured.changed) > 0
    counts = select(ProductImport.state, ProductImport.created, ProductImport.changed)
    assert db.session.execute(counts.order_by(ProductImport.id)).all() == [
        ("done", 300, 0),
        ("done", 0, 300),
    ]
    assert db.session.scalar(select(func.min(Variant.price_vnd))) == 190_000
