"""What invoices can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class NotThatWay(DomainError):
    """An invoice in this state cannot become that."""

    status = 409

    def __init__(self, state: str, to: str) -> None:
        said = _("Hóa đơn đang ở bước khác, không làm được việc này.")
        super().__init__(said, state=state, to=to)


class IssuedAlready(DomainError):
    """The invoice is issued: its buyer can only be changed by adjusting or replacing it."""

    status = 409

    def __init__(self) -> None:
        said = _("Hóa đơn đã phát hành. Sai thông tin thì lập hóa đơn thay thế hoặc điều chỉnh.")
        super().__init__(said)


class BadReport(DomainError):
    """What a provider reported cannot be understood or is not for this seller."""

    status = 422


class HookFailed(DomainError):
    """The provider's address did not take an invoice; it is tried again."""

    status = 502


class NumberTaken(DomainError):
    """Another invoice of the seller bears this number under the same sign."""

    status = 409

    def __init__(self, number: str) -> None:
        message = _("Số %(number)s của ký hiệu này đã ghi cho đơn khác.", number=number)
        super().__init__(message, number=number)
