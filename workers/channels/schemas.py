"""Input of the channels room."""

from shop.fields import Choice, Day, Quantity, Schema, Text, Whole
from workers.channels.models import Drift
from workers.marketplaces.known import MARKETPLACES

PLATFORMS = {key: market.name for key, market in MARKETPLACES.items()}


class ConnectSchema(Schema):
    """Which seller (by reference) wants a shop of which marketplace connected."""

    seller = Text(longest=40, required=True)
    platform = Choice(list(PLATFORMS), required=True)


class RulesSchema(Schema):
    """How much of the stock a shop is offered, how fast it is called, what hand edits mean.

    `calls_per_second` blank: what the platform allows.
    """

    share_percent = Whole(0, 100, required=True)
    buffer = Whole(0, 1_000_000, required=True)
    threshold = Whole(0, 1_000_000, required=True)
    calls_per_second = Quantity("0.1", "1000", load_default=None, allow_none=True)
    drift = Choice(list(Drift), required=True)


class ItemSchema(Schema):
    """Which of our packs (by reference) a line of a marketplace's order is."""

    line = Text(longest=80, required=True)
    pack = Text(longest=40, required=True)


class DaysSchema(Schema):
    """The days of a list, both included."""

    first = Day(required=True)
    last = Day(required=True)
