"""Input of the channels room."""

from shop.fields import Choice, Schema, Text
from workers.marketplaces.known import MARKETPLACES

PLATFORMS = {key: market.name for key, market in MARKETPLACES.items()}


class ConnectSchema(Schema):
    """Which seller (by reference) wants a shop of which marketplace connected."""

    seller = Text(longest=40, required=True)
    platform = Choice(list(PLATFORMS), required=True)
