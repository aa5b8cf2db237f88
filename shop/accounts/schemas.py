"""Input of one's own account."""

from shop.accounts.tokens import LIFETIMES_DAYS
from shop.fields import Choice, Schema, Text


class TokenSchema(Schema):
    """A new API token; its scopes are check boxes named like them."""

    name = Text(longest=80, shortest=2, required=True)
    days = Choice([str(days) for days in LIFETIMES_DAYS], required=True)
