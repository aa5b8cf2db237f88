"""Input of the catalogue: the same schema for the form, the JSON API and a spreadsheet."""

from typing import Any

from marshmallow import fields as plain
from marshmallow import pre_dump

from shop.catalogue import certificates
from shop.catalogue.models import Status, Variant
from shop.catalogue.words import UNITS, CriteriaSet, Months, Unit
from shop.fields import Choice, Gtin, Quantity, Schema, Shown, Text, Vnd, Whole
from shop.media import photos
from shop.media.models import Photo

__all__ = ["UNITS", "AboutSchema", "NewProductSchema", "PackSchema", "ProductOut", "ProductSchema"]


class AboutSchema(Schema):
    """What a product is, whatever its packs. `months`: when it is in season, empty all the year."""

    name = Shown(
        name=True, longest=160, shortest=2, required=True, metadata={"examples": ["Chè đinh"]}
    )
    name_en = Shown(name=True, longest=160, allow_none=True, load_default=None)
    criteria_set = CriteriaSet(longest=200, allow_none=True, load_default=None)
    description = Shown(longest=4000, load_default="")
    ingredients = Shown(longest=1000, load_default="")
    storage = Shown(longest=500, load_default="")
    shelf_life = Shown(longest=200, load_default="")
    months = Months(
        load_default=list,
        metadata={"type": ["array", "string"], "items": {"type": ["integer", "string"]}},
    )


class PackSchema(Schema):
    """One pack. `weight_g`: net, in grams; `least`: the smallest quantity sold, None for 1.

    `sku` None: one is made. `price_is_real`: its seller says so of a made-up price.
    """

    pack = Shown(
        name=True, longest=80, shortest=1, required=True, metadata={"examples": ["hộp 200 g"]}
    )
    unit = Unit(longest=20, shortest=1, required=True, metadata={"examples": list(UNITS)})
    price_vnd = Vnd(least=1_000, most=500_000_000, required=True)
    price_is_real = plain.Boolean(load_default=False)
    sku = Text(longest=60, allow_none=True, load_default=None)
    gtin = Gtin(allow_none=True, load_default=None, metadata={"type": ["string", "integer"]})
    weight_g = Whole(1, 10_000_000, allow_none=True, load_default=None)
    least = Quantity(least="0.001", most="100000", allow_none=True, load_default=None)


class ProductSchema(AboutSchema, PackSchema):
    """A product with its first pack."""


class NewProductSchema(ProductSchema):
    """A product of the seller named by reference."""

    seller = Text(longest=40, required=True)


class VariantOut(Schema):
    """One pack as the API shows it. `price_illustrative`: made up, never a real offer.

    `least`: the smallest quantity sold. Not `active`: offered no more.
    """

    ref = plain.String(dump_only=True)
    sku = plain.String(dump_only=True)
    pack = plain.String(dump_only=True)
    unit = plain.String(dump_only=True)
    price_vnd = plain.Integer(dump_only=True)
    price_illustrative = plain.Boolean(dump_only=True)
    gtin = plain.String(dump_only=True, allow_none=True)
    weight_g = plain.Integer(dump_only=True, allow_none=True)
    least = Quantity(dump_only=True)
    star = plain.Integer(dump_only=True, allow_none=True)
    active = plain.Boolean(dump_only=True)


class SellerOut(Schema):
    """The seller of a product, as anybody may see it."""

    ref = plain.String(dump_only=True)
    name = plain.String(dump_only=True)
    kind = plain.String(dump_only=True, allow_none=True)
    province = plain.String(dump_only=True, allow_none=True)


class CertificateOut(Schema):
    """The OCOP certificate behind a star. `last_day`: the last day on which it holds."""

    number = plain.String(dump_only=True)
    authority = plain.String(dump_only=True)
    issued_on = plain.Date(dump_only=True)
    last_day = plain.Date(dump_only=True)


class PhotoOut(Schema):
    """A photo that is ready: its address and what it shows."""

    url = plain.String(dump_only=True)
    alt = plain.String(dump_only=True)


class StatusSchema(Schema):
    """Where a product shall stand."""

    status = Choice((Status.PUBLISHED, Status.PAUSED, Status.ARCHIVED), required=True)


class ProductOut(Schema):
    """A product as the API shows it; only its own people see one that is not `on_sale`.

    `star` and `certificate` are null but while a verified certificate in force covers it.
    """

    ref = plain.String(dump_only=True)
    name = plain.String(dump_only=True)
    name_en = plain.String(dump_only=True, allow_none=True)
    criteria_set = plain.String(dump_only=True, allow_none=True)
    description = plain.String(dump_only=True)
    ingredients = plain.String(dump_only=True)
    storage = plain.String(dump_only=True)
    shelf_life = plain.String(dump_only=True)
    months = plain.List(plain.Integer(), dump_only=True)
    photos = plain.List(plain.Nested(PhotoOut), dump_only=True)
    seller = plain.Nested(SellerOut, dump_only=True)
    variants = plain.List(plain.Nested(VariantOut), dump_only=True)
    status = plain.String(dump_only=True)
    on_sale = plain.Boolean(dump_only=True)
    version = plain.Integer(dump_only=True)
    updated_at = plain.AwareDateTime(dump_only=True)
    star = plain.Integer(dump_only=True, allow_none=True)
    certificate = plain.Nested(CertificateOut, dump_only=True, allow_none=True)

    @pre_dump(pass_collection=True)
    def _with_more(self, rows: Any, *, many: bool, **_more: Any) -> Any:
        # All at once: three queries for a page of products.
        listed = list(rows) if many else [rows]
        found = certificates.behind([row.id for row in listed])
        pictures = photos.shown_many(f"product:{row.ref}" for row in listed)
        with_stars([pack for row in listed for pack in row.variants])
        for row in listed:
            row.certificate = certificate = found.get(row.id)
            row.star = certificate.star if certificate else None
            row.photos = [_photo(each) for each in pictures.get(f"product:{row.ref}", [])]
        return listed if many else rows


def _photo(photo: Photo) -> dict[str, str]:
    return {"url": photos.url(photo, 1200, _external=True), "alt": photo.alt}


def with_stars(packs: list[Variant]) -> None:
    """Give each pack its `star` in force today, for VariantOut; one query."""
    found = certificates.of_packs(packs)
    for pack in packs:
        pack.star = found[pack.id].star if pack.id in found else None  # type: ignore[attr-defined]
