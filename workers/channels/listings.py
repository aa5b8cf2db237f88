"""What a variant looks like on a marketplace, whether it may go there, and its link to it."""

import io
import re
from dataclasses import replace
from decimal import Decimal

from flask import current_app
from flask_babel import gettext as _
from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop import references
from shop.catalogue import certificates
from shop.catalogue.models import Certificate, Product, Variant
from shop.database import db
from shop.media import photos
from shop.media.models import Photo
from workers.channels import rules
from workers.channels.models import Connection, Listing, ListingState
from workers.marketplaces import protocol

# A parcel whose size nobody told: a shoebox takes most of what cooperatives sell.
USUAL_SIZE_CM = (20, 15, 10)
MOST_IMAGES = 8
LONGEST_SIDE = 1200

_WEIGHT = re.compile(
    r"(?:(\d+)\s*(?:chai|gói|túi|hộp|lon|hũ|lọ)\s+)?(\d+(?:[.,]\d+)?)\s*(kg|g|lạng|yến|ml|lít)\b"
)
_KG = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "lạng": Decimal("0.1"),
    "yến": Decimal(10),
    # Close enough to water to choose a parcel by.
    "ml": Decimal("0.001"),
    "lít": Decimal(1),
}


def link_all(connection: Connection) -> int:
    """A listing for every published variant of the connection's seller; how many are new."""
    query = select(Variant.id).join(Product, Product.id == Variant.product_id)
    ids = db.session.scalars(
        query.where(
            Variant.seller_id == connection.seller_id, Product.on_sale, Variant.active
        ).order_by(Variant.id)
    ).all()
    return sum(link(connection, variant_id) for variant_id in ids)


def link(connection: Connection, variant_id: int) -> bool:
    """A listing for the variant, unless there is one; whether it is new."""
    added = db.session.execute(
        insert(Listing)
        .values(
            ref=references.new(),
            seller_id=connection.seller_id,
            connection_id=connection.id,
            variant_id=variant_id,
            state=ListingState.WAITING,
        )
        .on_conflict_do_nothing(index_elements=["connection_id", "variant_id"])
        .returning(Listing.id)
    )
    return added.first() is not None


def prepare(listing: Listing, limits: protocol.Limits | None = None) -> protocol.Listing:
    """The listing as it should be there now, its stock apart (0; see `rules.stocks`).

    A star is said only while a certificate in force covers the variant, and in the name only as
    far as `limits` leave room.
    """
    variant, connection = listing.variant, listing.connection
    product = variant.product
    certificate = certificates.in_force(product, variant)
    longest = limits.name[1] if limits else 120
    return protocol.Listing(
        sku=variant.sku,
        name=name(variant, certificate, longest),
        description=description(variant, certificate),
        price_vnd=variant.price_vnd,
        stock=0,
        weight_kg=weight_kg(variant),
        size_cm=USUAL_SIZE_CM,
        images=_images(product, sandbox=connection.sandbox),
        on_sale=rules.on_sale(listing),
        category_id=listing.category_id,
        attributes=listing.attributes,
        brand_id=listing.brand_id,
    )


def with_stock(wanted: protocol.Listing, stock: int) -> protocol.Listing:
    """The same with so many units."""
    return replace(wanted, stock=stock)


def name(variant: Variant, certificate: Certificate | None, longest: int) -> str:
    """What it is called there, with the star of a certificate in force as far as there is room."""
    plain = f"{variant.product.name}, {variant.pack}"
    starred = f"{plain} - OCOP {certificate.star} sao" if certificate else plain
    # The star never keeps a product off the marketplace.
    return starred if len(starred) <= longest else plain


def description(variant: Variant, certificate: Certificate | None) -> str:
    """What is said of it there; of a certificate only one that is in force."""
    return (variant.product.description or _facts(variant)) + _star(certificate)


def _star(certificate: Certificate | None) -> str:
    if certificate is None:
        return ""
    facts = {
        "star": certificate.star,
        "number": certificate.number,
        "issued": f"{certificate.issued_on:%d/%m/%Y}",
        "expires": f"{certificate.last_day:%d/%m/%Y}",
    }
    words = _(
        "OCOP %(star)s sao – số %(number)s, cấp ngày %(issued)s, hết hạn %(expires)s", **facts
    )
    return f"\n{words}."


def _facts(variant: Variant) -> str:
    product = variant.product
    place = f", {product.seller.province}" if product.seller.province else ""
    facts = {"name": product.name, "pack": variant.pack, "seller": product.seller.name + place}
    return str(_("%(name)s, quy cách %(pack)s. Người bán: %(seller)s.", **facts))


def weight_kg(variant: Variant) -> Decimal | None:
    """Net weight of a pack: as entered, else as its words tell ("thùng 24 chai 500 ml")."""
    if variant.weight_g is not None:
        return Decimal(variant.weight_g) / 1000
    return weight_of(variant.pack)


def weight_of(pack: str) -> Decimal | None:
    """Net weight in kg that a pack's words tell, or None."""
    found = _WEIGHT.search(pack.lower())
    if found is None:
        return Decimal(1) if pack.strip().lower() == "tính theo kg" else None
    pieces, number, unit = found.groups()
    weight = Decimal(number.replace(",", ".")) * _KG[unit] * int(pieces or 1)
    return weight if weight > 0 else None


def _images(product: Product, *, sandbox: bool) -> tuple[protocol.Image, ...]:
    shown = photos.shown(f"product:{product.ref}")[:MOST_IMAGES]
    if not shown and sandbox:
        return (protocol.Image("card", _card),)
    return tuple(image(photo) for photo in shown)


def image(photo: Photo) -> protocol.Image:
    """A photo as marketplaces take it, read when it is needed."""
    store, key = current_app.extensions["storage"], photo.original_key
    return protocol.Image(photo.sha256, lambda: _jpeg(store.read(key)))


def _jpeg(original: bytes) -> bytes:
    """As marketplaces take it: JPEG, at most 1,200 pixels a side. The original was checked."""
    with Image.open(io.BytesIO(original)) as picture:
        small = picture.convert("RGB")
        small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        written = io.BytesIO()
        small.save(written, "JPEG", quality=85)
    return written.getvalue()


def _card() -> bytes:
    """A plain card in place of a photo; only a sandbox ever gets it."""
    card = Image.new("RGB", (600, 600), "#2f6b3c")
    ImageDraw.Draw(card).rectangle((40, 40, 560, 560), outline="#ffffff", width=8)
    png = io.BytesIO()
    card.save(png, "PNG")
    return png.getvalue()
