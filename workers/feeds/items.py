"""What of a seller's goods stands in its feeds, and what is left out and why."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.inventory import stock
from shop.media import photos
from shop.media.models import Photo
from shop.storefront import groups
from workers.channels import addresses, listings
from workers.marketplaces import shopping_feeds as feeds
from workers.marketplaces.shopping_feeds import GOOGLE, META, Item

AT_ONCE = 200
IMAGE_WIDTH = 960


@dataclass
class Snapshot:
    """All that may be bought of a seller, by feed. `left_out`: [SKU, name, why, feed or ""]."""

    items: dict[str, list[Item]] = field(default_factory=lambda: {GOOGLE: [], META: []})
    left_out: list[list[str]] = field(default_factory=list)


def snapshot(seller_id: int) -> Snapshot:
    """The goods on sale as they stand now; a made-up price is never offered."""
    found = Snapshot()
    for batch in _batches(seller_id):
        _add(found, batch)
    return found


def _batches(seller_id: int) -> Iterator[Sequence[Variant]]:
    last = 0
    while True:
        query = (
            select(Variant)
            .join(Product, Product.id == Variant.product_id)
            .where(
                Variant.seller_id == seller_id,
                Variant.active,
                Product.on_sale,
                Variant.id > last,
            )
            .options(
                joinedload(Variant.product).options(
                    joinedload(Product.seller), lazyload(Product.variants)
                )
            )
            .order_by(Variant.id)
            .limit(AT_ONCE)
        )
        batch = db.session.scalars(query).all()
        if not batch:
            return
        yield batch
        last = batch[-1].id


def _add(found: Snapshot, batch: Sequence[Variant]) -> None:
    saleable = stock.saleable([variant.id for variant in batch])
    shown = photos.shown_many({f"product:{variant.product.ref}" for variant in batch})
    several = _several({variant.product_id for variant in batch})
    for variant in batch:
        pictures = shown.get(f"product:{variant.product.ref}", [])
        why = _unfit(variant, pictures)
        if why:
            found.left_out.append([variant.sku, _title(variant), why, ""])
            continue
        quantity = saleable[variant.id]
        item = _item(variant, pictures, quantity, grouped=variant.product_id in several)
        for feed in (GOOGLE, META):
            why = _unfit_for(feed, item, pictures[0])
            if why:
                found.left_out.append([variant.sku, item.title, why, feed])
            else:
                found.items[feed].append(item)


def _several(product_ids: Collection[int]) -> set[int]:
    """The products with more than one pack on offer."""
    query = select(Variant.product_id, Variant.id).where(
        Variant.product_id.in_(product_ids), Variant.active
    )
    seen: set[int] = set()
    more: set[int] = set()
    for product_id, _id in db.session.execute(query):
        (more if product_id in seen else seen).add(product_id)
    return more


def _unfit(variant: Variant, pictures: Sequence[Photo]) -> str:
    if variant.price_illustrative:
        return str(_("Giá đang là giá minh họa. Nhập giá thật."))
    if variant.price_vnd <= 0:
        return str(_("Chưa có giá."))
    if not pictures:
        return str(_("Chưa có ảnh."))
    return ""


def _unfit_for(feed: str, item: Item, picture: Photo) -> str:
    most = feeds.LIMITS[feed].id
    if len(item.id) > most:
        return str(_("Mã hàng dài quá %(most)s ký tự.", most=most))
    if feed == META and min(picture.width, picture.height) < feeds.META_IMAGE_SIDE:
        return str(_("Ảnh đầu nhỏ hơn %(side)s × %(side)s điểm ảnh.", side=feeds.META_IMAGE_SIDE))
    return ""


def _title(variant: Variant) -> str:
    return f"{variant.product.name}, {variant.pack}"


def _item(variant: Variant, pictures: Sequence[Photo], quantity: Decimal, *, grouped: bool) -> Item:
    product = variant.product
    group = groups.of_set(product.criteria_set)
    # Less than the smallest quantity that is sold cannot be bought.
    whole = int(quantity) if quantity >= variant.least else 0
    return Item(
        id=variant.sku,
        title=_title(variant),
        description=product.description or listings.description(variant, None),
        link=addresses.product(product),
        images=[addresses.photo(picture, IMAGE_WIDTH) for picture in pictures],
        price_vnd=variant.price_vnd,
        quantity=whole,
        brand=product.seller.name,
        gtin=variant.gtin or "",
        group=product.ref if grouped else "",
        kind=group.name if group else "",
        measure=f"{variant.weight_g}g" if variant.weight_g else "",
    )
