"""API: books of a period, and receipt and payment vouchers."""

from typing import Any

from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validates_schema

from shop import api, clock, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.books import files, kinds, vouchers
from shop.books.models import BookExport, CashVoucher
from shop.books.schemas import UndoSchema, VoucherSchema
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import transaction
from shop.errors import NotFound
from shop.fields import Choice, Day, Schema, Text, ValidationError
from shop.reconciliation import matching
from shop.reconciliation.models import BankLine
from shop.sellers.models import Seller

blp = api.Blueprint("books_api", __name__, url_prefix="/api/v1", description="Sổ sách")

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE
MOST_DAYS = 366


class CashVoucherIn(VoucherSchema):
    """A voucher as it is written. `money`: "cash", or an account of the ledger ("bank:…")."""

    seller = Text(longest=40, required=True)


class CashVoucherOut(Schema):
    """A voucher: phiếu thu (in) or phiếu chi (out), with its number."""

    ref = fields.String(dump_only=True)
    number = fields.String(dump_only=True)
    direction = fields.String(dump_only=True)
    on = fields.Date(dump_only=True)
    amount_vnd = fields.Integer(dump_only=True)
    money = fields.String(dump_only=True)
    tag = fields.String(dump_only=True)
    text = fields.String(dump_only=True)
    person = fields.String(dump_only=True)
    undone_by = fields.String(dump_only=True, allow_none=True)


class CashVoucherPage(CursorPage):
    """A piece of a list of vouchers."""

    items = fields.List(fields.Nested(CashVoucherOut), required=True)


@blp.route("/cash-vouchers")
class CashVouchers(MethodView):
    """Receipt and payment vouchers."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, CashVoucherPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Vouchers as they were written, the oldest first."""
        query = access.rows(actor, CashVoucher, READ)
        return cursors.piece(query, [CashVoucher.id], wanted, of="cash vouchers")

    @tokens.needs(blp, "money:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(CashVoucherIn)
    @blp.response(201, CashVoucherOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> CashVoucher:
        """Write a voucher: it gets the next number and is booked on its day."""

        def act(_key: str) -> str:
            seller = access.get(actor, Seller, data["seller"], WRITE)
            return vouchers.write(actor, seller, data).ref

        return access.get(actor, CashVoucher, api.act_once(actor.user_id, act), READ)


@blp.route("/cash-vouchers/<ref>/undo")
class CashVoucherUndo(MethodView):
    """A voucher that was wrong."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(UndoSchema)
    @blp.response(200, CashVoucherOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> CashVoucher:
        """A reversing entry of today undoes it; its number stays."""
        with transaction():
            row = access.get(actor, CashVoucher, ref, WRITE, lock=True)
            vouchers.undo(actor, row, data["why"])
        return access.get(actor, CashVoucher, ref, READ)


class CashVoucherLineIn(Schema):
    """A line of the bank, by its reference."""

    line = Text(longest=40, required=True)


@blp.route("/cash-vouchers/<ref>/bank-line")
class CashVoucherLine(MethodView):
    """A voucher that the bank told of, too."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(CashVoucherLineIn)
    @blp.response(200, CashVoucherOut)
    @api.refuses(blp, 404, 409)
    def put(self, data: dict[str, Any], actor: Actor, ref: str) -> CashVoucher:
        """The voucher says what a waiting line is, so the movement is in the books once."""
        with transaction():
            line = access.get(actor, BankLine, data["line"], WRITE, lock=True)
            row = access.get(actor, CashVoucher, ref, WRITE, lock=True)
            if line.id != row.bank_line_id or line.state in matching.WAITING:
                vouchers.is_line(actor, row, line)
        return access.get(actor, CashVoucher, ref, READ)


class PeriodQuery(Schema):
    """The days of a book, both included, at most a year; this month so far when none is named."""

    first = Day(load_default=lambda: clock.today().replace(day=1))
    last = Day(load_default=clock.today)

    @validates_schema(skip_on_field_errors=True)
    def _fits(self, data: dict[str, Any], **_more: Any) -> None:
        if not 0 <= (data["last"] - data["first"]).days < MOST_DAYS:
            raise ValidationError(_("Kỳ sổ dài từ 1 ngày đến 1 năm."), "last")


class ExportIn(PeriodQuery):
    """A book as a file."""

    form = Choice(["xlsx", "pdf"], required=True)


class BookRowOut(Schema):
    """One entry as the book shows it; `left_vnd`: what then stands."""

    ref = fields.String()
    on = fields.Date()
    text = fields.String()
    subject = fields.String(allow_none=True)
    in_vnd = fields.Integer()
    out_vnd = fields.Integer()
    left_vnd = fields.Integer()


class BookOut(Schema):
    """A book of one account, or of all that belong to it."""

    account = fields.String()
    opening_vnd = fields.Integer()
    in_vnd = fields.Integer()
    out_vnd = fields.Integer()
    closing_vnd = fields.Integer()
    rows = fields.List(fields.Nested(BookRowOut))


class BooksOut(Schema):
    """What a book of a period holds."""

    books = fields.List(fields.Nested(BookOut))


class ExportOut(Schema):
    """A file on its way: working, done (then `path` leads to it), failed."""

    ref = fields.String(dump_only=True)
    state = fields.String(dump_only=True)


@blp.route("/sellers/<ref>/books/<name>")
class OneBook(MethodView):
    """One book of a seller."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(PeriodQuery, location="query")
    @blp.response(200, BooksOut)
    @api.refuses(blp, 404)
    def get(self, wanted: dict[str, Any], actor: Actor, ref: str, name: str) -> dict[str, Any]:
        """A book's rows, each with the entry behind it: thu-chi, tien, doanh-thu …"""
        seller = access.get(actor, Seller, ref, READ)
        kind = kinds.get(name)
        if kind.books is None:
            raise NotFound(ref=name)  # a form whose rows are no entries: ask for its file
        return {"books": kind.books(seller.id, wanted["first"], wanted["last"])}

    @tokens.needs(blp, "money:read")
    @blp.arguments(ExportIn)
    @blp.response(202, ExportOut)
    @api.refuses(blp, 404)
    def post(self, data: dict[str, Any], actor: Actor, ref: str, name: str) -> BookExport:
        """Have a job make the book as a file."""
        seller = access.get(actor, Seller, ref, READ)
        kinds.get(name)
        with transaction():
            made = files.ask(actor, seller, name, data["form"], data["first"], data["last"]).ref
        return access.get(actor, BookExport, made, READ)


@blp.route("/book-exports/<ref>")
class OneExport(MethodView):
    """One book as a file."""

    @tokens.needs(blp, "money:read")
    @blp.response(200, ExportOut)
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> BookExport:
        """Where a file stands."""
        return access.get(actor, BookExport, ref, READ)
