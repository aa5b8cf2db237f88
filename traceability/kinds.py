"""What can happen to a lot: one table of kinds, read by forms, pages, rules and EPCIS alike.

`step` is a business step of the Core Business Vocabulary 2.0; farm work that it has no word for is
a word of our own vocabulary (with a capital letter), which an EPCIS export writes as a URI.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.errors import BadInput


class Shape(StrEnum):
    """Which EPCIS event it is: about lots, from lots to lots, or lots into a carton or pallet."""

    OBJECT = "object"
    TRANSFORMATION = "transformation"
    AGGREGATION = "aggregation"


@dataclass(frozen=True)
class Fact:
    """Something to say about an event. `type`: text, whole, decimal, day, or choice of `choices`.

    `unit` stands behind the box. A `trade` fact is between the parties (a supplier, a vehicle): the
    record holds only a commitment to it, and no public page shows it.
    """

    name: str
    label: LazyString
    type: str = "text"
    required: bool = False
    unit: str = ""
    choices: tuple[tuple[str, LazyString], ...] = ()
    trade: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of event. `made`: it brings goods into being, so its quantity is the lot's."""

    code: str
    label: LazyString
    step: str
    facts: tuple[Fact, ...] = ()
    shape: Shape = Shape.OBJECT
    disposition: str | None = None
    action: str = "OBSERVE"
    made: bool = False


_WHAT = Fact("input", _l("Tên phân, thuốc, thức ăn"), required=True)
_DOSE = Fact("dose", _l("Liều lượng"), required=True)
_SUPPLIER = Fact("supplier", _l("Mua của ai"), trade=True)
_WITHDRAWAL = Fact("withdrawal_days", _l("Thời gian cách ly"), "whole", required=True, unit="ngày")
_RESULT = Fact(
    "result",
    _l("Kết quả"),
    "choice",
    required=True,
    choices=(("pass", _l("Đạt")), ("fail", _l("Không đạt"))),
)

# What a lot is, whole, as it stands from then on; a word that is missing is one that nobody gave.
_LOT = (
    Fact("produced_on", _l("Ngày sản xuất"), "day"),
    Fact("expires_on", _l("Hạn sử dụng"), "day"),
    Fact("amount", _l("Số lượng khi mở lô")),
    Fact("household", _l("Mã hộ thành viên")),
)
_WHY = Fact("reason", _l("Vì sao"), required=True)
_AGGREGATION = Shape.AGGREGATION

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("open", _l("Mở lô"), "creating_class_instance", _LOT, action="ADD"),
        Kind("change", _l("Sửa dữ kiện của lô"), "Updating", _LOT),
        Kind(
            "planting",
            _l("Gieo trồng, thả giống"),
            "Planting",
            (Fact("variety", _l("Giống"), required=True), Fact("supplier", _l("Nguồn giống"))),
        ),
        Kind("care", _l("Chăm sóc"), "Tending", (Fact("work", _l("Việc đã làm"), required=True),)),
        Kind("fertilising", _l("Bón phân"), "Fertilising", (_WHAT, _DOSE, _SUPPLIER)),
        Kind(
            "spraying",
            _l("Phun thuốc"),
            "Spraying",
            (_WHAT, _DOSE, Fact("pest", _l("Trừ sâu bệnh gì")), _WITHDRAWAL, _SUPPLIER),
        ),
        Kind(
            "treating",
            _l("Cho ăn, thuốc thú y"),
            "Treating",
            (_WHAT, _DOSE, _WITHDRAWAL, _SUPPLIER),
        ),
        Kind(
            "harvest", _l("Thu hoạch"), "Harvesting", disposition="active", action="ADD", made=True
        ),
        Kind(
            "processing",
            _l("Chế biến"),
            "commissioning",
            (Fact("method", _l("Cách làm"), required=True),),
            Shape.TRANSFORMATION,
            "active",
        ),
        Kind(
            "packing",
            _l("Đóng gói"),
            "packing",
            (Fact("pack", _l("Quy cách"), required=True),),
            disposition="sellable_not_accessible",
        ),
        Kind(
            "storing",
            _l("Nhập kho, bảo quản"),
            "storing",
            (
                Fact("condition", _l("Cách bảo quản")),
                Fact("celsius", _l("Nhiệt độ"), "decimal", unit="°C"),
            ),
            disposition="sellable_not_accessible",
        ),
        Kind(
            "shipping",
            _l("Xuất hàng"),
            "shipping",
            (
                Fact("to", _l("Giao cho ai"), required=True, trade=True),
                Fact("paper", _l("Số phiếu"), trade=True),
                Fact("carrier", _l("Xe, đơn vị vận chuyển"), trade=True),
            ),
            disposition="in_transit",
        ),
        Kind(
            "receiving",
            _l("Nhận hàng"),
            "receiving",
            (
                Fact("from", _l("Nhận của ai"), required=True, trade=True),
                Fact("paper", _l("Số phiếu"), trade=True),
            ),
            disposition="in_progress",
        ),
        Kind(
            "test",
            _l("Kiểm nghiệm"),
            "inspecting",
            (
                Fact("lab", _l("Nơi kiểm nghiệm"), required=True),
                Fact("number", _l("Số phiếu")),
                Fact("items", _l("Chỉ tiêu")),
                _RESULT,
            ),
        ),
        Kind(
            "destroying",
            _l("Tiêu hủy"),
            "destroying",
            (_WHY,),
            disposition="destroyed",
            action="DELETE",
        ),
        Kind("loading", _l("Xếp thùng, kiện"), "packing", (), _AGGREGATION, None, "ADD"),
        Kind("unloading", _l("Dỡ thùng"), "unpacking", (), _AGGREGATION, None, "DELETE"),
        Kind("publish", _l("Công khai nhật ký"), "Publishing"),
        Kind("unpublish", _l("Thôi công khai nhật ký"), "Unpublishing"),
        Kind("stamping", _l("Dán tem"), "encoding", disposition="active"),
        Kind("unstamping", _l("Bỏ tem"), "Unstamping", disposition="inactive"),
        Kind("recall", _l("Thu hồi"), "holding", (_WHY,), disposition="recalled"),
        Kind("release", _l("Hết thu hồi"), "Releasing", (_WHY,), disposition="active"),
        Kind("correction", _l("Đính chính"), "other"),
        Kind("erasure", _l("Xóa lời ghi kèm"), "Erasing", (_WHY,)),
        Kind("reported", _l("Việc bên khác báo"), "other", (Fact("step", _l("Việc"), trade=True),)),
    )
}

