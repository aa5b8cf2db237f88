"""API: the invoices of one's own sellers: what stands on them, and reporting what they became."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, audit, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import db, transaction
from shop.invoices import contents, issuing
from shop.invoices.models import Invoice, InvoiceState
from shop.invoices.schemas import BuyerSchema, ReportSchema, as_report
from shop.orders.models import Order

blp = api.Blueprint("invoices_api", __name__, url_prefix="/api/v1", description="Hóa đơn điện tử")


class InvoiceOut(Schema):
    """Where an order's invoice stands. `stale`: goods came back since, it has to be adjusted."""

    ref = fields.String(dump_only=True)
    order = fields.String(attribute="order.ref", dump_only=True)
    state = fields.String(dump_only=True)
    wanted = fields.Boolean(dump_only=True)
    company = fields.String(dump_only=True)
    tax_code = fields.String(dump_only=True)
    template = fields.String(dump_only=True)
    serial = fields.String(dump_only=True)
    number = fields.String(dump_only=True)
    issued_on = fields.Date(dump_only=True, allow_none=True)
    authority_code = fields.String(dump_only=True)
    lookup_url = fields.String(dump_only=True)
    reason = fields.String(attribute="said", dump_only=True)
    stale = fields.Boolean(dump_only=True)


class InvoicePage(CursorPage):
    """A piece of a list of invoices."""

    items = fields.List(fields.Nested(InvoiceOut), required=True)


class InvoiceBuyerIn(BuyerSchema):
    """For whom an invoice is: a person by name, a company with tax code and address."""


class DocumentOut(Schema):
    """All that stands on an invoice; prices include the tax. Amounts in đồng."""

    ref = fields.String()
    order = fields.String()
    state = fields.String()
    date = fields.String()
    currency = fields.String()
    payment = fields.String()
    seller = fields.Dict()
    buyer = fields.Dict()
    lines = fields.List(fields.Dict())
    net_vnd = fields.Integer()
    vat_vnd = fields.Integer()
    total_vnd = fields.Integer()
    in_words = fields.String()


@blp.route("/invoices")
class Invoices(MethodView):
    """One's own invoices."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, InvoicePage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Invoices as they came to be, the oldest first."""
        query = access.rows(actor, Invoice, Permission.MONEY_READ)
        return cursors.piece(
            query.options(joinedload(Invoice.order)), [Invoice.id], wanted, of="invoices"
        )


@blp.route("/invoices/<ref>")
class OneInvoice(MethodView):
    """One invoice."""

    @tokens.needs(blp, "money:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, DocumentOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """All that stands on an invoice."""
        row = access.get(actor, Invoice, ref, Permission.MONEY_READ)
        return api.tagged(contents.document(row, issuing.vat_of(row.seller_id)))


@blp.route("/invoices/<ref>/report")
class InvoiceReport(MethodView):
    """What became of an invoice."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(ReportSchema)
    @blp.response(200, InvoiceOut)
    @api.refuses(blp, 404, 409, 422)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> Invoice:
        """Report number and state; the same report again changes nothing."""
        with transaction():
            row = access.get(actor, Invoice, ref, Permission.MONEY_WRITE, lock=True)
            issuing.report(row, as_report(data), actor.name)
            audit.note(actor, "invoice.report", row, row.order.ref)
            db.session.flush()
        return row


@blp.route("/invoices/<ref>/again")
class InvoiceAgain(MethodView):
    """An invoice whose file was lost on its way to the provider."""

    @tokens.needs(blp, "money:write")
    @blp.response(200, InvoiceOut)
    @api.refuses(blp, 404, 409)
    def post(self, actor: Actor, ref: str) -> Invoice:
        """It is to be issued as before; one that waits for that already stays so."""
        with transaction():
            row = access.get(actor, Invoice, ref, Permission.MONEY_WRITE, lock=True)
            if row.state != InvoiceState.READY:
                issuing.again(row, actor.name)
                audit.note(actor, "invoice.again", row, row.order.ref)
        return row


@blp.route("/orders/<ref>/invoice")
class OrderInvoice(MethodView):
    """Whom the invoice of an order names."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(InvoiceBuyerIn)
    @blp.response(200, InvoiceOut)
    @api.refuses(blp, 404, 409)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> Invoice:
        """The buyer's data as somebody told them; the order's invoice is wanted then."""
        with transaction():
            order = access.get(actor, Order, ref, Permission.MONEY_WRITE)
            row = issuing.ask(order, data, actor.name)
            audit.note(actor, "invoice.buyer", row, order.ref)
        return row
