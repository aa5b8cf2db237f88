"""Input of the livestream room: forms, and the batches that a bridge sends."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields as plain
from marshmallow import post_load, validate, validates_schema

from shop.fields import Choice, Phone, Quantity, Schema, Shown, Text, ValidationError, Vnd
from shop.livestream.understanding import own
from shop.orders.models import OWN_HANDINGS, OWN_WAYS
from shop.sellers.schemas import Email

# Where comments come from: value → label for people.
PLATFORMS = {
    "facebook": "Facebook",
    "tiktok": "TikTok",
    "zalo": "Zalo",
    "youtube": "YouTube",
    "other": _l("Khác"),
}
# What a seller's own word may mean.
WORD_KINDS = {"order": _l("Chốt đơn"), "cancel": _l("Hủy")}
_WORD_TROUBLES = {
    "long": _l("Nhiều nhất bốn tiếng."),
    "letters": _l("Chỉ dùng chữ, không dùng số hay dấu."),
    "letter": _l("Một chữ cái thì dễ nhầm, xin ghi cả tiếng."),
    "plain": _l("Tiếng này ai cũng dùng khi nói chuyện nên không thể là chốt hay hủy."),
    "counts": _l("Đây là số hoặc đơn vị, máy cần nó để đọc số lượng."),
    "money": _l("Đây là tiếng chỉ tiền hoặc giao hàng."),
    "said": _l("Tiếng này nói chuyện đã qua, chuyện sau này hoặc chuyện người khác."),
    "asks": _l("Đây là tiếng để hỏi: câu hỏi không bao giờ thành đơn."),
    "other_side": _l("Máy đã hiểu tiếng này theo nghĩa khác."),
}
LONGEST_COMMENT, LARGEST_BATCH = 2000, 500
_LONGEST_ID = 200

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


class PlatformId(Said):
    """What a platform tells one thing from another by. A longer one than we keep stands as its
    digest: cut, two comments would be one and the second order lost."""

    def __init__(self) -> None:
        super().__init__(
            10_000, required=True, validate=validate.Length(1, error=_REQUIRED["required"])
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        said = super()._deserialize(value, attr, data, **kwargs)
        if len(said) <= _LONGEST_ID:
            return said
        return f"sha256:{hashlib.sha256(said.encode()).hexdigest()}"


class PinnedSchema(Schema):
    """A code, what is called by it, and the variant sold under it (reference, may be empty).

    Without label and unit those of the goods hold. `price_vnd`: the session's price of one unit,
    `cap` and `per_buyer`: at most so many in the session and to one buyer, in the unit of the
    goods; null or blank: no such, left out: as it was.
    """

    code = Code(longest=12, required=True)
    label = Shown(name=True, longest=160, load_default="")
    unit = Text(longest=20, load_default="")
    variant = Text(longest=40, load_default="")
    price_vnd = Vnd(allow_none=True)
    cap = Quantity(least="0.001", most="1000000", allow_none=True)
    per_buyer = Quantity(least="0.001", most="1000000", allow_none=True)


class PinSchema(PinnedSchema):
    """The same as a form sends it: other names and sizes with commas between."""

    aliases = Words(longest=400, load_default=list)
    variants = Words(longest=200, load_default=list)


class FocusSchema(Schema):
    """The code on the host's table; empty: none."""

    code = Code(longest=12, load_default="")


class TrySchema(Schema):
    """A comment to try the reader on."""

    text = Text(longest=1000, shortest=1, required=True)


