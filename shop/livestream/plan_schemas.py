"""Input of planning: sessions, hosts, festivals, papers, what operators say."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields as plain
from marshmallow import validates_schema

from shop import clock
from shop.fields import Choice, Day, InWords, Schema, Shown, Text, ValidationError, Whole
from shop.livestream.models import Unpaid
from shop.livestream.schemas import PLATFORMS, Code
from shop.sellers import papers

UNPAID = {
    Unpaid.RELEASE: _l("Nhả hàng ra"),
    Unpaid.COD: _l("Chuyển thành trả tiền khi nhận (COD)"),
}
_REQUIRED = {"required": _l("Ô này cần điền."), "null": _l("Ô này cần điền.")}
_WEB = re.compile(r"https?://[^\s/]+\.[^\s]+")


class Moment(InWords, plain.Field[datetime]):
    """An instant: ISO 8601; without a zone it is Vietnamese time, as a form's box sends it."""

    default_error_messages = {
        **_REQUIRED,
        "invalid": _l("Ghi ngày và giờ, ví dụ 24/11/2026 20:00."),
    }
    _forms = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S")

    def __init__(self, **more: Any) -> None:
        facts = {"type": "string", "description": "ISO 8601; without zone: Vietnamese time"}
        super().__init__(metadata=facts, **more)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        typed = str(value).strip()
        try:
            said = self._read(typed)
        except ValueError:
            raise self.make_error("invalid") from None
        if not 2000 <= said.year <= 2200:
            raise self.make_error("invalid")
        return said if said.tzinfo else said.replace(tzinfo=clock.VIETNAM)

    def _read(self, typed: str) -> datetime:
        for form in self._forms:
            try:
                return datetime.strptime(typed, form)
            except ValueError:
                continue
        return datetime.fromisoformat(typed)


class WebAddress(Text):
    """An address of the web, or nothing."""

    default_error_messages = {"web": _l("Ghi địa chỉ bắt đầu bằng https://.")}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        if typed and not _WEB.fullmatch(typed):
            raise self.make_error("web")
        return typed


class PlanSchema(Schema):
    """How a session is planned; what is left out stays. References may be empty: none.

    `hold_minutes`: how long a claim holds its goods, null as the installation says. `claim_from`,
    `ask_from`: percent from which a reading becomes a claim at once, or is asked of a person.
    """

    title = Shown(longest=160, shortest=2)
    platform = Choice(list(PLATFORMS))
    starts_at = Moment(allow_none=True)
    host = Text(longest=40)
    festival = Text(longest=40)
    voucher_code = Text(longest=40)
    hold_minutes = Whole(1, 1440, allow_none=True)
    unpaid = Choice([str(rule) for rule in Unpaid])
    claim_from = Whole(0, 100)
    ask_from = Whole(0, 100)


class BroadcastSchema(PlanSchema):
    """A new session of the seller named by reference."""

    seller = Text(longest=40, required=True)
    title = Shown(longest=160, shortest=2, required=True)
    platform = Choice(list(PLATFORMS), required=True)


class UnpinSchema(Schema):
    """The code that means nothing any more."""

    code = Code(longest=12, required=True)


class ReplaySchema(Schema):
    """Where the recording is; empty: nowhere."""

    replay_url = WebAddress(longest=500, load_default="")


class PaperSchema(Schema):
    """A paper of what is sold; `product`: reference of the product it is for, else the session."""

    kind = Choice(list(papers.KINDS), required=True)
    product = Text(longest=40, load_default="")
    valid_until = Day(allow_none=True, load_default=None)


class SeenSchema(Schema):
    """The notice that the host has read."""

    notice = Text(longest=40, required=True)


class WordsSchema(Schema):
    """What an operator says to a session."""

    words = Text(longest=500, shortest=5, required=True)


class PersonalNumber(Text):
    """A personal identification number: twelve digits, blanks left out.

    The fifth and sixth are the year of birth, the fourth sex and century (Decree 137/2015/NĐ-CP,
    Art. 13; Circular 59/2021/TT-BCA, Art. 4).
    """

    default_error_messages = {"digits": _l("Số định danh cá nhân có 12 chữ số.")}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = re.sub(r"[\s.]", "", super()._deserialize(value, attr, data, **kwargs))
        if not re.fullmatch(r"[0-9]{12}", typed):
            raise self.make_error("digits")
        return typed


class Consent(InWords, plain.String):
    """A box that somebody ticked; anything else is none."""

    default_error_messages = dict.fromkeys(
        ("required", "null", "invalid"), _l("Người dẫn phải đồng ý thì mới đối chiếu được.")
    )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if value != "1":
            raise self.make_error("required")
        return "1"


class HostSchema(Schema):
    """Who will speak in sessions, and that they agree to be identified. Nothing is pre-ticked."""

    seller = Text(longest=40, required=True)
    name = Text(longest=120, shortest=2, required=True)
    born_on = Day(required=True)
    personal_number = PersonalNumber(longest=20, required=True)
    agrees = Consent(required=True)

    @validates_schema
    def _agree_on_the_year(self, data: dict[str, Any], **_more: Any) -> None:
        born_on, number = data["born_on"], data["personal_number"]
        if born_on >= clock.today():
            raise ValidationError(str(_l("Ngày sinh phải ở quá khứ.")), "born_on")
        century = 19 + int(number[3]) // 2
        if century * 100 + int(number[4:6]) != born_on.year:
            said = _l("Số định danh không khớp với năm sinh. Xin xem lại cả hai.")
            raise ValidationError(str(said), "personal_number")


class VerdictSchema(Schema):
    """What a reviewer answers about a host."""

    outcome = Choice(["checked", "refused"], required=True)
    reason = Text(longest=500, load_default="")


class ComplaintSchema(Schema):
    """What a viewer says against a session. `website` is a trap for machines."""

    text = Text(longest=2000, shortest=5, required=True)
    contact = Text(longest=200, load_default="")
    website = Text(longest=0, load_default="")


class FestivalSchema(Schema):
    """An event of some days; `area_code`: the province where it is, may be empty."""

    name = Shown(longest=160, shortest=3, required=True)
    area_code = Text(longest=10, load_default="")
    starts_on = Day(required=True)
    ends_on = Day(required=True)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_more: Any) -> None:
        if data["ends_on"] < data["starts_on"]:
            raise ValidationError(str(_l("Ngày kết thúc phải từ ngày bắt đầu trở đi.")), "ends_on")
