"""What a listing should say on a portal now: the cells of its columns, the value of each lane."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.catalogue import certificates
from shop.catalogue.models import Certificate, CertificateState, Coverage, Product, Variant
from shop.database import among, db
from shop.media import documents, photos
from shop.media.models import Document, Photo
from shop.sellers.models import Seller
from shop.spreadsheets import Cell
from shop.storefront import groups
from workers.channels import addresses, listings, orders, rules
from workers.channels.models import Connection, Listing
from workers.marketplaces import portals
from workers.sync import lanes
from workers.sync.models import LaneKind

LONGEST_NAME, LONGEST_SUMMARY = 120, 250
FOOD_PAPERS = ("food_safety", "food_pledge")


@dataclass(frozen=True)
class Said:
    """A listing as it should stand on the portal. `photos` are in their order."""

    listing: Listing
    goods: portals.Goods
    photos: Sequence[Photo]
    stock: int
    on_sale: bool

    def value(self, kind: LaneKind) -> object:
        """What of it a lane tells."""
        values = self.goods.values
        return {
            LaneKind.STOCK: self.stock,
            LaneKind.PRICE: self.listing.variant.price_vnd,
            LaneKind.STATUS: self.on_sale,
            LaneKind.CONTENT: (values["name"], values["description"]),
            LaneKind.IMAGES: tuple(photo.sha256 for photo in self.photos),
        }[kind]

    def hash(self, kind: LaneKind) -> str:
        """The hash of that, as lanes keep it."""
        return lanes.digest(self.value(kind))


def loaded(listing_ids: Collection[int]) -> list[Listing]:
    """These listings with their goods, in order of their ids; one query and that of packs."""
    query = select(Listing).where(among(Listing.id, listing_ids)).order_by(Listing.id)
    goods = joinedload(Listing.variant).joinedload(Variant.product).joinedload(Product.seller)
    return list(db.session.scalars(query.options(goods)))


def of(connection: Connection, some: Sequence[Listing]) -> list[Said]:
    """What each should say, in the order given; the same number of queries for any number."""
    variants = [listing.variant for listing in some]
    in_force = certificates.of_packs(variants)
    ended = _ended([v.product_id for v in variants if v.id not in in_force])
    shown = photos.shown_many(f"product:{v.product.ref}" for v in variants)
    offered = rules.stocks(connection, some, orders.promised(connection.id))
    paper = _food_paper(db.session.get_one(Seller, connection.seller_id))
    said = []
    for listing in some:
        variant = listing.variant
        certificate, stock = in_force.get(variant.id), offered[listing.id]
        mine = shown.get(f"product:{variant.product.ref}", [])[: portals.MOST_IMAGES]
        goods = portals.Goods(
            sku=variant.sku,
            values=_values(variant, certificate, stock) | _paper_values(paper),
            images=[photo.sha256 for photo in mine],
            made_up=variant.price_illustrative,
            star_ended_on=None if certificate else ended.get(variant.product_id),
            food_safety_ended_on=_ended_on(paper),
        )
        said.append(Said(listing, goods, mine, stock, rules.on_sale(listing)))
    return said


def _values(variant: Variant, certificate: Certificate | None, stock: int) -> dict[str, Cell]:
    product, seller = variant.product, variant.product.seller
    group, weight_kg = groups.of_set(product.criteria_set), listings.weight_kg(variant)
    where = [seller.commune, seller.province]
    description = listings.description(variant, certificate)
    values: dict[str, Cell | None] = {
        "sku": variant.sku,
        "name": listings.name(variant, certificate, LONGEST_NAME),
        "category": group.name if group else None,
        "summary": _short(description),
        "description": description,
        "unit": variant.unit,
        "pack": variant.pack,
        "weight_g": int(weight_kg * 1000) if weight_kg is not None else None,
        "price_vnd": None if variant.price_illustrative else variant.price_vnd,
        "stock": stock,
        "ingredients": product.ingredients,
        "shelf_life": product.shelf_life,
        "storage": product.storage,
        "origin": ", ".join(filter(None, [*where, "Việt Nam"])),
        "gtin": variant.gtin,
        "page": addresses.product(product),
        "seller": seller.name,
        "tax_code": seller.tax_code,
        "address": ", ".join(filter(None, [seller.street, *where])) or seller.address,
        "phone": seller.phone,
    }
    if certificate is not None:
        values |= {
            "star": certificate.star,
            "decision": certificate.decision or certificate.number,
            "decided_on": f"{certificate.issued_on:%d/%m/%Y}",
            "star_until": f"{certificate.last_day:%d/%m/%Y}",
        }
    return {name: value for name, value in values.items() if value is not None}


def _short(words: str) -> str:
    flat = " ".join(words.split())
    if len(flat) <= LONGEST_SUMMARY:
        return flat
    return flat[: LONGEST_SUMMARY - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def _ended(product_ids: Collection[int]) -> dict[int, date]:
    """Product id → the last day of its newest certificate, where that is over."""
    last = func.coalesce(Certificate.extended_until, Certificate.expires_on)
    query = (
        select(Coverage.product_id, func.max(last))
        .join(Certificate, Certificate.id == Coverage.certificate_id)
        .where(
            among(Coverage.product_id, product_ids),
            Certificate.state == CertificateState.VERIFIED,
        )
        .group_by(Coverage.product_id)
    )
    today = clock.today()
    return {row[0]: row[1] for row in db.session.execute(query) if row[1] < today}


def _food_paper(seller: Seller) -> Document | None:
    """The seller's paper of food safety that holds longest."""
    held = [p for p in documents.of(f"seller:{seller.ref}") if p.kind in FOOD_PAPERS]
    return max(held, key=lambda paper: paper.valid_until or date.max, default=None)


def _ended_on(paper: Document | None) -> date | None:
    until = paper.valid_until if paper else None
    return until if until is not None and until < clock.today() else None


def _paper_values(paper: Document | None) -> dict[str, Cell]:
    if paper is None or _ended_on(paper) is not None:
        return {}
    until = f"{paper.valid_until:%d/%m/%Y}" if paper.valid_until else ""
    return {"food_safety": paper.title, "food_safety_until": until}
