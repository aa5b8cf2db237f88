"""Input of the catalogue: the same schema for the form, the JSON API and a spreadsheet."""

from marshmallow import fields as plain

from shop.fields import Schema, Text, Vnd

# Units as people say them; the first is offered first.
UNITS = ("hộp", "gói", "túi", "chai", "hũ", "kg", "g", "lạng", "yến", "lít", "cái", "bó", "thùng")


class ProductSchema(Schema):
    """A product with its one pack (more packs come with the full catalogue)."""

    name = Text(longest=160, shortest=2, required=True)
    description = Text(longest=4000, load_default="")
    pack = Text(longest=80, shortest=1, required=True)
    unit = Text(longest=20, shortest=1, required=True)
    price_vnd = Vnd(least=1_000, most=500_000_000, required=True)
    price_is_real = plain.Boolean(load_default=False)


class NewProductSchema(ProductSchema):
    """A product of the seller named by reference."""

    seller = Text(longest=40, required=True)


class VariantOut(Schema):
    """One pack as the API shows it. `price_illustrative`: made up, never a real offer."""

    ref = plain.String(dump_only=True)
    sku = plain.String(dump_only=True)
    pack = plain.String(dump_only=True)
    unit = plain.String(dump_only=True)
    price_vnd = plain.Integer(dump_only=True)
    price_illustrative = plain.Boolean(dump_only=True)


class SellerOut(Schema):
    """The seller of a product, as anybody may see it."""

    ref = plain.String(dump_only=True)
    name = plain.String(dump_only=True)
    kind = plain.String(dump_only=True, allow_none=True)
    province = plain.String(dump_only=True, allow_none=True)


class ProductOut(Schema):
    """A published product as the API shows it."""

    ref = plain.String(dump_only=True)
    name = plain.String(dump_only=True)
    description = plain.String(dump_only=True)
    seller = plain.Nested(SellerOut, dump_only=True)
    variants = plain.List(plain.Nested(VariantOut), dump_only=True)
