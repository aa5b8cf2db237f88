"""Input of the community room."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import validates

from shop import clock, places
from shop.accounts.models import Way
from shop.fields import Choice, Day, Phone, Schema, Shown, Text, ValidationError, Whole
from shop.sellers.models import SellerKind

WAY_NAMES = {
    Way.PAPER: _l("Giấy đã ký, chụp lại"),
    Way.PHONE: _l("Nói qua điện thoại (nhiều nhất 30 ngày)"),
    Way.CODE: _l("Mã gửi tới hộp thư hoặc điện thoại của người bán"),
    Way.ACCOUNT: _l("Tự đồng ý trong tài khoản của họ"),
}
# What a helper may note of somebody without an account, and may ask of somebody who has one.
NOTED = (Way.PAPER, Way.PHONE)
ASKED = (Way.ACCOUNT, Way.CODE)


class TeamSchema(Schema):
    """A team of one commune."""

    name = Text(longest=120, shortest=2, required=True)
    area_code = Text(longest=5, required=True)
    partner = Text(longest=120, load_default="")

    @validates("area_code")
    def _a_commune(self, code: str, **_more: Any) -> None:
        if places.commune(code) is None:
            raise ValidationError(_("Chọn một xã, phường trong danh sách."))


class TeamChangeSchema(Schema):
    """Another name or partner."""

    name = Text(longest=120, shortest=2, required=True)
    partner = Text(longest=120, load_default="")


class TeamMemberSchema(Schema):
    """A new helper: by phone, so that nobody needs an e-mail."""

    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)


class ConsentSchema(Schema):
    """The yes of a seller without an account."""

    consenter = Shown(longest=120, shortest=2, required=True)
    way = Choice([str(way) for way in NOTED], required=True)
    until = Day(required=True)
    note = Text(longest=200, load_default="")


class NewcomerSchema(ConsentSchema):
    """A seller as the helper meets it, with the yes of who represents it."""

    name = Shown(name=True, longest=160, shortest=2, required=True)
    kind = Choice([str(kind) for kind in SellerKind], required=True)
    phone = Phone(load_default=None, allow_none=True)
    commune_code = Text(longest=5, required=True)
    street = Text(longest=200, load_default=None, allow_none=True)


class AskSchema(Schema):
    """What a helper asks of a seller with an account."""

    way = Choice([str(way) for way in ASKED], required=True)
    until = Day(required=True)


class CodeSchema(Schema):
    """The code that the seller read out."""

    code = Text(longest=12, required=True)


class UntilSchema(Schema):
    """The last day on which a consent holds."""

    until = Day(required=True)


class AccountSchema(Schema):
    """Whose account it is to be."""

    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(required=True)


class TrainingSchema(Schema):
    """A training that was held."""

    team = Text(longest=40, required=True)
    held_on = Day(required=True)
    place = Text(longest=160, shortest=2, required=True)
    heads = Whole(1, 10_000, required=True)
    topics = Text(longest=500, shortest=3, required=True)

    @validates("held_on")
    def _was_held(self, day: date, **_more: Any) -> None:
        if day > clock.today():
            raise ValidationError(_("Ngày này còn ở tương lai. Ghi sau khi đã tập huấn."))
