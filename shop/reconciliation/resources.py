"""API: bank lines of one's own sellers and what they pay, to read and to ask for."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import Schema, fields
from sqlalchemy.orm import joinedload, selectinload

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery
from shop.database import db, transaction
from shop.reconciliation import pulling, readers
from shop.reconciliation.models import Allocation, BankLine
from shop.sellers.models import Seller

blp = api.Blueprint(
    "bank_lines_api", __name__, url_prefix="/api/v1/bank-lines", description="Đối soát"
)


class AllocationOut(Schema):
    """The part of a line that pays an order, or goes back to its payer; undone or not."""

    order = fields.String(attribute="order.ref", dump_only=True, dump_default=None, allow_none=True)
    amount_vnd = fields.Integer(dump_only=True)
    write_off_vnd = fields.Integer(dump_only=True)
    at = fields.AwareDateTime(dump_only=True)
    undone_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class BankLineOut(Schema):
    """A movement on an account. `direction`: "in" or "out". `reason`: why it is in its state."""

    ref = fields.String(dump_only=True)
    account_number = fields.String(attribute="bank_account.account_number", dump_only=True)
    direction = fields.String(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True)
    content = fields.String(dump_only=True)
    bank_reference = fields.String(dump_only=True)
    counterparty = fields.String(dump_only=True)
    booked_at = fields.AwareDateTime(dump_only=True)
    state = fields.String(dump_only=True)
    reason = fields.String(dump_only=True, allow_none=True)
    allocations = fields.List(fields.Nested(AllocationOut), dump_only=True)


class BankLinePage(CursorPage):
    """A piece of a list of bank lines."""

    items = fields.List(fields.Nested(BankLineOut), required=True)


@blp.route("")
class BankLines(MethodView):
    """One's own bank lines."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, BankLinePage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Response:
        """Bank lines as they were told, the oldest first; who reads them stands in the trail."""
        query = access.rows(actor, BankLine, Permission.MONEY_READ).options(
            joinedload(BankLine.bank_account),
            selectinload(BankLine.allocations).joinedload(Allocation.order),
        )
        found = cursors.piece(query, [BankLine.id], wanted, of="bank_lines")
        answer = jsonify(BankLinePage().dump(found))
        with transaction():
            readers.note(actor, found.items, {"API": str(len(found.items))})
        return answer


class PullOut(Schema):
    """`asked`: how many feeds are asked for their lists, within a minute; 0 without an API key."""

    asked = fields.Integer(dump_only=True)


@blp.route("/pulls")
class Pulls(MethodView):
    """What no call told of."""

    @tokens.needs(blp, "money:write")
    @blp.response(202, PullOut)
    def post(self, actor: Actor) -> dict[str, int]:
        """Ask the feeds of one's own sellers for their lists now; how it went stands at /feeds."""
        mine = access.rows(actor, Seller, Permission.MONEY_WRITE).with_only_columns(Seller.id)
        with transaction():
            return {"asked": pulling.ask_now(db.session.scalars(mine).all())}


@blp.route("/<ref>")
class OneBankLine(MethodView):
    """One bank line."""

    @tokens.needs(blp, "money:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, BankLineOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """A bank line by its reference."""
        return api.tagged(
            BankLineOut().dump(access.get(actor, BankLine, ref, Permission.MONEY_READ))
        )
