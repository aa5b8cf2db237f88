"""API: sellers that passed review, as anybody may see them."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields
from sqlalchemy import Select, select

from shop import api, cursors
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import db
from shop.errors import NotFound
from shop.sellers.models import ReviewState, Seller
from shop.sellers.schemas import StallOut

blp = api.Blueprint("sellers_api", __name__, url_prefix="/api/v1/sellers", description="Người bán")


class StallPage(CursorPage):
    """A piece of the list of sellers."""

    items = fields.List(fields.Nested(StallOut), required=True)


@blp.route("")
class Sellers(MethodView):
    """The sellers of the platform."""

    public = True

    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, StallPage)
    def get(self, wanted: dict[str, Any]) -> Piece:
        """Sellers in Vietnamese order."""
        return cursors.piece(_public(), (Seller.sort_key, Seller.id), wanted, of="sellers")


@blp.route("/<ref>")
class OneSeller(MethodView):
    """One seller."""

    public = True

    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, StallOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, ref: str) -> Response:
        """A seller by its reference."""
        found = db.session.scalar(_public().where(Seller.ref == ref))
        if found is None:
            raise NotFound(ref=ref)
        return api.tagged(StallOut().dump(found))


def _public() -> Select[Seller]:
    """Sellers that passed review; a placeholder stands for nobody who sells."""
    return select(Seller).where(Seller.review == ReviewState.PASSED, Seller.placeholder.is_(False))
