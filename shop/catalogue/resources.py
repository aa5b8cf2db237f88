"""API: published products."""

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import fields

from shop import pages
from shop.catalogue import products
from shop.catalogue.models import Product
from shop.catalogue.schemas import ProductOut
from shop.errors import NotFound
from shop.fields import Schema, Text, Whole

blp = Blueprint("catalogue_api", __name__, url_prefix="/api/v1/products", description="Sản phẩm")


class ProductQuery(Schema):
    """Words to look for, and the page wanted."""

    q = Text(longest=100, load_default="")
    trang = Whole(1, 100_000, load_default=1)


class ProductList(Schema):
    """One page of products and how many there are."""

    items = fields.List(fields.Nested(ProductOut))
    total = fields.Integer()
    page = fields.Integer(attribute="number")
    pages = fields.Integer()


@blp.route("")
class Products(MethodView):
    """The published catalogue."""

    public = True

    @blp.arguments(ProductQuery, location="query")
    @blp.response(200, ProductList)
    def get(self, wanted: dict[str, Any]) -> pages.Page:
        """Published products in Vietnamese order, or those matching every word of `q`."""
        return pages.paged(products.public(wanted["q"]))


@blp.route("/<ref>")
class OneProduct(MethodView):
    """One published product."""

    public = True

    @blp.response(200, ProductOut)
    @blp.alt_response(404, description="No published product has this reference")
    def get(self, ref: str) -> Product:
        """A published product by its reference."""
        found = products.shown(ref)
        if found is None:
            raise NotFound(ref=ref)
        return found
