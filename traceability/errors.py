"""What traceability can refuse. An address that breaks the grammar is digital_link.BadLink, a
label without room for its symbol is sheets.LabelTooSmall.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from shop import quantities
from shop.errors import DomainError


class LotOfAnotherProduct(DomainError):
    """The seller uses this lot code for another product already. `facts["code"]`."""

    status = 409

    def __init__(self, code: str, product: str) -> None:
        message = _("Mã lô %(code)s đã dùng cho “%(product)s”.", code=code, product=product)
        super().__init__(message, code=code)


class LotMadeOnAnotherDay(DomainError):
    """The lot was opened with another day of production. `facts`: `code`, `produced_on` (ISO)."""

    status = 409

    def __init__(self, code: str, produced_on: date) -> None:
        day = produced_on.strftime("%d/%m/%Y")
        message = _("Lô %(code)s đã ghi ngày sản xuất %(day)s.", code=code, day=day)
        super().__init__(message, code=code, produced_on=produced_on.isoformat())


class NotPrinted(DomainError):
    """The stamps of a batch cannot be activated before their file is ready."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Tem chưa in xong nên chưa kích hoạt được. Xin đợi ít phút."))


class NotOfThisBatch(DomainError):
    """No stamp of the batch has this code or number. `facts["code"]`."""

    status = 422

    def __init__(self, code: str) -> None:
        message = _("Đợt tem này không có tem “%(code)s”. Xin quét lại hoặc gõ lại.", code=code)
        super().__init__(message, code=code)


class CannotPrint(DomainError):
    """What was asked for does not go together; the message says what."""

    status = 422


class InTheFuture(DomainError):
    """An event cannot be recorded before it has happened."""

    status = 422

    def __init__(self) -> None:
        super().__init__(_("Việc này chưa xảy ra: ghi ngày giờ đã qua."))


class AlreadyCorrected(DomainError):
    """An event is declared wrong once, and a correction is not corrected."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Việc này đã được đính chính."))


class AlreadyRecalled(DomainError):
    """The lot is called back already. `facts["code"]`."""

    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(_("Lô %(code)s đang bị thu hồi rồi.", code=code), code=code)


class NotRecalled(DomainError):
    """No open recall began with this lot. `facts["code"]`."""

    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(
            _("Không có lệnh thu hồi nào bắt đầu từ lô %(code)s.", code=code), code=code
        )


class LotOpened(DomainError):
    """The seller has opened a lot of this code already. `facts["code"]`."""

    status = 409

    def __init__(self, code: str) -> None:
        message = _("Lô %(code)s đã mở rồi. Mở lô ấy ra để sửa hoặc ghi việc.", code=code)
        super().__init__(message, code=code)


class NameTaken(DomainError):
    """The seller has a place or a household of this name already. `facts["name"]`."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("“%(name)s” đã có trong danh sách.", name=name), name=name)


class NotPublishable(DomainError):
    """What the rules of traceability ask for is missing.

    `facts`: `missing`, each as text; `errors`, the same by what it is about (publishing.Lack).
    """

    status = 409

    def __init__(self, missing: Sequence[tuple[str, str]]) -> None:
        texts = [text for _about, text in missing]
        errors: dict[str, list[str]] = {}
        for about, text in missing:
            errors.setdefault(about, []).append(text)
        message = _("Chưa công bố được: %(missing)s", missing=" ".join(texts))
        super().__init__(message, missing=texts, errors=errors)


class NotPublished(DomainError):
    """Stamps of a lot go on goods only when its record is public. `facts["code"]`."""

    status = 409

    def __init__(self, code: str) -> None:
        message = _(
            "Lô %(code)s chưa công bố nên tem chưa kích hoạt được. Mở lô ấy ra, bổ sung những gì "
            "còn thiếu rồi công bố.",
            code=code,
        )
        super().__init__(message, code=code)


class NotSoMuch(DomainError):
    """More was to be taken from a lot than it has. `facts`: `code`, `left`, `unit`."""

    status = 409

    def __init__(self, code: str, left: Decimal, unit: str) -> None:
        said = quantities.show_with_unit(left, unit)
        message = _("Lô %(code)s chỉ còn %(left)s.", code=code, left=said)
        super().__init__(message, code=code, left=str(left), unit=unit)


class NoQuantity(DomainError):
    """Nobody has said how much of the lot there is, so nothing can be taken. `facts["code"]`."""

    status = 409

    def __init__(self, code: str) -> None:
        message = _(
            "Lô %(code)s chưa ghi có bao nhiêu: ghi thu hoạch, hoặc sửa lô để ghi số lượng.",
            code=code,
        )
        super().__init__(message, code=code)


class UnlikeUnits(DomainError):
    """A lot is counted in another unit, which ours cannot be turned into. `facts["unit"]`."""

    status = 409

    def __init__(self, code: str, unit: str) -> None:
        message = _("Lô %(code)s tính bằng %(unit)s: ghi theo đơn vị ấy.", code=code, unit=unit)
        super().__init__(message, code=code, unit=unit)


class LotRecalled(DomainError):
    """A lot that is called back goes into nothing. `facts["code"]`."""

    status = 409

    def __init__(self, code: str) -> None:
        message = _("Lô %(code)s đang bị thu hồi: không đưa vào đâu được nữa.", code=code)
        super().__init__(message, code=code)


class NotForThisLine(DomainError):
    """A line takes its goods from published lots of its own product. `facts["code"]`."""

    status = 409

    def __init__(self, code: str, goods: str) -> None:
        message = _("Lô %(code)s không phải lô đã công bố của “%(goods)s”.", code=code, goods=goods)
        super().__init__(message, code=code)


class NotPackedNow(DomainError):
    """Lots are named for an order that is to be packed or was; not for one that fell through."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Đơn này chưa gói hoặc đã hủy, đã trả: không ghi lô hàng được."))


class GoesInCircles(DomainError):
    """A lot would be made of itself, or lie in itself. `facts["code"]`."""

    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(_("%(code)s không thể nằm trong chính nó.", code=code), code=code)


class ContainerInUse(DomainError):
    """A container cannot do this now; the message says why."""

    status = 409


class Exchange(DomainError):
    """A refusal of the EPCIS interface. `exception`: its type there (EPCIS 2.0 §12.7)."""

    def __init__(self, exception: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.exception, self.status = exception, status


class CannotCapture(Exchange):
    """An event that cannot be kept. `place`: where it stands in the document ("eventList[3]")."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__("ValidationException", message)
        self.place = place
