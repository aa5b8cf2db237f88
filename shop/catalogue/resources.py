"""API: published products, and one's own of every state."""

from typing import Any

from flask import Response, url_for
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import ValidationError, fields
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.catalogue import products
from shop.catalogue.models import Product, Status
from shop.catalogue.schemas import (
    AboutSchema,
    NewProductSchema,
    PackSchema,
    ProductOut,
    ProductSchema,
    StatusSchema,
)
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import transaction
from shop.errors import BadInput, NotFound
from shop.fields import Text
from shop.sellers.models import Seller

blp = api.Blueprint("catalogue_api", __name__, url_prefix="/api/v1", description="Sản phẩm")

ORDER = (Product.sort_key, Product.id)
STATES = {
    Status.PUBLISHED: products.publish,
    Status.PAUSED: products.pause,
    Status.ARCHIVED: products.archive,
}


class ProductQuery(CursorQuery):
    """Words to look for, and the piece wanted."""

    q = Text(
        longest=100,
        load_default="",
        metadata={"description": "Words in the name, other names or seller; accents do not matter"},
    )


class ProductPage(CursorPage):
    """A piece of a list of products."""

    items = fields.Nested(ProductOut, many=True, required=True)


@blp.route("/products")
class Products(MethodView):
    """The published catalogue."""

    public = True

    @blp.arguments(ProductQuery, location="query")
    @blp.response(200, ProductPage)
    def get(self, wanted: dict[str, Any]) -> Piece:
        """Published products in Vietnamese order, or those matching every word of `q`."""
        query = products.public(wanted["q"])
        return cursors.piece(query, ORDER, wanted, of=f"products:{wanted['q']}")


@blp.route("/products")
class NewProduct(MethodView):
    """One more product."""

    @tokens.needs(blp, "catalogue:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(NewProductSchema)
    @blp.response(
        201,
        ProductOut,
        headers=api.ETAG_HEADER
        | {"Location": {"description": "Address of the product", "schema": {"type": "string"}}},
    )
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Response:
        """Create a draft. It is shown and sold after publishing and review."""
        key = api.idempotency_key(actor.user_id)
        ref = api.made_before(key)
        if ref is None:
            with transaction():
                seller = access.get(actor, Seller, data["seller"], Permission.CATALOGUE_WRITE)
                ref = products.create(actor, seller, data).ref
                api.claim(key, ref)
        row = access.get(actor, Product, ref, Permission.CATALOGUE_WRITE)
        answer = api.tagged(_shown(row), 201)
        answer.location = url_for("catalogue_api.OneProduct", ref=ref)
        return answer


@blp.route("/my/products")
class MyProducts(MethodView):
    """The caller's own products."""

    @tokens.needs(blp, "catalogue:read")
    @blp.arguments(ProductQuery, location="query")
    @blp.response(200, ProductPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Products of the caller's sellers, drafts and paused ones too."""
        query = access.rows(actor, Product, Permission.CATALOGUE_READ)
        query = products.matching(query, wanted["q"]).options(joinedload(Product.seller))
        return cursors.piece(query, ORDER, wanted, of=f"my products:{wanted['q']}")


@blp.route("/products/<ref>")
class OneProduct(MethodView):
    """One product."""

    public = True

    @blp.doc(
        parameters=[api.IF_NONE_MATCH],
        security=[{}, {"token": ["catalogue:read"]}, {"session": []}],
    )
    @blp.response(200, ProductOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 401, 404, 429)
    def get(self, ref: str) -> Response:
        """A published product; one that is not published only to those who may read it."""
        found = products.shown(ref)
        if found is None:
            actor = access.current()
            if actor is None:
                raise NotFound(ref=ref)
            found = access.get(actor, Product, ref, Permission.CATALOGUE_READ)
        return api.tagged(_shown(found))


@blp.route("/products/<ref>")
class ProductChange(MethodView):
    """A change of one product."""

    @tokens.needs(blp, "catalogue:write")
    @blp.doc(parameters=[api.IF_MATCH])
    @blp.arguments(ProductSchema(partial=True))
    @blp.response(200, ProductOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404, 412, 428)
    def patch(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Change some fields of an own product, made from the version that If-Match names."""
        with transaction():
            row = access.get(actor, Product, ref, Permission.CATALOGUE_WRITE, lock=True)
            api.require_match(_shown(row))
            _expect_one_pack(row, data)
            products.update(actor, row, _whole(row, data))
        return api.tagged(_shown(access.get(actor, Product, ref, Permission.CATALOGUE_WRITE)))


@blp.route("/products/<ref>/status")
class ProductStatus(MethodView):
    """Where a product stands."""

    @tokens.needs(blp, "catalogue:write")
    @blp.doc(parameters=[api.IF_MATCH])
    @blp.arguments(StatusSchema)
    @blp.response(200, ProductOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404, 409, 412, 428)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Publish (it is on sale once it has passed review), pause or archive an own product."""
        with transaction():
            row = access.get(actor, Product, ref, Permission.CATALOGUE_WRITE, lock=True)
            api.require_match(_shown(row))
            STATES[data["status"]](actor, row)
        return api.tagged(_shown(access.get(actor, Product, ref, Permission.CATALOGUE_WRITE)))


def _expect_one_pack(row: Product, data: dict[str, Any]) -> None:
    """Raises BadInput when `data` speaks of a pack and the product has several."""
    named = PackSchema().fields.keys() & data.keys()
    if named and len(row.variants) > 1:
        words = _("Sản phẩm có nhiều quy cách: sửa từng quy cách ở /api/v1/packs/.")
        raise BadInput({name: [words] for name in sorted(named)})


def _whole(row: Product, changes: dict[str, Any]) -> dict[str, Any]:
    """The fields as they will stand, checked as the form of the whole product would be."""
    sells = row.variants or PackSchema().fields.keys() & changes.keys()
    schema = ProductSchema() if sells else AboutSchema()
    try:
        whole: dict[str, Any] = schema.load(products.values(row) | changes)
    except ValidationError as error:
        raise BadInput({"json": error.messages}) from None  # type: ignore[dict-item]
    return whole


def _shown(row: Product) -> dict[str, Any]:
    shown: dict[str, Any] = ProductOut().dump(row)
    return shown
