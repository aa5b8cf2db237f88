"""Input about certificates. There is no field for a star: the score gives it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from shop.catalogue import programme
from shop.fields import Choice, Day, Quantity, Schema, Text, ValidationError

MOST_COVERED = 500


class Score(Quantity):
    """Points of 100 with at most two decimals, as the table keeps them: 69,5 or 86.25."""

    default_error_messages = {
        "invalid": _l("Ghi số điểm từ 0 đến 100, nhiều nhất hai số lẻ, ví dụ 86,5."),
        "unclear": _l("Ghi số điểm từ 0 đến 100, nhiều nhất hai số lẻ, ví dụ 86,5."),
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Decimal:
        score = super()._deserialize(value, attr, data, **kwargs)
        # Rounded, 69.996 would become a fourth star.
        if score != round(score, 2):
            raise self.make_error("invalid")
        return score


class Covers(fields.Field[list[str]]):
    """Ticked boxes "product:<ref>" and "pack:<ref>"."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[str]:
        ticked = getattr(data, "getlist", None)
        said = ticked(self.data_key or attr or "") if ticked else value
        if not isinstance(said, list) or len(said) > MOST_COVERED:
            raise ValidationError([str(_l("Chọn một mục trong danh sách."))])
        return [str(each)[:40] for each in said]


class CertificateSchema(Schema):
    """What the paper says. `expires_on` None: it states none, so 36 months from its issue."""

    number = Text(longest=60, shortest=2, required=True)
    score = Score(least="0", most="100", required=True)
    criteria_set = Text(longest=20, shortest=2, required=True)
    level = Choice(programme.LEVELS, required=True)
    authority = Text(longest=160, shortest=2, required=True)
    issued_on = Day(required=True)
    expires_on = Day(allow_none=True, load_default=None)
    covers = Covers(load_default=list)


class RefusalSchema(Schema):
    """Why a reviewer does not accept it."""

    reason = Text(longest=500, shortest=5, required=True)


class ExtensionSchema(Schema):
    """The last day of the transitional extension, and the number of the document that says so."""

    until = Day(required=True)
    decision = Text(longest=80, shortest=2, required=True)


class WithdrawalSchema(Schema):
    """The decision that took the certificate back; `withdrawn_on` None: today."""

    decision = Text(longest=80, shortest=2, required=True)
    reason = Text(longest=500, shortest=5, required=True)
    withdrawn_on = Day(allow_none=True, load_default=None)


class EvidenceSchema(Schema):
    """A paper for the dossier of a product."""

    kind = Choice(("contract", "test", "declaration", "story", "other"), required=True)
    title = Text(longest=120, load_default="")
