"""API: saying what bank lines are, statements, the daily close."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate

from shop import api, clock
from shop.accounts import access, audit, tokens
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import BadInput
from shop.fields import Choice, Day, Schema, Text, Vnd
from shop.ledger import accounts
from shop.reconciliation import closing, giving_back, imports, matching
from shop.reconciliation.models import BankLine, Reason, StatementImport
from shop.reconciliation.resources import BankLineOut
from shop.sellers.models import BankAccount, Seller

blp = api.Blueprint("reconciliation_api", __name__, url_prefix="/api/v1", description="Đối soát")

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE


class PartIn(Schema):
    """An order that the line pays, and how much of it; null: what is open."""

    order = Text(longest=20, required=True)
    amount_vnd = Vnd(least=1, most=1_000_000_000_000, load_default=None, allow_none=True)


class MatchIn(Schema):
    """The orders that a waiting line pays."""

    orders = fields.List(fields.Nested(PartIn), required=True, validate=validate.Length(1, 50))


class PurposeIn(Schema):
    """What a line is that pays no order; for other money, `tag` says what it is for.

    `other`: the waiting line at the other end of a transfer between own accounts, said with it.
    """

    purpose = Choice([Reason.FEE, Reason.OWN_TRANSFER, Reason.OTHER], required=True)
    tag = Text(longest=30, load_default="other")
    said = Text(longest=200, load_default="")
    other = Text(longest=40, load_default="")


@blp.route("/bank-lines/<ref>/match")
class LineMatch(MethodView):
    """Which orders a line pays."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(MatchIn)
    @blp.response(200, BankLineOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> BankLine:
        """Say which orders a waiting line pays; a line that does not wait is refused."""
        parts = {each["order"]: each["amount_vnd"] for each in data["orders"]}
        if len(parts) != len(data["orders"]):
            raise BadInput({"orders": [_("Một đơn ghi hai lần: gộp lại một dòng.")]})
        return deed(
            actor,
            ref,
            "bank_line.match",
            " ".join(parts),
            lambda line: matching.match_to(line, parts, actor.name),
        )


@blp.route("/bank-lines/<ref>/purpose")
class LinePurpose(MethodView):
    """What a line is that pays no order."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(PurposeIn)
    @blp.response(200, BankLineOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> BankLine:
        """Say that a waiting line is a fee, a transfer between own accounts, or other money."""
        purpose = Reason(data["purpose"])

        def say(line: BankLine) -> None:
            said = data["said"] or line.content
            if purpose == Reason.OTHER:
                matching.tagged(line, data["tag"], said, actor.name)
            else:
                account = accounts.FEES if purpose == Reason.FEE else accounts.BETWEEN
                matching.purpose(line, purpose, account, said or purpose, actor.name)
            if purpose == Reason.OWN_TRANSFER and data["other"]:
                twin = access.get(actor, BankLine, data["other"], WRITE, lock=True)
                matching.expect_own_transfer(line, twin)
                matching.purpose(twin, purpose, accounts.BETWEEN, twin.content, actor.name)

        return deed(actor, ref, "bank_line.purpose", purpose, say)


class GiveBackIn(Schema):
    """Why what is left of a line goes back, and for which order it came, where that is known."""

    reason = Text(longest=200, shortest=2, required=True)
    order = Text(longest=20, load_default="")


class ReversalIn(Schema):
    """The other line, which undid this one or is undone by it."""

    other = Text(longest=40, required=True)


@blp.route("/bank-lines/<ref>/give-back")
class LineGiveBack(MethodView):
    """Money of a line that goes back to its payer."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(GiveBackIn)
    @blp.response(200, BankLineOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> BankLine:
        """Decide that what of a waiting line pays nothing is transferred back; see `/refunds`."""
        return deed(
            actor,
            ref,
            "bank_line.give_back",
            data["reason"],
            lambda line: giving_back.decide(line, actor.name, data["reason"], data["order"]),
        )


@blp.route("/bank-lines/<ref>/reversal")
class LineReversal(MethodView):
    """A movement that the bank itself undid."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(ReversalIn)
    @blp.response(200, BankLineOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> BankLine:
        """Say that the bank undid one of two waiting lines by the other."""
        return deed(
            actor,
            ref,
            "bank_line.reversed",
            data["other"],
            lambda line: giving_back.reversed_by(
                line, access.get(actor, BankLine, data["other"], WRITE, lock=True), actor.name
            ),
        )


@blp.route("/bank-lines/<ref>/undo")
class LineUndo(MethodView):
    """Taking back what a line was said to be."""

    @tokens.needs(blp, "money:write")
    @blp.response(200, BankLineOut)
    @api.refuses(blp, 404, 409)
    def post(self, actor: Actor, ref: str) -> BankLine:
        """The line waits again; everything stays in the books, with what undoes it."""
        return deed(actor, ref, "bank_line.undo", ref, lambda line: matching.undo(line, actor.name))


def deed(
    actor: Actor, ref: str, action: str, said: str, do: Callable[[BankLine], object]
) -> BankLine:
    """Do something to a locked line and note it; the line as it then is."""
    with transaction():
        line = access.get(actor, BankLine, ref, WRITE, lock=True)
        do(line)
        audit.note(actor, action, line, said)
    return access.get(actor, BankLine, ref, READ)


class StatementIn(Schema):
    """A statement file of an account, in base64; at most 5 MB this way."""

    account = Text(longest=40, required=True)
    filename = Text(longest=200, required=True)
    content = fields.String(required=True, metadata={"format": "byte"})


class StatementOut(Schema):
    """A file on its way: reading → ready (agree to it) or refused → working → done.

    `found`: counts, sums, first rows, warnings. `done` of `lines` are taken, `fresh` were new.
    """

    ref = fields.String(dump_only=True)
    filename = fields.String(dump_only=True)
    state = fields.String(dump_only=True)
    refused = fields.String(dump_only=True)
    found = fields.Dict(dump_only=True, allow_none=True)
    lines = fields.Integer(dump_only=True)
    done = fields.Integer(dump_only=True)
    fresh = fields.Integer(dump_only=True)


@blp.route("/statements")
class NewStatement(MethodView):
    """A statement file."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(StatementIn)
    @blp.response(202, StatementOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> StatementImport:
        """Send a file; a job reads it. The same file of an account again is the first one."""
        content = api.file_content(data["content"])
        with transaction():
            account = access.get(actor, BankAccount, data["account"], WRITE)
            return imports.take(actor, account, content, data["filename"])


@blp.route("/statements/<ref>")
class OneStatement(MethodView):
    """One statement file."""

    @tokens.needs(blp, "money:read")
    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, StatementOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """Where a file stands, and what is in it."""
        return api.tagged(StatementOut().dump(access.get(actor, StatementImport, ref, READ)))


@blp.route("/statements/<ref>/agreement")
class StatementAgreement(MethodView):
    """Agreeing to what was read."""

    @tokens.needs(blp, "money:write")
    @blp.response(202, StatementOut)
    @api.refuses(blp, 404, 409)
    def post(self, actor: Actor, ref: str) -> StatementImport:
        """Take in what was shown; a job does it. Twice is once."""
        with transaction():
            row = access.get(actor, StatementImport, ref, WRITE, lock=True)
            imports.apply(actor, row)
        return access.get(actor, StatementImport, ref, READ)


class DayQuery(Schema):
    """Which day in Vietnam; today when none is named."""

    on = Day(load_default=clock.today)


class SignIn(Schema):
    """Signing a day off; `note` says why, where something is still open.

    `seen`: the word `seen` of each open figure, as it was read.
    """

    on = Day(required=True)
    note = Text(longest=500, load_default="")
    seen = fields.List(Text(longest=80), load_default=list)


class FigureOut(Schema):
    """One figure of a day; `count` is null where rows are not counted.

    `open`: somebody still has to do something; who signs the day sends its `seen` back.
    """

    name = fields.String()
    label = fields.String()
    definition = fields.String()
    open = fields.Boolean()
    seen = fields.String()
    count = fields.Integer(allow_none=True)
    amount_vnd = fields.Integer()


class DayOut(Schema):
    """A day's figures, as signed off where it was."""

    on = fields.Date()
    signed = fields.Boolean()
    figures = fields.List(fields.Nested(FigureOut))


@blp.route("/sellers/<ref>/day")
class SellerDay(MethodView):
    """The daily close of one seller."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(DayQuery, location="query")
    @blp.response(200, DayOut)
    @api.refuses(blp, 404)
    def get(self, wanted: dict[str, Any], actor: Actor, ref: str) -> dict[str, Any]:
        """The figures of a day."""
        return _day(access.get(actor, Seller, ref, READ), wanted["on"])

    @tokens.needs(blp, "money:write")
    @blp.arguments(SignIn)
    @blp.response(200, DayOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> dict[str, Any]:
        """Sign a day off and lock the books up to it. Twice is once."""
        seller = access.get(actor, Seller, ref, WRITE)
        with transaction():
            closing.sign_off(actor, seller, data["on"], note=data["note"], seen=data["seen"])
        return _day(seller, data["on"])


def _day(seller: Seller, on: date) -> dict[str, Any]:
    row = closing.signed(seller.id, on)
    figures = closing.kept(row) if row else closing.figures(seller.id, on)
    return {"on": on, "signed": row is not None, "figures": figures}
