"""What traceability can refuse. An address that breaks the grammar is digital_link.BadLink, a
label without room for its symbol is sheets.LabelTooSmall.
"""

from datetime import date

from flask_babel import gettext as _

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
