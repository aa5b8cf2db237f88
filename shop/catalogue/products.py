"""Creating, changing, publishing and finding products."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from shop import clock, outbox, text
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.errors import CannotPublish
from shop.catalogue.models import Product, Status, Variant
from shop.database import db
from shop.sellers import reviews
from shop.sellers.models import ReviewState, Seller


def create(actor: Actor, seller: Seller, data: dict[str, Any]) -> Product:
    """A new draft with its pack. `data` as ProductSchema gives it."""
    product = Product(
        seller=seller, seller_id=seller.id, name=data["name"], aliases=[], reported={}
    )
    product.description = data["description"]
    product.status = Status.DRAFT
    _index(product)
    db.session.add(product)
    db.session.flush()
    _pack(product, data)
    audit.note(actor, "product.create", product, product.name)
    return product


def _pack(product: Product, data: dict[str, Any]) -> Variant:
    variant = Variant(product_id=product.id, seller_id=product.seller_id, sku=product.ref)
    variant.pack, variant.unit, variant.price_vnd = data["pack"], data["unit"], data["price_vnd"]
    db.session.add(variant)
    return variant


def update(actor: Actor, product: Product, data: dict[str, Any]) -> None:
    """Change the product and its pack, or give it its first.

    A price typed or confirmed (`price_is_real`) by its seller is no longer illustrative.
    """
    product.name, product.description = data["name"], data["description"]
    _index(product)
    variant = product.variants[0] if product.variants else _pack(product, data)
    variant.pack, variant.unit = data["pack"], data["unit"]
    if data["price_vnd"] != variant.price_vnd or data["price_is_real"]:
        variant.price_vnd, variant.price_illustrative = data["price_vnd"], False
    changed = [row for row in (product, variant) if audit.changes(row)]
    for row in changed:
        audit.note(actor, "product.update", row, product.name)
    if changed:
        _changed(product)


def publish(actor: Actor, product: Product) -> None:
    """Show and sell it, once it has passed review. Twice is once.

    Raises CannotPublish naming what is missing.
    """
    if product.status == Status.PUBLISHED and product.review != ReviewState.REFUSED:
        return
    if product.seller.placeholder:
        raise CannotPublish(_("“%(name)s” chưa có người bán thật.", name=product.seller.name))
    if not product.variants:
        raise CannotPublish(_("chưa có quy cách và giá."))
    reviews.ask(actor, product)
    _set_status(actor, product, Status.PUBLISHED, "product.publish")


def pause(actor: Actor, product: Product) -> None:
    """Take it off sale until it is published again; twice is once."""
    if product.status == Status.PUBLISHED:
        _set_status(actor, product, Status.PAUSED, "product.pause")


def settle(product: Product) -> None:
    """Bring `on_sale` in line with what the seller wants and what reviewers said."""
    passed = {product.review, product.seller.review} == {ReviewState.PASSED}
    product.on_sale = passed and product.status == Status.PUBLISHED
    _changed(product)


def settle_all(seller: Seller) -> None:
    """The same for every product of a seller, after a decision about the seller."""
    for product in db.session.scalars(select(Product).where(Product.seller_id == seller.id)):
        settle(product)


def _set_status(actor: Actor, product: Product, status: Status, action: str) -> None:
    product.status = status
    settle(product)
    audit.note(actor, action, product, product.name)


def _changed(product: Product) -> None:
    product.updated_at, product.version = clock.now(), (product.version or 0) + 1
    outbox.record("product_changed", product_id=product.id)


def _index(product: Product) -> None:
    product.slug = text.slug(product.name)
    product.sort_key = text.sort_key(product.name)
    product.folded = text.fold(" ".join([product.name, *product.aliases, product.seller.name]))


def public(words: str = "") -> Select[Product]:
    """Published products in Vietnamese order, or those with every word of `words` in them."""
    query = select(Product).where(Product.on_sale)
    query = query.options(joinedload(Product.seller)).order_by(Product.sort_key, Product.id)
    return matching(query, words)


def matching(query: Select[Product], words: str) -> Select[Product]:
    """Narrow `query` to products whose name, aliases or seller hold every word, accents aside."""
    for word in text.fold(words).split():
        query = query.where(Product.folded.contains(word, autoescape=True))
    return query


def shown(ref: str) -> Product | None:
    """The published product with this reference, its seller and packs loaded."""
    return db.session.scalar(
        select(Product)
        .where(Product.ref == ref, Product.on_sale)
        .options(joinedload(Product.seller))
    )
