"""API: bank accounts, the feeds that tell of them, and gateways; never what opens them."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.fields import Schema
from shop.payments.models import FeedConnection, GatewayConnection
from shop.sellers.models import BankAccount

blp = api.Blueprint("accounts_api", __name__, url_prefix="/api/v1", description="Thanh toán")


class AccountOut(Schema):
    """A bank account of a seller. `bank_bin`: NAPAS BIN; `ref` is what POST /statements wants.

    `main`: new orders are paid into it; without a main one, into the oldest active one.
    """

    ref = fields.String(dump_only=True)
    bank_bin = fields.String(dump_only=True)
    account_number = fields.String(dump_only=True)
    account_name = fields.String(dump_only=True)
    main = fields.Boolean(dump_only=True)
    active = fields.Boolean(dump_only=True)
    illustrative = fields.Boolean(dump_only=True)


class AccountPage(CursorPage):
    """A piece of a list of bank accounts."""

    items = fields.List(fields.Nested(AccountOut), required=True)


class FeedOut(Schema):
    """A feed of an account (`account`: its ref). `lists`: its list is asked for what calls missed.

    `pulled_at`: when the list was last read; `pull_failed`: why the last try failed, else empty.
    """

    ref = fields.String(dump_only=True)
    provider = fields.String(dump_only=True)
    account = fields.String(attribute="bank_account.ref", dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)
    lists = fields.Function(
        lambda row: row.sealed_list_key is not None, metadata={"type": "boolean"}
    )
    pulled_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    pull_fresh = fields.Integer(dump_only=True)
    pull_failed = fields.String(dump_only=True)


class FeedPage(CursorPage):
    """A piece of a list of feeds."""

    items = fields.List(fields.Nested(FeedOut), required=True)


class GatewayOut(Schema):
    """A seller's account at a payment gateway. `active`: buyers are sent there."""

    ref = fields.String(dump_only=True)
    provider = fields.String(dump_only=True)
    host = fields.String(dump_only=True)
    active = fields.Boolean(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class GatewayPage(CursorPage):
    """A piece of a list of gateways."""

    items = fields.List(fields.Nested(GatewayOut), required=True)


@blp.route("/bank-accounts")
class BankAccounts(MethodView):
    """One's own bank accounts."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, AccountPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """The accounts that receive one's sellers' money, closed ones too, the oldest first."""
        query = access.rows(actor, BankAccount, Permission.MONEY_READ)
        return cursors.piece(query, [BankAccount.id], wanted, of="bank accounts")


@blp.route("/feeds")
class Feeds(MethodView):
    """The feeds of one's own bank accounts."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, FeedPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """What tells of the movements on which account, and how the last list went."""
        query = access.rows(actor, FeedConnection, Permission.MONEY_READ)
        query = query.options(joinedload(FeedConnection.bank_account))
        return cursors.piece(query, [FeedConnection.id], wanted, of="feeds")


@blp.route("/gateways")
class Gateways(MethodView):
    """One's own accounts at payment gateways."""

    @tokens.needs(blp, "money:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, GatewayPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """At which gateways one's sellers' buyers may pay."""
        query = access.rows(actor, GatewayConnection, Permission.MONEY_READ)
        return cursors.piece(query, [GatewayConnection.id], wanted, of="gateways")
