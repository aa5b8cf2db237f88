"""Input of reviewers."""

from shop.fields import Choice, Schema, Text, Whole


class DecisionSchema(Schema):
    """An answer. `seen`: the mark of what the reviewer looked at."""

    outcome = Choice(("passed", "refused"), required=True)
    reason = Text(longest=1000, load_default="")
    seen = Text(longest=40, load_default=None, allow_none=True)


class IdentitySchema(Schema):
    """Which papers were compared, and how; never a number of theirs."""

    note = Text(longest=300, shortest=5, required=True)


class TaskSchema(Schema):
    """A task of the outbox, by its number."""

    task = Whole(1, 2**62, required=True)


class LeavingSchema(Schema):
    """How a seller asked to be erased; its reference once more, for nothing undoes it."""

    asked = Text(longest=300, shortest=5, required=True)
    again = Text(longest=40, required=True)
