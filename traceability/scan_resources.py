"""API: what scans tell."""

from datetime import timedelta
from typing import Any

from flask.views import MethodView
from marshmallow import fields

from shop import api
from shop.accounts import tokens
from shop.accounts.access import Actor
from shop.fields import Schema, Whole
from traceability import scan_tallies
from traceability.scan_tallies import Bars

blp = api.Blueprint("scans_api", __name__, url_prefix="/api/v1", description="Lượt quét")

MOST_DAYS = 365


class SpanQuery(Schema):
    """The last so many days, today counted."""

    days = Whole(1, MOST_DAYS, load_default=30)


class ScanCountOut(Schema):
    """How many scans of what `name` says."""

    name = fields.String(dump_only=True)
    scans = fields.Integer(dump_only=True)


class ScanDayOut(Schema):
    """How many scans on a Vietnamese day."""

    on = fields.Date(dump_only=True)
    scans = fields.Integer(dump_only=True)


class FiguresOut(Schema):
    """Counts of `first` to `last`, both days counted; of areas, products and batches the largest.

    `firsts`: first scans of a serial. `lag_hours`: the middle one, from activation to first scan,
    of those first scanned in these days; whole hours within a day, then days, then thirty days.
    """

    first = fields.Date(dump_only=True)
    last = fields.Date(dump_only=True)
    scans = fields.Integer(dump_only=True)
    firsts = fields.Integer(dump_only=True)
    lag_hours = fields.Integer(dump_only=True, allow_none=True)
    days = fields.List(fields.Nested(ScanDayOut), dump_only=True)
    areas = fields.List(fields.Nested(ScanCountOut), dump_only=True)
    products = fields.List(fields.Nested(ScanCountOut), dump_only=True)
    batches = fields.List(fields.Nested(ScanCountOut), dump_only=True)
    findings = fields.List(fields.Nested(ScanCountOut), dump_only=True)


@blp.route("/scan-figures")
class ScanFigures(MethodView):
    """Scans of the goods of one's own sellers."""

    @tokens.needs(blp, "trace:read")
    @blp.arguments(SpanQuery, location="query")
    @blp.response(200, FiguresOut)
    def get(self, wanted: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """Scans by day, area, product, batch and finding."""
        told = scan_tallies.of(actor, *scan_tallies.since(wanted["days"]))
        days = [
            {"on": told.first + timedelta(days=number), "scans": scans}
            for number, (_label, scans) in enumerate(told.days)
        ]
        whole = {name: getattr(told, name) for name in ("first", "last", "scans", "firsts")}
        named = {name: _counts(getattr(told, name)) for name in _NAMED}
        return whole | named | {"days": days, "lag_hours": told.lag_hours}


_NAMED = ("areas", "products", "batches", "findings")


def _counts(bars: Bars) -> list[dict[str, Any]]:
    return [{"name": name, "scans": scans} for name, scans in bars]


class SuspectOut(Schema):
    """A serial that looks copied. `suspect`: why, as a word; times in UTC."""

    serial = fields.String(attribute="code", dump_only=True)
    batch = fields.String(attribute="batch.ref", dump_only=True)
    product = fields.String(attribute="batch.product.ref", dump_only=True)
    state = fields.String(dump_only=True)
    suspect = fields.String(dump_only=True)
    scans = fields.Integer(dump_only=True)
    first_scan_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    last_scan_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class SuspectsOut(Schema):
    """The serials that look copied, those scanned most first."""

    items = fields.List(fields.Nested(SuspectOut), dump_only=True)


@blp.route("/suspicious-stamps")
class SuspiciousStamps(MethodView):
    """Serials that look copied."""

    @tokens.needs(blp, "trace:read")
    @blp.response(200, SuspectsOut)
    def get(self, actor: Actor) -> dict[str, Any]:
        """At most fifty; whoever clears one does it on the page of scans."""
        return {"items": scan_tallies.suspicious(actor)}
