"""API: landmarks as anybody may see them."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields

from shop import api, cursors
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.landmarks import sights
from shop.landmarks.models import Landmark
from shop.landmarks.schemas import LandmarkOut

blp = api.Blueprint(
    "landmarks_api", __name__, url_prefix="/api/v1/landmarks", description="Điểm đến"
)


class LandmarkPage(CursorPage):
    """A piece of the list of landmarks."""

    items = fields.List(fields.Nested(LandmarkOut), required=True)


@blp.route("")
class Landmarks(MethodView):
    """The relics, craft villages and growing areas that are shown."""

    public = True

    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, LandmarkPage)
    def get(self, wanted: dict[str, Any]) -> Piece:
        """Landmarks in Vietnamese order."""
        shown = sights.public().order_by(None)
        return cursors.piece(shown, (Landmark.sort_key, Landmark.id), wanted, of="landmarks")


@blp.route("/<ref>")
class OneLandmark(MethodView):
    """One landmark."""

    public = True

    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, LandmarkOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, ref: str) -> Response:
        """A landmark by its reference."""
        return api.tagged(LandmarkOut().dump(sights.shown(ref)))
