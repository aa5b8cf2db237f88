"""API: what gateways, marketplaces and carriers pay out."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields

from shop import api, cursors
from shop.accounts import access, audit, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Choice, Schema, Text, Whole
from shop.reconciliation import batches, differences, settling, taking_back
from shop.reconciliation.models import BankLine, Batch
from shop.reconciliation.settlements.sheets import SHEETS
from shop.reconciliation.words import DECISIONS
from shop.sellers.models import Seller

blp = api.Blueprint("settlements_api", __name__, url_prefix="/api/v1", description="Đối soát")

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE


class SettlementOut(Schema):
    """What a gateway, marketplace or carrier says it pays out.

    `paid`: its money has come. `undecided`: lines that somebody has to look at; until there are
    none it is not done. `taken_back_at`: it was sent by mistake and does not count. `state`:
    reading, working (`lines_done` of `lines_total`), done, or refused with why.
    """

    ref = fields.String(dump_only=True)
    source = fields.String(dump_only=True)
    state = fields.String(dump_only=True)
    refused = fields.String(dump_only=True)
    lines_total = fields.Integer(attribute="many", dump_only=True)
    lines_done = fields.Integer(attribute="done", dump_only=True)
    filename = fields.String(dump_only=True)
    payout_reference = fields.String(dump_only=True)
    first = fields.Date(dump_only=True, allow_none=True)
    last = fields.Date(dump_only=True, allow_none=True)
    net_vnd = fields.Integer(dump_only=True)
    paid = fields.Function(lambda row: row.bank_line_id is not None, metadata={"type": "boolean"})
    undecided = fields.Integer(dump_only=True)
    taken_back_at = fields.DateTime(dump_only=True, allow_none=True)


class SettlementLineOut(Schema):
    """One line and what it met here: matched, differs, unknown, repeated, decided.

    `expected_vnd`: what was known of it; null when nothing was.
    """

    id = fields.Integer(dump_only=True)
    reference = fields.String(dump_only=True)
    order_reference = fields.String(dump_only=True)
    kind = fields.String(dump_only=True)
    happened_on = fields.Date(dump_only=True, allow_none=True)
    gross_vnd = fields.Integer(dump_only=True)
    fee_vnd = fields.Integer(dump_only=True)
    tax_vnd = fields.Integer(dump_only=True)
    adjustment_vnd = fields.Integer(dump_only=True)
    net_vnd = fields.Integer(dump_only=True)
    expected_vnd = fields.Integer(dump_only=True, allow_none=True)
    found = fields.String(dump_only=True)


class SettlementWhole(SettlementOut):
    """A settlement line by line. `left_vnd`: what it leaves unexplained.

    `explained`: its money came, every line is decided, and the account that it empties holds
    nothing of it.
    """

    explained = fields.Function(differences.is_done, metadata={"type": "boolean"})
    left_vnd = fields.Function(differences.left_vnd, metadata={"type": "integer"})
    lines = fields.List(fields.Nested(SettlementLineOut), dump_only=True)


class SettlementPage(CursorPage):
    """A piece of a list of settlements."""

    items = fields.List(fields.Nested(SettlementOut), required=True)


class SettlementIn(Schema):
    """A settlement sheet, in base64; at most 5 MB this way. `carrier`: for source cod."""

    seller = Text(longest=40, required=True)
    source = Choice(list(SHEETS), required=True)
    carrier = Text(longest=40, load_default="")
    filename = Text(longest=200, required=True)
    content = fields.String(required=True, metadata={"format": "byte"})


class DecisionIn(Schema):
    """Where the difference of a line (its `id`) belongs."""

    line = Whole(1, 2**62, required=True)
    decision = Choice(list(DECISIONS), required=True)


class MoneyIn(Schema):
    """The bank line that is the net of a settlement."""

    bank_line = Text(longest=40, required=True)


@blp.route("/settlements")
class Settlements(MethodView):
    """One's own settlements."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, SettlementPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Settlement sheets as they were sent, the oldest first."""
        return cursors.piece(access.rows(actor, Batch, READ), [Batch.id], wanted, of="settlements")

    @tokens.needs(blp, "money:write")
    @blp.arguments(SettlementIn)
    @blp.response(201, SettlementWhole)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> Batch:
        """Send a sheet; a job meets it line by line, see `state`. The same file is the first."""
        content = api.file_content(data["content"])
        with transaction():
            seller = access.get(actor, Seller, data["seller"], WRITE)
            return settling.take(
                actor, seller, data["source"], content, data["filename"], data["carrier"]
            )


@blp.route("/settlements/<ref>")
class OneSettlement(MethodView):
    """One settlement."""

    @tokens.needs(blp, "money:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, SettlementWhole, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """A settlement line by line."""
        return api.tagged(SettlementWhole().dump(access.get(actor, Batch, ref, READ)))


@blp.route("/settlements/<ref>/decisions")
class SettlementDecisions(MethodView):
    """Differences that somebody explains."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(DecisionIn)
    @blp.response(200, SettlementWhole)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Batch:
        """Say where the difference of a line belongs; "short": it stays open at the order."""
        with transaction():
            row = access.get(actor, Batch, ref, WRITE, lock=True)
            line = next((each for each in row.lines if each.id == data["line"]), None)
            if line is None:
                raise NotFound(ref=str(data["line"]))
            differences.decide(row, line, DECISIONS[data["decision"]][1], actor.name)
            audit.note(actor, "settlement.decide", row, line.reference)
            db.session.flush()
            db.session.refresh(row, ["undecided"])
            return row


@blp.route("/settlements/<ref>/money")
class SettlementMoney(MethodView):
    """The money of a settlement."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(MoneyIn)
    @blp.response(200, SettlementWhole)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Batch:
        """The net came with this bank line."""
        with transaction():
            row = access.get(actor, Batch, ref, WRITE, lock=True)
            came = access.get(actor, BankLine, data["bank_line"], WRITE, lock=True)
            batches.pay_out(row, came, actor.name)
            audit.note(actor, "settlement.pay_out", row, came.bank_reference)
            return row


@blp.route("/settlements/<ref>/withdrawal")
class SettlementWithdrawal(MethodView):
    """A sheet that was sent by mistake."""

    @tokens.needs(blp, "money:write")
    @blp.response(200, SettlementOut)
    @api.refuses(blp, 404, 409)
    def post(self, actor: Actor, ref: str) -> Batch:
        """Undo all that the sheet booked. Twice is once."""
        with transaction():
            row = access.get(actor, Batch, ref, WRITE, lock=True)
            taking_back.take_back(row, actor.name)
            audit.note(actor, "settlement.take_back", row, row.filename)
            return row
