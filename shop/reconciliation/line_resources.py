"""API: what else a bank line can be: a duplicate, a refund, a payout, too much money."""

from typing import Any

from flask.views import MethodView

from shop import api
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.fields import Schema, Text
from shop.reconciliation import deed_resources, matching, payout_lines
from shop.reconciliation.models import BankLine
from shop.reconciliation.resources import BankLineOut

blp = api.Blueprint("line_deeds_api", __name__, url_prefix="/api/v1", description="Đối soát")


class LineDuplicateIn(Schema):
    """The line that tells of the same movement."""

    of = Text(longest=40, required=True)


class LineRefundIn(Schema):
    """The refund that went out."""

    refund = Text(longest=40, required=True)


class LinePayoutIn(Schema):
    """The payout of collected money that went out, or came in."""

    payout = Text(longest=40, required=True)


@blp.route("/bank-lines/<ref>/duplicate")
class LineDuplicate(MethodView):
    """A movement that was told twice."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(LineDuplicateIn)
    @blp.response(200, BankLineOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> BankLine:
        """A waiting line tells of the same movement as another one: it counts once."""

        def do(line: BankLine) -> None:
            other = access.get(actor, BankLine, data["of"], Permission.MONEY_WRITE)
            matching.duplicate(line, other, actor.name)

        return deed_resources.deed(actor, ref, "bank_line.duplicate", data["of"], do)


@blp.route("/bank-lines/<ref>/separate")
class LineSeparate(MethodView):
    """A movement of its own."""

    @tokens.needs(blp, "money:write")
    @blp.response(200, BankLineOut)
    @api.refuses(blp, 404, 409)
    def post(self, actor: Actor, ref: str) -> BankLine:
        """A line that looks like another one is a movement of its own; it is matched if it can."""

        def do(line: BankLine) -> None:
            matching.of_its_own(line, actor.name)

        return deed_resources.deed(actor, ref, "bank_line.of_its_own", ref, do)


@blp.route("/bank-lines/<ref>/refund")
class LineRefund(MethodView):
    """Money out that goes back to a buyer."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(LineRefundIn)
    @blp.response(200, BankLineOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> BankLine:
        """The line is the transfer of a refund that was due."""

        def do(line: BankLine) -> None:
            matching.refund(line, data["refund"], actor.name)

        return deed_resources.deed(actor, ref, "bank_line.refund", data["refund"], do)


@blp.route("/bank-lines/<ref>/payout")
class LinePayout(MethodView):
    """Collected money on its way to its seller."""

    @tokens.needs(blp, "money:write")
    @blp.arguments(LinePayoutIn)
    @blp.response(200, BankLineOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> BankLine:
        """The line is a payout: out of the collector's account, or into the seller's."""

        def do(line: BankLine) -> None:
            payout_lines.decide(line, data["payout"], actor.name)

        return deed_resources.deed(actor, ref, "bank_line.payout", data["payout"], do)
