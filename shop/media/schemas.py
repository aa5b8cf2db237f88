"""Input about photos; the files themselves are checked by `uploads`."""

from shop.fields import Choice, Schema, Shown


class AltSchema(Schema):
    """What a photo shows, for those who do not see it."""

    alt = Shown(longest=200, load_default="")


class MoveSchema(Schema):
    """One place towards the front (`up`) or the back (`down`)."""

    to = Choice(("up", "down"), required=True)