class WordSchema(Schema):
    """A seller's own word or phrase, and what it means; in small letters, blanks made one."""

    seller = Text(longest=40, required=True)
    kind = Choice(list(WORD_KINDS), required=True)
    phrase = Text(longest=40, shortest=2, required=True)

    @validates_schema(skip_on_field_errors=True)
    def _must_be_safe(self, data: dict[str, Any], **_more: Any) -> None:
        why = own.trouble(data["kind"], data["phrase"])
        if why is not None:
            raise ValidationError(str(_WORD_TROUBLES[why]), "phrase")

    @post_load
    def _plain(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        return {**data, "phrase": " ".join(data["phrase"].lower().split())}


class ReadingQuery(Schema):
    """A comment to read, and the code on the table: that of now when left out, null for none."""

    text = Text(longest=LONGEST_COMMENT, shortest=1, required=True)
    focus = Code(longest=12, allow_none=True)


class ReadItemOut(Schema):
    """One line that was read; a quantity of null in a withdrawn line means all of it."""

    code = plain.String(allow_none=True, required=True)
    quantity = plain.String(allow_none=True, required=True)
    unit = plain.String(allow_none=True, required=True)
    variant = plain.String(allow_none=True, required=True)
    op = plain.String(
        allow_none=True, required=True, validate=validate.OneOf(["add", "set", "remove"])
    )


class ReadSpanOut(Schema):
    """A place in the NFC form of the comment (from `start` up to `end`), and what was seen."""

    start = plain.Integer(required=True)
    end = plain.Integer(required=True)
    what = plain.String(required=True)


class ReadingOut(Schema):
    """What the reader makes of a comment; confidence in percent."""

    kind = plain.String(
        required=True, validate=validate.OneOf(["order", "question", "cancel", "phone", "noise"])
    )
    items = plain.List(plain.Nested(ReadItemOut), required=True)
    phone = plain.String(allow_none=True, required=True)
    confidence = plain.Integer(required=True)
    spans = plain.List(plain.Nested(ReadSpanOut), required=True)
    version = plain.String(required=True)


class ConfirmSchema(Schema):
    """Who buys and where it goes, how it is handed over and paid where there is a choice.

    `seen`: what the page showed, to notice a change since.

    `agreed`: the mark of what was shown with fees and terms, empty before that.
    """

    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)
    address = Text(longest=300, shortest=5, required=True)
    commune_code = Text(longest=10, load_default="")
    email = Email(longest=200, load_default=None, allow_none=True)
    handing = Choice([*OWN_HANDINGS, ""], load_default="")
    pay_by = Choice([*OWN_WAYS, ""], load_default="")
    seen = Text(longest=4000, load_default="")
    agreed = Text(longest=40, load_default="")


class ChangeSchema(Schema):
    """A new quantity of one claim; 0 gives it back."""

    claim = Text(longest=40, required=True)
    quantity = Quantity(least="0", most="10000", required=True)


class AgainSchema(Schema):
    """A claim that lapsed, wanted after all."""

    claim = Text(longest=40, required=True)


class RowSchema(Schema):
    """A thing to do, by the reference of its comment or the token of its buyer."""

    row = Text(longest=80, required=True)


class LineSchema(Schema):
    """What a person read: so much in all of a code; other goods than those pinned, by reference."""

    code = Code(longest=12, required=True)
    goods = Text(longest=40, load_default="")
    quantity = Quantity(least="0.001", most="10000", required=True)


class DeskChangeSchema(ChangeSchema):
    """The same at the desk: whose claim, and the comment that asks for it, if one does."""

    buyer = Text(longest=80, required=True)
    row = Text(longest=80, load_default="")


class UndoSchema(Schema):
    """An act by its reference."""

    act = Text(longest=40, required=True)


def _aware(instant: datetime) -> None:
    if instant.utcoffset() is None or not 2000 <= instant.year <= 2200:
        raise ValidationError(str(_BAD_INSTANT))


class CommentIn(Schema):
    """One comment as the platform gave it. `posted_at` is the platform's time, with its zone."""

    id = PlatformId()
    author_id = PlatformId()
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


class AcceptedSchema(Schema):
    """How many comments were new, how many were known already."""

    accepted = plain.Integer(required=True)
    repeated = plain.Integer(required=True)