# What people record with the form; the others follow from what they do elsewhere.
BY_HAND = (
    *("planting", "care", "fertilising", "spraying", "treating", "harvest", "packing", "storing"),
    *("shipping", "receiving", "test", "destroying"),
)

LONGEST_FACT = 300
_MOST_DAYS = 3650


def trade(code: str) -> frozenset[str]:
    """The names of the facts of a kind that are between the parties of a trade."""
    return frozenset(fact.name for fact in KINDS[code].facts if fact.trade)


def check(code: str, said: Mapping[str, str]) -> dict[str, str]:
    """The facts of an event of kind `code` as they go into the record; those not given left out.

    Raises BadInput naming every one that is missing or wrong, under the fact's own name.
    """
    kept: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    for fact in KINDS[code].facts:
        written = said.get(fact.name, "").strip()
        try:
            value = _read(fact, written) if written else ""
        except ValueError as error:
            errors[fact.name] = [f"{fact.label}: {error}"]
            continue
        if value:
            kept[fact.name] = value
        elif fact.required:
            errors[fact.name] = [_("Thiếu “%(label)s”.", label=fact.label)]
    if errors:
        raise BadInput(errors)
    return kept


def _read(fact: Fact, written: str) -> str:
    if len(written) > LONGEST_FACT:
        raise ValueError(_("dài quá %(most)s chữ.", most=LONGEST_FACT))
    if fact.type == "choice" and written not in dict(fact.choices):
        raise ValueError(_("chọn một mục trong danh sách."))
    if fact.type == "whole":
        return _whole(written)
    if fact.type == "decimal":
        return _decimal(written)
    return _day(written) if fact.type == "day" else written


def _whole(written: str) -> str:
    if not (written.isascii() and written.isdigit() and int(written) <= _MOST_DAYS):
        raise ValueError(_("ghi một số nguyên từ 0 đến %(most)s.", most=_MOST_DAYS))
    return str(int(written))


def _decimal(written: str) -> str:
    try:
        number = Decimal(written.replace(",", ".").replace("−", "-"))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 10_000:
        raise ValueError(_("ghi một số, ví dụ 4 hoặc 4,5."))
    return f"{number:f}"


def _day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise ValueError(_("ghi ngày, tháng, năm.")) from None
