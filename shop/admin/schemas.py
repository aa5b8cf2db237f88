"""Input of reviewers."""

from shop.fields import Choice, Schema, Text, Whole


class DecisionSchema(Schema):
    """An answer. `seen` and `version`: state and version of the row that the reviewer looked at."""

    outcome = Choice(("passed", "refused"), required=True)
    reason = Text(longest=1000, load_default="")
    seen = Text(longest=20, load_default=None, allow_none=True)
    version = Whole(1, 2**31 - 1, load_default=None, allow_none=True)


class IdentitySchema(Schema):
    """Which papers were compared, and how; never a number of theirs."""

    note = Text(longest=300, shortest=5, required=True)
