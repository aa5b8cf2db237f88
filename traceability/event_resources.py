"""API: the production diary of a lot, read, entered and corrected."""

import json
from typing import Any

from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from shop import api, clock, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import db
from shop.errors import BadInput, NotFound
from shop.fields import Choice, Quantity, Schema
from traceability import choices, diary, kinds, withdrawal
from traceability.diary import Entry
from traceability.kinds import BY_HAND, KINDS
from traceability.lot_schemas import CorrectionSchema, EventSchema, Moment
from traceability.models import Lot, TraceEvent, TraceItem, TraceWords

blp = api.Blueprint("lot_events_api", __name__, url_prefix="/api/v1", description="Nhật ký lô")

READ, WRITE = Permission.STAMPS_READ, Permission.TRACE_WRITE


class LotEventIn(EventSchema):
    """What was done to the lot. `at`: with offset, else Vietnam's wall clock; without it, now.

    `facts`: name → text, those of the kind. `site`: a reference.
    """

    kind = Choice(BY_HAND, required=True)
    at = Moment(load_default=None)
    facts = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


class LotItemOut(Schema):
    """A lot in the event, as what, and how much of it."""

    lot = fields.String(attribute="lot.ref", dump_only=True)
    role = fields.String(dump_only=True)
    quantity = Quantity(dump_only=True, allow_none=True)
    unit = fields.String(dump_only=True, allow_none=True)


class LotEventOut(Schema):
    """One event of the record, in UTC. `hash`: of its canonical text; `wrong`: declared so since.

    `note`, `who` and facts between the parties of a trade are for the lot's seller alone.
    """

    ref = fields.String(dump_only=True)
    kind = fields.String(dump_only=True)
    happened_at = fields.AwareDateTime(dump_only=True)
    recorded_at = fields.AwareDateTime(dump_only=True)
    facts = fields.Dict(keys=fields.String(), values=fields.String(), dump_only=True)
    items = fields.List(fields.Nested(LotItemOut), dump_only=True)
    site = fields.String(dump_only=True, allow_none=True)
    who = fields.String(dump_only=True)
    note = fields.String(dump_only=True)
    hash = fields.String(dump_only=True)
    wrong = fields.Boolean(dump_only=True)


class LotEventPage(CursorPage):
    """A piece of a lot's record."""

    items = fields.List(fields.Nested(LotEventOut), required=True)


class LotEventEntered(Schema):
    """`warnings`: harvests inside a withdrawal period, for which the lot cannot be published."""

    event = fields.Nested(LotEventOut, dump_only=True)
    warnings = fields.List(fields.String(), dump_only=True)


@blp.route("/lots/<ref>/events")
class LotEvents(MethodView):
    """The record of one lot."""

    @tokens.needs(blp, "trace:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, LotEventPage)
    @api.refuses(blp, 404)
    def get(self, wanted: dict[str, Any], actor: Actor, ref: str) -> Piece:
        """Every event in the order it was recorded, those declared wrong too."""
        lot = access.get(actor, Lot, ref, READ)
        inside = select(TraceItem.event_id).where(TraceItem.lot_id == lot.id)
        query = access.rows(actor, TraceEvent, READ).where(TraceEvent.id.in_(inside))
        query = query.options(selectinload(TraceEvent.items).joinedload(TraceItem.lot))
        found = cursors.piece(query, [TraceEvent.id], wanted, of=f"lot events:{ref}")
        return Piece(told(found.items), found.next_cursor)

    @tokens.needs(blp, "trace:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(LotEventIn)
    @blp.response(201, LotEventEntered)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> dict[str, Any]:
        """Record what was done to the lot; with the same Idempotency-Key it is recorded once."""
        access.get(actor, Lot, ref, WRITE)

        def act(key: str) -> str:
            lot = access.get(actor, Lot, ref, WRITE)
            return diary.enter(actor, lot, _entry(actor, lot, data, key)).ref

        event = access.get(actor, TraceEvent, api.act_once(actor.user_id, act), WRITE)
        lot = access.get(actor, Lot, ref, WRITE)
        warnings = [breach.words for breach in withdrawal.breaches([lot.id])]
        return {"event": told([event])[0], "warnings": warnings}


def _entry(actor: Actor, lot: Lot, data: dict[str, Any], key: str) -> Entry:
    named = {fact.name for fact in KINDS[data["kind"]].facts}
    if unknown := sorted(data["facts"].keys() - named):
        words = _("Việc này không ghi mục ấy.")
        raise BadInput({"facts": [f"{name[:40]}: {words}" for name in unknown]})
    return Entry(
        data["kind"],
        data["at"] or clock.now(),
        data["facts"],
        data["quantity"],
        data["unit"],
        site=choices.site(actor, lot.seller_id, data["site"]),
        note=data["note"],
        key=key,
    )


def told(events: list[TraceEvent]) -> list[dict[str, Any]]:
    """What LotEventOut shows of each of these events, in two queries."""
    ids = [event.id for event in events]
    words = select(TraceWords).where(TraceWords.event_id.in_(ids))
    said = {row.event_id: row for row in db.session.scalars(words)}
    corrected = select(TraceEvent.corrects_id).where(TraceEvent.corrects_id.in_(ids))
    wrong = set(db.session.scalars(corrected))
    return [_told(event, said.get(event.id), event.id in wrong) for event in events]


def _told(event: TraceEvent, words: TraceWords | None, wrong: bool) -> dict[str, Any]:
    payload = json.loads(event.payload)
    trade = kinds.trade(event.kind)
    private = {name: text for name, text in words.trade.items() if name in trade} if words else {}
    return {
        "ref": event.ref,
        "kind": event.kind,
        "happened_at": event.happened_at,
        "recorded_at": event.recorded_at,
        "facts": payload["facts"] | private,
        "items": event.items,
        "site": payload.get("site", {}).get("id"),
        "who": words.who if words else "",
        "note": words.note if words else "",
        "hash": event.hash,
        "wrong": wrong,
    }


@blp.route("/lot-events/<ref>/correction")
class EventCorrection(MethodView):
    """Declaring an event wrong."""

    @tokens.needs(blp, "trace:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(CorrectionSchema)
    @blp.response(201, LotEventOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> dict[str, Any]:
        """It stays readable, marked as wrong; the answer is the event that says so."""
        access.get(actor, TraceEvent, ref, WRITE)

        def act(_key: str) -> str:
            row = access.get(actor, TraceEvent, ref, WRITE)
            if not diary.by_hand(row):
                raise NotFound(ref=ref)
            return diary.correct(actor, row, data["reason"], data["why"]).ref

        made = access.get(actor, TraceEvent, api.act_once(actor.user_id, act), WRITE)
        return told([made])[0]
