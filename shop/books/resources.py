"""API: the ledger's entries of one's own sellers, to read."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.ledger.models import Entry

blp = api.Blueprint("entries_api", __name__, url_prefix="/api/v1/entries", description="Sổ sách")


class PostingOut(Schema):
    """So much on an account: positive debit, negative credit."""

    account = fields.String(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True)


class EntryOut(Schema):
    """An entry of the ledger. `on`: the day in Vietnam. `subject`: what is behind it."""

    ref = fields.String(dump_only=True)
    on = fields.Date(dump_only=True)
    kind = fields.String(dump_only=True)
    text = fields.String(dump_only=True)
    subject = fields.String(dump_only=True, allow_none=True)
    by = fields.String(dump_only=True)
    recorded_at = fields.AwareDateTime(dump_only=True)
    postings = fields.List(fields.Nested(PostingOut), dump_only=True)


class EntryPage(CursorPage):
    """A piece of a list of entries."""

    items = fields.List(fields.Nested(EntryOut), required=True)


@blp.route("")
class Entries(MethodView):
    """One's own entries."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, EntryPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Entries as they were booked, the oldest first."""
        query = access.rows(actor, Entry, Permission.MONEY_READ)
        return cursors.piece(query, [Entry.id], wanted, of="entries")


@blp.route("/<ref>")
class OneEntry(MethodView):
    """One entry."""

    @tokens.needs(blp, "money:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, EntryOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """An entry by its reference."""
        return api.tagged(EntryOut().dump(access.get(actor, Entry, ref, Permission.MONEY_READ)))
