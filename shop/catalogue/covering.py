"""What a certificate covers, as boxes that people tick: "product:<ref>", "pack:<ref>"."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.certificates import Covers
from shop.catalogue.models import Certificate, Product, Status, Variant
from shop.database import db
from shop.errors import NotFound

# More boxes to tick help nobody; the page of any other product leads to a form that has it.
MOST_GOODS = 200


def goods(actor: Actor, seller_id: int, ticked: Sequence[str]) -> list[Product]:
    """The products of a seller to tick, those that are ticked first."""
    query = access.rows(actor, Product, Permission.CATALOGUE_WRITE)
    query = query.where(Product.seller_id == seller_id, Product.status != Status.ARCHIVED)
    others = db.session.scalars(query.order_by(Product.sort_key, Product.id).limit(MOST_GOODS))
    return list(dict.fromkeys([*_ticked(actor, seller_id, ticked), *others]))


def chosen(actor: Actor, seller_id: int, ticked: Sequence[str]) -> Covers:
    """The products and packs that were ticked. Raises NotFound for one of somebody else."""
    offered: dict[str, tuple[Product, Variant | None]] = {}
    for product in _ticked(actor, seller_id, ticked):
        offered[f"product:{product.ref}"] = (product, None)
        offered |= {f"pack:{pack.ref}": (product, pack) for pack in product.variants}
    if not offered.keys() >= set(ticked):
        raise NotFound
    return [offered[box] for box in ticked]


def _ticked(actor: Actor, seller_id: int, ticked: Sequence[str]) -> Sequence[Product]:
    refs = [box.partition(":")[2] for box in ticked]
    of_packs = select(Variant.product_id).where(Variant.ref.in_(refs))
    query = access.rows(actor, Product, Permission.CATALOGUE_WRITE).order_by(Product.id)
    query = query.where(or_(Product.ref.in_(refs), Product.id.in_(of_packs)))
    return db.session.scalars(query.where(Product.seller_id == seller_id)).all()


def boxes(row: Certificate) -> list[str]:
    """What is ticked of a certificate that is there."""
    return [
        f"pack:{each.variant.ref}" if each.variant else f"product:{each.product.ref}"
        for each in row.coverage
    ]
