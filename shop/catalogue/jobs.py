"""Background work of the catalogue."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop.catalogue import certificates, changes, imports, products, reminders, search
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.jobs import job
from shop.sellers import reviews
from shop.sellers.models import Seller


@job("documents", timeout_seconds=600, given_up=imports.give_up)
def read_import(import_id: int) -> None:
    """Read a spreadsheet of products and show what it would change."""
    imports.show(import_id)


@job("documents", timeout_seconds=600, given_up=imports.give_up)
def apply_import(import_id: int) -> None:
    """Do what a spreadsheet of products says, whole or not at all."""
    imports.carry_out(import_id)


@job("default")
def index_seller(seller_id: int) -> None:
    """A seller has another name: its products are found by that one."""
    with transaction():
        mine = select(Product).where(Product.seller_id == seller_id).order_by(Product.id)
        for product in db.session.scalars(mine.options(joinedload(Product.seller))):
            search.index(product)


@job("default", tries=1)
def end_certificates() -> None:
    """After midnight in Vietnam: certificates whose last day is over give no star anywhere."""
    with transaction():
        certificates.close_ended()


@job("default", tries=1)
def remind_of_renewal() -> None:
    """Owners hear in time that a certificate has to be renewed."""
    with transaction():
        reminders.send_due()


@job("default")
def see_photos_again(holder: str) -> None:
    """The photos of a product changed: reviewers and other rooms look again."""
    kind, _, ref = holder.partition(":")
    if kind != "product":
        return
    with transaction():
        query = select(Product).where(Product.ref == ref).with_for_update(of=Product)
        product = db.session.scalar(query)
        if product:
            reviews.edited(product)
            changes.note(product)


@job("default")
def settle_seller(seller_id: int) -> None:
    """Reviewers decided about a seller: catch what was published in that very moment."""
    with transaction():
        seller = db.session.get(Seller, seller_id)
        if seller:
            products.settle_all(seller)
