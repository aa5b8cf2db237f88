"""Input of the livestream room: forms, and the batches that a bridge sends."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields as plain
from marshmallow import validate

from shop.fields import Choice, Phone, Quantity, Schema, Shown, Text, ValidationError
from shop.sellers.schemas import Email

# Where comments come from: value → label for people.
PLATFORMS = {"facebook": "Facebook", "tiktok": "TikTok", "youtube": "YouTube", "other": _l("Khác")}
LONGEST_COMMENT, LARGEST_BATCH = 2000, 500

_CODE = re.compile(r"[A-Z0-9]{1,8}")
_REQUIRED = {"required": _l("Ô này cần điền."), "null": _l("Ô này cần điền.")}
_BAD_INSTANT = _l("Ghi thời điểm ISO 8601 có múi giờ, ví dụ 2026-11-24T20:00:00+07:00.")
_BAD_LIST = _l("Ô này phải là một danh sách.")


class Code(Text):
    """A pinned code as people type it ("a1", " 05 "): capitals and digits, no blanks."""

    default_error_messages = {"code": _l("Mã gồm 1 đến 8 chữ cái không dấu hoặc chữ số.")}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        code = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed)).upper()
        if (code or self.required) and not _CODE.fullmatch(code):
            raise self.make_error("code")
        return code


class Words(Text):
    """A list typed with commas: "miến, miến dong"."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        words = (" ".join(word.split()) for word in typed.split(","))
        return list(dict.fromkeys(word for word in words if word))


class Said(plain.String):
    """What a platform passes on, whatever it is. What the database cannot keep is left out and
    the rest cut to `longest`: one odd comment must not hold up five hundred others."""

    default_error_messages = {**_REQUIRED, "invalid": _l("Ô này phải là chữ.")}

    def __init__(self, longest: int, **more: Any) -> None:
        super().__init__(**more)
        self.longest = longest

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        said = super()._deserialize(value, attr, data, **kwargs).replace("\x00", "")
        said = said.encode("utf-8", "ignore").decode("utf-8")
        return unicodedata.normalize("NFC", said)[: self.longest]


class BroadcastSchema(Schema):
    """A session of the seller named by reference."""

    seller = Text(longest=40, required=True)
    title = Shown(longest=160, shortest=2, required=True)
    platform = Choice(list(PLATFORMS), required=True)


class PinSchema(Schema):
    """A code, what is called by it, and the variant sold under it (reference, may be empty)."""

    code = Code(longest=12, required=True)
    label = Shown(name=True, longest=160, shortest=1, required=True)
    unit = Text(longest=20, shortest=1, required=True)
    aliases = Words(longest=400, load_default=list)
    variants = Words(longest=200, load_default=list)
    variant = Text(longest=40, load_default="")


class FocusSchema(Schema):
    """The code on the host's table; empty: none."""

    code = Code(longest=12, load_default="")


class TrySchema(Schema):
    """A comment to try the reader on."""

    text = Text(longest=1000, shortest=1, required=True)


class ConfirmSchema(Schema):
    """Who buys and where it goes. `seen`: what the page showed, to notice a change since.

    `agreed`: the mark of what was shown with fees and terms, empty before that.
    """

    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)
    address = Text(longest=300, shortest=5, required=True)
    commune_code = Text(longest=10, load_default="")
    email = Email(longest=200, load_default=None, allow_none=True)
    seen = Text(longest=4000, load_default="")
    agreed = Text(longest=40, load_default="")


class ChangeSchema(Schema):
    """A new quantity of one claim; 0 gives it back."""

    claim = Text(longest=40, required=True)
    quantity = Quantity(least="0", most="10000", required=True)


def _aware(instant: datetime) -> None:
    if instant.utcoffset() is None or not 2000 <= instant.year <= 2200:
        raise ValidationError(str(_BAD_INSTANT))


class CommentIn(Schema):
    """One comment as the platform gave it. `posted_at` is the platform's time, with its zone."""

    id = Said(200, required=True, validate=validate.Length(1, error=_REQUIRED["required"]))
    author_id = Said(200, required=True, validate=validate.Length(1, error=_REQUIRED["required"]))
    author_name = Said(120, required=True)
    text = Said(LONGEST_COMMENT, required=True)
    posted_at = plain.DateTime(
        format="iso",
        required=True,
        validate=_aware,
        error_messages={**_REQUIRED, "invalid": _BAD_INSTANT, "invalid_awareness": _BAD_INSTANT},
    )


class BatchSchema(Schema):
    """Comments of one session, at most 500, in any order, sent again as often as needed."""

    comments = plain.List(
        plain.Nested(CommentIn, error_messages={**_REQUIRED, "type": _BAD_LIST}),
        required=True,
        validate=validate.Length(
            max=LARGEST_BATCH, error=_l("Nhiều nhất %(max)s bình luận một lần.", max=LARGEST_BATCH)
        ),
        error_messages={**_REQUIRED, "invalid": _BAD_LIST},
    )


class ListenerSchema(Schema):
    """What to listen to, and the token or key that opens it."""

    platform = Choice(["facebook", "youtube"], required=True)
    external_id = Text(longest=200, shortest=3, required=True)
    token = Text(longest=2000, shortest=8, required=True)


class DumpSchema(Schema):
    """What was pasted, what its times of day mean, and (agreed to) the rows of the preview."""

    words = Text(longest=400_000, load_default="")
    clocks = Choice(["guess", "clock", "offset"], load_default="guess")
    rows = plain.String(load_default="")


class ManualSchema(Schema):
    """Who wants it; the quantities stand beside, one field a code."""

    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(load_default=None, allow_none=True)


class AcceptedSchema(Schema):
    """How many comments were new, how many were known already."""

    accepted = plain.Integer(required=True)
    repeated = plain.Integer(required=True)
