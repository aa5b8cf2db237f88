"""What a buyer is asked for."""

from shop.fields import Phone, Quantity, Schema, Text
from shop.sellers.schemas import Email


class BasketSchema(Schema):
    """So much of a pack; 0 takes it out."""

    pack = Text(longest=20, shortest=1, required=True)
    quantity = Quantity(least="0", most="10000", required=True)


class BuyerSchema(Schema):
    """Who buys, and where it goes. `commune_code` answers which of several communes is meant."""

    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)
    email = Email(longest=200, load_default=None, allow_none=True)
    address = Text(longest=300, load_default="")
    commune_code = Text(longest=8, load_default="")
