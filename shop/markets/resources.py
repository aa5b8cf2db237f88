"""API: markets and their booths as anybody may see them; the till of one's own booths."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields
from sqlalchemy.orm import joinedload

from shop import api, clock, cursors, places
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.fields import Day, Schema
from shop.markets import booths, public, till
from shop.markets.models import Booth, Market
from shop.markets.schemas import SumSchema
from shop.orders.models import Order
from shop.payments import tracking
from shop.sellers import stalls

blp = api.Blueprint("markets_api", __name__, url_prefix="/api/v1", description="Chợ và sạp")

READ, WRITE = Permission.ORDERS_READ, Permission.ORDERS_WRITE


class MarketOut(Schema):
    """A market or street. `kind`: market or street; `model`: market_4_0, cashless_street or null.

    `started_on` is the last day of what is known of the start, as exact as `started_precision`
    (day, month or year) says; null when no source says it.
    """

    ref = fields.String(dump_only=True)
    name = fields.String(dump_only=True)
    kind = fields.String(dump_only=True)
    commune = fields.Function(lambda row: _commune(row), metadata={"type": "string"})
    commune_code = fields.String(dump_only=True)
    province_code = fields.String(dump_only=True)
    model = fields.String(dump_only=True, allow_none=True)
    started_on = fields.Date(dump_only=True, allow_none=True)
    started_precision = fields.String(dump_only=True, allow_none=True)
    partners = fields.List(fields.String(), dump_only=True)
    about = fields.String(dump_only=True)


def _commune(row: Market) -> str:
    commune = places.commune(row.commune_code)
    return commune.full if commune else ""


class MarketPage(CursorPage):
    """A piece of the list of markets."""

    items = fields.List(fields.Nested(MarketOut), required=True)


class MarketBoothOut(Schema):
    """A booth as anybody may see it. `kind`: sap, kiosk or shop.

    `seller`: who trades there, where that seller is public; null where not.
    """

    number = fields.String(dump_only=True)
    kind = fields.String(dump_only=True)
    goods = fields.String(dump_only=True)
    seller = fields.Function(
        lambda row: row.seller.ref if stalls.is_public(row.seller) else None,
        metadata={"type": ["string", "null"]},
    )


class MarketBoothPage(CursorPage):
    """A piece of the list of a market's booths."""

    items = fields.List(fields.Nested(MarketBoothOut), required=True)


class RefOut(Schema):
    """What another row is called."""

    ref = fields.String(dump_only=True)


class BoothOut(Schema):
    """A booth of one's own seller."""

    ref = fields.String(dump_only=True)
    market = fields.Pluck(RefOut, "ref", dump_only=True)
    seller = fields.Pluck(RefOut, "ref", dump_only=True)
    number = fields.String(dump_only=True)
    kind = fields.String(dump_only=True)
    goods = fields.String(dump_only=True)
    opened_on = fields.Date(dump_only=True)
    closed_on = fields.Date(dump_only=True, allow_none=True)


class BoothPage(CursorPage):
    """A piece of the list of one's own booths."""

    items = fields.List(fields.Nested(BoothOut), required=True)


class BoothSaleOut(Schema):
    """A sale at a booth, which is an order. `pay_by`: cash or cashless; amounts in đồng."""

    ref = fields.String(dump_only=True)
    pay_by = fields.String(dump_only=True)
    state = fields.String(dump_only=True)
    total_vnd = fields.Integer(dump_only=True)
    paid_vnd = fields.Integer(dump_only=True)
    refunded_vnd = fields.Integer(dump_only=True)
    placed_at = fields.AwareDateTime(dump_only=True)


class BoothSaleCode(BoothSaleOut):
    """A sale and `vietqr`, the payload of the code to show; null when nothing is due."""

    vietqr = fields.Function(lambda row: _code(row), metadata={"type": ["string", "null"]})


def _code(row: Order) -> str | None:
    return tracking.code(*tracking.find(row.token))


class BoothSaleList(Schema):
    """The sales of a day, the latest first."""

    items = fields.List(fields.Nested(BoothSaleOut), required=True)


class BoothDayQuery(Schema):
    """Which day, in Vietnam; today when none is named."""

    on = Day(load_default=None, allow_none=True)


@blp.route("/markets")
class Markets(MethodView):
    """Markets and cashless streets."""

    public = True

    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, MarketPage)
    def get(self, wanted: dict[str, Any]) -> Piece:
        """Markets that there are today, in Vietnamese order."""
        by = (Market.sort_key, Market.id)
        return cursors.piece(public.shown(), by, wanted, of="markets")


@blp.route("/markets/<ref>")
class OneMarket(MethodView):
    """One market."""

    public = True

    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, MarketOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404)
    def get(self, ref: str) -> Response:
        """A market by its reference."""
        return api.tagged(MarketOut().dump(public.get(ref)))


@blp.route("/markets/<ref>/booths")
class MarketBooths(MethodView):
    """The booths of a market."""

    public = True

    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, MarketBoothPage)
    @api.refuses(blp, 404)
    def get(self, wanted: dict[str, Any], ref: str) -> Piece:
        """Booths in use with their goods, by number; nobody's account and nobody's takings."""
        query = booths.of_market_goods(public.get(ref))
        by = (Booth.number_key, Booth.id)
        return cursors.piece(query, by, wanted, of=f"booths:{ref}")


@blp.route("/booths")
class Booths(MethodView):
    """The booths of one's own sellers."""

    @tokens.needs(blp, "orders:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, BoothPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Booths, the oldest first."""
        query = access.rows(actor, Booth, READ)
        query = query.options(joinedload(Booth.market), joinedload(Booth.seller))
        return cursors.piece(query, [Booth.id], wanted, of="own_booths")


@blp.route("/booths/<ref>/sales")
class BoothSales(MethodView):
    """The till of a booth."""

    @tokens.needs(blp, "orders:read")
    @blp.arguments(BoothDayQuery, location="query")
    @blp.response(200, BoothSaleList)
    @api.refuses(blp, 404)
    def get(self, wanted: dict[str, Any], actor: Actor, ref: str) -> dict[str, Any]:
        """What was sold at the booth on a day."""
        booth = booths.own(actor, ref, READ)
        return {"items": till.sold(booth, wanted["on"] or clock.today())}

    @tokens.needs(blp, "orders:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(SumSchema)
    @blp.response(201, BoothSaleCode)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> Order:
        """A sale: cash that is in the drawer (`way` cash), or a code for it (transfer).

        `at`: when, of one that was entered without signal. An amount is at least 1,000 đồng.
        """
        booths.own(actor, ref, WRITE)

        def act(key: str) -> str:
            booth = booths.own(actor, ref, WRITE)
            sell = till.take_cash if data["way"] == "cash" else till.ask
            return sell(actor, booth, data["amount_vnd"], key=key, at=data["at"]).ref

        made = api.act_once(actor.user_id, act)
        return access.get(actor, Order, made, WRITE)
