"""What the accountant is asked for."""

from shop.fields import Schema, Vnd, Whole


class TermsSchema(Schema):
    """What is let go of when a transfer is short, and after how many hours silence worries."""

    tolerance_vnd = Vnd(least=0, most=100_000, required=True)
    quiet_hours = Whole(1, 24 * 90, load_default=None, allow_none=True)
