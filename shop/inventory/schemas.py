"""What forms about stock ask for."""

from shop.fields import Choice, Quantity, Schema, Text

MOVEMENTS = ("receipt", "count", "loss", "move")


class ReceiptSchema(Schema):
    """Goods that came in."""

    quantity = Quantity(least="0.001", most="100000", required=True)


class MovementSchema(Schema):
    """Goods in, counted anew, lost, or moved to another place.

    `quantity` of a count is what lies there now, else what moves. `at`, `to`: places.
    """

    kind = Choice(MOVEMENTS, required=True)
    quantity = Quantity(least="0", most="1000000", required=True)
    reason = Text(longest=200, load_default="")
    at = Text(longest=20, load_default="")
    to = Text(longest=20, load_default="")


class SafetySchema(Schema):
    """What is kept back."""

    safety = Quantity(least="0", most="1000000", required=True)


class PlaceSchema(Schema):
    """A place where goods are kept."""

    name = Text(longest=80, shortest=1, required=True)
