"""Input of the sellers' room."""

from shop.accounts.models import SELLER_ROLES
from shop.fields import Choice, Phone, Schema, Text


class MemberSchema(Schema):
    """A new member: by phone, so that nobody needs an e-mail."""

    seller = Text(longest=40, required=True)
    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)
    role = Choice([str(role) for role in SELLER_ROLES], required=True)
