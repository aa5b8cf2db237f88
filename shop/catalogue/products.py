"""Creating, changing, publishing and finding products."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from shop import text
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue import certificates, changes, packs, search
from shop.catalogue.errors import CannotPublish, ChangedMeanwhile
from shop.catalogue.models import Product, Status
from shop.database import db
from shop.sellers import reviews
from shop.sellers.models import ReviewState, Seller

# What AboutSchema names; `name` besides decides where the product is found.
ABOUT = ("name", "name_en", "criteria_set", "description", "ingredients", "storage", "shelf_life")


def create(actor: Actor, seller: Seller, data: dict[str, Any]) -> Product:
    """A new draft with its pack. `data` as ProductSchema gives it. Raises BadInput (sku, gtin)."""
    product = Product(seller=seller, seller_id=seller.id, aliases=[], reported={})
    product.status = Status.DRAFT
    describe(product, data)
    db.session.add(product)
    db.session.flush()
    packs.create(actor, product, data)
    audit.note(actor, "product.create", product, product.name)
    return product


def describe(product: Product, data: Mapping[str, Any]) -> None:
    """Set what `data` names of what the product is; the rest stays as it is.

    With another name its certificates wait for a reviewer, accents and case aside.
    """
    before = product.name
    for name in ABOUT:
        if name in data:
            setattr(product, name, data[name])
    if "months" in data:
        product.months = list(data["months"])
    if audit.changes(product):
        reviews.edited(product)
    if product.id and text.fold(before) != text.fold(product.name):
        certificates.doubt(product, before)
    _index(product)


def update(actor: Actor, product: Product, data: dict[str, Any]) -> None:
    """Change the product, and its first pack (or give it one) when `data` names a pack.

    A price typed or confirmed (`price_is_real`) by its seller is no longer illustrative.
    Raises BadInput (sku, gtin).
    """
    describe(product, data)
    changed = bool(audit.changes(product))
    if changed:
        audit.note(actor, "product.update", product, product.name)
    if "pack" in data and product.variants:
        changed = packs.update(actor, product, product.variants[0], data) or changed
    elif "pack" in data:
        changed = bool(packs.create(actor, product, data))
    if changed:
        changes.note(product)


def values(product: Product) -> dict[str, Any]:
    """What stands in the product now, as ProductSchema takes it: a form's start, a patch's rest."""
    found: dict[str, Any] = {name: getattr(product, name) for name in (*ABOUT, "months")}
    for pack in product.variants[:1]:
        found |= packs.values(pack)
    return found


def expect(product: Product, version: int | None) -> None:
    """Raises ChangedMeanwhile unless the locked row still has the version that a form was made of.

    None (a form that carries none) expects nothing.
    """
    if version is not None and version != product.version:
        raise ChangedMeanwhile


def publish(actor: Actor, product: Product) -> None:
    """Show and sell it, once it has passed review. Twice is once.

    Raises CannotPublish naming what is missing.
    """
    if product.status == Status.PUBLISHED and product.review != ReviewState.REFUSED:
        return
    if product.seller.placeholder:
        raise CannotPublish(_("“%(name)s” chưa có người bán thật.", name=product.seller.name))
    if not any(pack.active for pack in product.variants):
        raise CannotPublish(_("chưa có quy cách và giá."))
    reviews.ask(actor, product)
    _set_status(actor, product, Status.PUBLISHED, "product.publish")


def pause(actor: Actor, product: Product) -> None:
    """Take it off sale, or out of the archive, until it is published; twice is once."""
    if product.status in {Status.PUBLISHED, Status.ARCHIVED}:
        _set_status(actor, product, Status.PAUSED, "product.pause")


def archive(actor: Actor, product: Product) -> None:
    """Put it away: off sale and out of the everyday lists, nothing lost; twice is once."""
    if product.status != Status.ARCHIVED:
        _set_status(actor, product, Status.ARCHIVED, "product.archive")


def settle(product: Product) -> None:
    """Bring `on_sale` in line with what the seller wants and what reviewers said."""
    product.on_sale = _may_be_sold(product)
    changes.note(product)


def _may_be_sold(product: Product) -> bool:
    # The seller may have to be loaded, and a flush before `on_sale` is set breaks its check.
    with db.session.no_autoflush:
        passed = {product.review, product.seller.review} == {ReviewState.PASSED}
    return passed and product.status == Status.PUBLISHED


def settle_all(seller: Seller) -> None:
    """The same for every product of a seller, after a decision about the seller.

    They are locked in id order, so that nobody publishes one by the decision before.
    """
    query = select(Product).where(Product.seller_id == seller.id).order_by(Product.id)
    query = query.with_for_update(of=Product, key_share=True)
    rows = db.session.scalars(query.execution_options(populate_existing=True)).all()
    changed = [product for product in rows if product.on_sale != _may_be_sold(product)]
    for product in changed:
        product.on_sale = not product.on_sale
    changes.note_many([product.id for product in changed])


def _set_status(actor: Actor, product: Product, status: Status, action: str) -> None:
    product.status = status
    settle(product)
    audit.note(actor, action, product, product.name)


def _index(product: Product) -> None:
    product.slug = text.slug(product.name)
    product.sort_key = text.sort_key(product.name)
    search.index(product)


def public(words: str = "") -> Select[Product]:
    """Published products in Vietnamese order, or those with every word of `words` in them."""
    query = select(Product).where(Product.on_sale)
    query = query.options(joinedload(Product.seller)).order_by(Product.sort_key, Product.id)
    return matching(query, words)


def matching(query: Select[Product], words: str) -> Select[Product]:
    """Narrow `query` to products that hold every word of `words`, accents aside."""
    return search.holding(query, words)


def shown(ref: str) -> Product | None:
    """The published product with this reference, its seller and packs loaded."""
    return db.session.scalar(
        select(Product)
        .where(Product.ref == ref, Product.on_sale)
        .options(joinedload(Product.seller))
    )


def off_sale(ref: str) -> Product | None:
    """A product that its seller has paused or put away; nothing that no buyer ever saw."""
    query = select(Product).join(Seller, Seller.id == Product.seller_id)
    return db.session.scalar(
        query.where(
            Product.ref == ref,
            Product.status.in_((Status.PAUSED, Status.ARCHIVED)),
            Product.review == ReviewState.PASSED,
            Seller.review == ReviewState.PASSED,
        )
    )
