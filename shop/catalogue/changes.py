"""What follows when a product changes: its version counts on, and other rooms hear of it."""

from collections.abc import Sequence

from sqlalchemy import update

from shop import clock, outbox
from shop.catalogue.models import Product
from shop.database import db

# Products of one event; a task of the outbox names them all.
AT_ONCE = 500


def note(product: Product) -> None:
    """The product or one of its packs changed."""
    product.updated_at, product.version = clock.now(), (product.version or 0) + 1
    outbox.record("product_changed", product_id=product.id)


def note_many(product_ids: Sequence[int]) -> None:
    """The same for many at once, in few statements and tasks."""
    for first in range(0, len(product_ids), AT_ONCE):
        ids = list(product_ids[first : first + AT_ONCE])
        later = {"version": Product.version + 1, "updated_at": clock.now()}
        newer = update(Product).where(Product.id.in_(ids)).values(later)
        db.session.execute(newer.execution_options(synchronize_session=False))
        outbox.record("products_changed", product_ids=ids)
