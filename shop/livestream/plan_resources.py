"""API: sessions as they are planned and run, and their codes."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields
from sqlalchemy.orm import joinedload, selectinload

from shop import api, clock, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Variant
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import transaction
from shop.fields import Choice, Quantity, Schema, Text
from shop.livestream import broadcasts, checklist, closing, pins
from shop.livestream.models import Broadcast, BroadcastState, Pin
from shop.livestream.plan_schemas import BroadcastSchema, PlanSchema, UnpinSchema
from shop.livestream.schemas import FocusSchema, PinnedSchema
from shop.sellers.models import Seller

blp = api.Blueprint(
    "livestreams_api", __name__, url_prefix="/api/v1/livestreams", description="Phiên livestream"
)

READ, RUN = Permission.LIVESTREAM_READ, Permission.LIVESTREAM_RUN


class RefOut(Schema):
    """What another row is called."""

    ref = fields.String(dump_only=True)


class PinOut(Schema):
    """A code as it stands; price in đồng, null that of the pack; limits in its unit."""

    code = fields.String(dump_only=True)
    pack = fields.Pluck(RefOut, "ref", attribute="variant", dump_only=True, allow_none=True)
    label = fields.String(dump_only=True)
    unit = fields.String(dump_only=True)
    aliases = fields.List(fields.String(), dump_only=True)
    variants = fields.List(fields.String(), dump_only=True)
    price_vnd = fields.Integer(dump_only=True, allow_none=True)
    cap = Quantity(dump_only=True, allow_none=True)
    per_buyer = Quantity(dump_only=True, allow_none=True)


class SessionOut(Schema):
    """A session. `state`: planned, rehearsing, live, paused or closed."""

    ref = fields.String(dump_only=True)
    seller = fields.Pluck(RefOut, "ref", dump_only=True)
    title = fields.String(dump_only=True)
    platform = fields.String(dump_only=True)
    state = fields.String(dump_only=True)
    starts_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    live_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    closed_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    stopped_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    stop_reason = fields.String(dump_only=True)
    host = fields.Pluck(RefOut, "ref", dump_only=True, allow_none=True)
    festival = fields.Pluck(RefOut, "ref", dump_only=True, allow_none=True)
    voucher_code = fields.String(dump_only=True)
    hold_minutes = fields.Integer(dump_only=True, allow_none=True)
    unpaid = fields.String(dump_only=True)
    claim_from = fields.Integer(dump_only=True)
    ask_from = fields.Integer(dump_only=True)
    replay_url = fields.String(dump_only=True)
    pins = fields.List(fields.Nested(PinOut), dump_only=True)


class SessionWhole(SessionOut):
    """A session and `missing`: what it lacks before it may go live, in words."""

    missing = fields.List(fields.String(), dump_only=True)


class SessionPage(CursorPage):
    """A piece of a list of sessions."""

    items = fields.List(fields.Nested(SessionOut), required=True)


class SessionMoveIn(Schema):
    """The state that the session shall be in."""

    to = Choice([str(state) for state in BroadcastState], required=True)


class PinIn(PinnedSchema):
    """A code and the pack sold under it (`variant`), with other names and sizes as lists."""

    aliases = fields.List(Text(longest=80, shortest=1), load_default=list)
    variants = fields.List(Text(longest=80, shortest=1), load_default=list)


def _whole(row: Broadcast) -> dict[str, Any]:
    lacking = checklist.missing(checklist.steps(row))
    shown: dict[str, Any] = SessionWhole().dump(row)
    return shown | {"missing": [step.label for step in lacking]}


@blp.route("")
class Sessions(MethodView):
    """The sessions of one's own sellers."""

    @tokens.needs(blp, "livestream:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, SessionPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Sessions, the oldest first."""
        query = access.rows(actor, Broadcast, READ).options(
            joinedload(Broadcast.seller),
            joinedload(Broadcast.host),
            joinedload(Broadcast.festival),
            selectinload(Broadcast.pins).joinedload(Pin.variant),
        )
        return cursors.piece(query, [Broadcast.id], wanted, of="livestreams")

    @tokens.needs(blp, "livestream:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(BroadcastSchema)
    @blp.response(201, SessionOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Broadcast:
        """Plan a session; what is missing before it may go live can be given later."""

        def act(_key: str) -> str:
            seller = access.get(actor, Seller, data["seller"], RUN)
            return broadcasts.plan(actor, seller, broadcasts.named(actor, data)).ref

        made = api.act_once(actor.user_id, act)
        return access.get(actor, Broadcast, made, RUN)


@blp.route("/<ref>")
class OneSession(MethodView):
    """One session."""

    @tokens.needs(blp, "livestream:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, SessionWhole, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """A session by its reference, its codes, and what it lacks."""
        return api.tagged(_whole(access.get(actor, Broadcast, ref, READ)))

    @tokens.needs(blp, "livestream:write")
    @blp.doc(parameters=[api.IF_MATCH])
    @blp.arguments(PlanSchema)
    @blp.response(200, SessionWhole, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404, 409, 412, 428)
    def patch(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Plan it otherwise; what is left out stays."""
        with transaction():
            row = access.get(actor, Broadcast, ref, RUN, lock=True)
            api.require_match(_whole(row))
            broadcasts.change(actor, row, broadcasts.named(actor, data))
        return api.tagged(_whole(access.get(actor, Broadcast, ref, RUN)))


_MOVES = {
    BroadcastState.REHEARSING: broadcasts.rehearse,
    BroadcastState.PLANNED: broadcasts.end_rehearsal,
    BroadcastState.LIVE: broadcasts.go_live,
    BroadcastState.PAUSED: broadcasts.pause,
    BroadcastState.CLOSED: closing.close,
}


@blp.route("/<ref>/moves")
class SessionMoves(MethodView):
    """A session's next state."""

    @tokens.needs(blp, "livestream:write")
    @blp.arguments(SessionMoveIn)
    @blp.response(200, SessionOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Broadcast:
        """Rehearse, go live, pause, go on, close. Where it is already nothing happens.

        Going live is refused with 409 while something is missing; `missing` names it.
        """
        with transaction():
            row = access.get(actor, Broadcast, ref, RUN, lock=True)
            to = BroadcastState(data["to"])
            resumes = (row.state, to) == (BroadcastState.PAUSED, BroadcastState.LIVE)
            (broadcasts.go_on if resumes else _MOVES[to])(actor, row)
        return row


@blp.route("/<ref>/pins")
class SessionPins(MethodView):
    """The codes of a session."""

    @tokens.needs(blp, "livestream:write")
    @blp.arguments(PinIn)
    @blp.response(200, PinOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Pin:
        """Put a pack under a code, or change what is under it; the same again changes nothing."""
        with transaction():
            row = access.get(actor, Broadcast, ref, RUN, lock=True)
            pack = data["variant"]
            variant = access.get(actor, Variant, pack, RUN) if pack else None
            return pins.pin(actor, row, data, variant)


@blp.route("/<ref>/pins/removal")
class SessionPinEnd(MethodView):
    """A code that means nothing any more."""

    @tokens.needs(blp, "livestream:write")
    @blp.arguments(UnpinSchema)
    @blp.response(200, SessionOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Broadcast:
        """Take the goods off a code; what was said before keeps its meaning."""
        with transaction():
            row = access.get(actor, Broadcast, ref, RUN, lock=True)
            pins.unpin(actor, row, data["code"])
        return row


class FocusOut(Schema):
    """The code on the host's table; null: none."""

    code = fields.String(dump_only=True, allow_none=True)


@blp.route("/<ref>/focus")
class SessionFocus(MethodView):
    """What lies on the host's table."""

    @tokens.needs(blp, "livestream:write")
    @blp.arguments(FocusSchema)
    @blp.response(200, FocusOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> dict[str, Any]:
        """Put a code on the table from now on; an empty one clears it."""
        with transaction():
            row = access.get(actor, Broadcast, ref, RUN, lock=True)
            pins.focus(actor, row, data["code"] or None, at=clock.now())
        return {"code": data["code"] or None}
