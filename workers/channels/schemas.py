"""Input of the channels room."""

from shop.fields import Choice, Schema, Text

PLATFORMS = {"shopee": "Shopee"}


class ConnectSchema(Schema):
    """Which seller (by reference) wants a shop of which marketplace connected."""

    seller = Text(longest=40, required=True)
    platform = Choice(list(PLATFORMS), required=True)


class ReturnSchema(Schema):
    """What the marketplace sends back with the seller."""

    code = Text(longest=200, required=True, shortest=1)
    shop_id = Text(longest=20, required=True, shortest=1)
    state = Text(longest=1000, required=True, shortest=1)
