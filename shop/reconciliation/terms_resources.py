"""API: how a seller reconciles, which column of a statement holds what, what a sheet lacks."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields

from shop import api
from shop.accounts import access, audit, tokens
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.fields import Schema, Whole
from shop.reconciliation import imports, lacking, terms
from shop.reconciliation.deed_resources import StatementOut
from shop.reconciliation.models import Batch, StatementImport
from shop.reconciliation.schemas import TermsSchema
from shop.reconciliation.statements.columns import LOOKED_AT, Mapping
from shop.sellers.models import Seller

blp = api.Blueprint("terms_api", __name__, url_prefix="/api/v1", description="Đối soát")

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE


@blp.route("/sellers/<ref>/reconciliation")
class SellerReconciliation(MethodView):
    """How one seller reconciles."""

    @tokens.needs(blp, "money:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, TermsSchema, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """Up to what a shortfall is let go of, and after how many silent hours one is told."""
        return api.tagged(_shown(access.get(actor, Seller, ref, READ)))

    @tokens.needs(blp, "money:write")
    @blp.doc(parameters=[api.IF_MATCH])
    @blp.arguments(TermsSchema)
    @blp.response(200, TermsSchema, headers=api.ETAG_HEADER)
    @api.refuses(blp, 404, 412, 428)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> Response:
        """Other terms for what is matched from now on; null hours: silence never worries."""
        with transaction():
            seller = access.get(actor, Seller, ref, WRITE, lock=True)
            api.require_match(_shown(seller))
            kept = terms.change(seller.id, data["tolerance_vnd"], data["quiet_hours"])
            audit.note(actor, "reconciliation.terms", kept, str(data["tolerance_vnd"]))
        return api.tagged(_shown(access.get(actor, Seller, ref, READ)))


def _shown(seller: Seller) -> dict[str, Any]:
    shown: dict[str, Any] = TermsSchema().dump(terms.of(seller.id))
    return shown


def _column() -> Whole:
    return Whole(0, 999, load_default=None, allow_none=True)


class ColumnsIn(Schema):
    """Column numbers from 0, null where there is none; `header`: the heading's row, from 1.

    Amounts stand in `debit` and `credit`, or in `amount` with its sign or a word in `sign`.
    """

    header = Whole(1, LOOKED_AT, required=True)
    date = _column()
    value_date = _column()
    time = _column()
    content = _column()
    debit = _column()
    credit = _column()
    amount = _column()
    sign = _column()
    balance = _column()
    reference = _column()
    counterparty = _column()


@blp.route("/statements/<ref>/columns")
class StatementColumns(MethodView):
    """Which column of a statement holds what."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(ColumnsIn)
    @blp.response(202, StatementOut)
    @api.refuses(blp, 404, 409)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> StatementImport:
        """Kept for the account; a job reads the file again. Not once it is agreed to."""
        with transaction():
            row = access.get(actor, StatementImport, ref, WRITE, lock=True)
            imports.remap(actor, row, Mapping.from_json(data).as_json())
        return access.get(actor, StatementImport, ref, READ)


class MissingOut(Schema):
    """Money of an order that a sheet's days should have brought, and no sheet names so far."""

    order = fields.String(attribute="order.ref", dump_only=True)
    name = fields.String(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True)
    at = fields.AwareDateTime(dump_only=True)
    late = fields.Boolean(dump_only=True)


class MissingListOut(Schema):
    """What a settlement lacks; at most 200."""

    missing = fields.List(fields.Nested(MissingOut), dump_only=True)


@blp.route("/settlements/<ref>/missing")
class SettlementMissing(MethodView):
    """What a settlement lacks."""

    @tokens.needs(blp, "money:read")
    @blp.response(200, MissingListOut)
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> dict[str, Any]:
        """Payments, parcels and orders of its days that no sheet names; `late` ones overdue."""
        return {"missing": lacking.missing(access.get(actor, Batch, ref, READ))}
