"""API: the packs of one's own products."""

from typing import Any

from flask import Response, url_for
from flask.views import MethodView
from marshmallow import ValidationError
from marshmallow import fields as plain

from shop import api
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.catalogue import packs
from shop.catalogue.models import Product, Variant
from shop.catalogue.schemas import PackSchema, VariantOut, with_stars
from shop.database import transaction
from shop.errors import BadInput

blp = api.Blueprint("packs_api", __name__, url_prefix="/api/v1", description="Quy cách")

READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE


class PackChangeSchema(PackSchema):
    """A pack, and whether it is offered."""

    active = plain.Boolean()


@blp.route("/products/<ref>/packs")
class NewPack(MethodView):
    """One more pack."""

    @tokens.needs(blp, "catalogue:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(PackSchema)
    @blp.response(
        201,
        VariantOut,
        headers=api.ETAG_HEADER
        | {"Location": {"description": "Address of the pack", "schema": {"type": "string"}}},
    )
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Add a pack to an own product; it is offered at once."""
        key = api.idempotency_key(actor.user_id)
        made = api.made_before(key)
        if made is None:
            with transaction():
                product = access.get(actor, Product, ref, WRITE, lock=True)
                made = packs.add(actor, product, data).ref
                api.claim(key, made)
        answer = api.tagged(_shown(access.get(actor, Variant, made, WRITE)), 201)
        answer.location = url_for("packs_api.OnePack", ref=made)
        return answer


@blp.route("/packs/<ref>")
class OnePack(MethodView):
    """One pack."""

    @tokens.needs(blp, "catalogue:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, VariantOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """A pack of an own product."""
        return api.tagged(_shown(access.get(actor, Variant, ref, READ)))

    @tokens.needs(blp, "catalogue:write")
    @blp.doc(parameters=[api.IF_MATCH])
    @blp.arguments(PackChangeSchema(partial=True))
    @blp.response(200, VariantOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404, 412, 428)
    def patch(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Change some fields of a pack; `active` false offers it no more, its orders keep it."""
        row = access.get(actor, Variant, ref, WRITE)
        with transaction():
            product = access.get(actor, Product, row.product.ref, WRITE, lock=True)
            row = access.get(actor, Variant, ref, WRITE, lock=True)
            api.require_match(_shown(row))
            _change(actor, product, row, data)
        return api.tagged(_shown(access.get(actor, Variant, ref, WRITE)))


def _change(actor: Actor, product: Product, row: Variant, data: dict[str, Any]) -> None:
    active = data.pop("active", row.active)
    try:
        whole = PackSchema().load(packs.values(row) | data)
    except ValidationError as error:
        raise BadInput({"json": error.messages}) from None  # type: ignore[dict-item]
    packs.save(actor, product, row, whole)
    (packs.restore if active else packs.retire)(actor, product, row)


def _shown(row: Variant) -> dict[str, Any]:
    with_stars([row])
    shown: dict[str, Any] = VariantOut().dump(row)
    return shown
