"""Background work of the feeds room."""

from sqlalchemy import select

from shop import outbox
from shop.catalogue.models import Product, Variant
from shop.database import db, transaction
from shop.jobs import job
from workers.feeds import files


@job("default")
def note_product(product_id: int) -> None:
    """A product changed: its seller's feeds are stale."""
    with transaction():
        files.note(db.session.scalars(select(Product.seller_id).where(Product.id == product_id)))


@job("default")
def note_products(product_ids: list[int]) -> None:
    """The same for many products at once."""
    with transaction():
        query = select(Product.seller_id).where(Product.id.in_(product_ids)).distinct()
        files.note(db.session.scalars(query))


@job("default")
def note_stock(variant_ids: list[int]) -> None:
    """The stock of these packs changed."""
    with transaction():
        query = select(Variant.seller_id).where(Variant.id.in_(variant_ids)).distinct()
        files.note(db.session.scalars(query))


@job("default")
def note_photos(holder: str) -> None:
    """The photos of a product ("product:<ref>") changed; those of others are in no feed."""
    kind, _sep, ref = holder.partition(":")
    if kind == "product":
        with transaction():
            files.note(db.session.scalars(select(Product.seller_id).where(Product.ref == ref)))


@job("default", tries=1)
def write_due() -> None:
    """Timetable: ask for every feed that is due; one seller's trouble keeps no other waiting."""
    with transaction():
        for feed_id in files.due():
            outbox.ask_once("workers.feeds.jobs.write", {"feed_id": feed_id})


@job("documents")
def write(feed_id: int) -> None:
    """Write a seller's feeds: it is time, or somebody waits for the first files."""
    files.write(feed_id)


@job("documents")
def discard(keys: list[str]) -> None:
    """Delete files of feeds that nobody is led to any more."""
    files.discard(keys)
