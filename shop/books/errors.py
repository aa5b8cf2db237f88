"""What the books can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class UndoneAlready(DomainError):
    """The voucher was undone before."""

    status = 409

    def __init__(self, number: str) -> None:
        super().__init__(_("Phiếu %(number)s đã hủy.", number=number), number=number)


class NotThisLine(DomainError):
    """A voucher and a line of the bank do not say the same movement."""

    status = 409

    def __init__(self, number: str) -> None:
        message = _("Phiếu %(number)s khác dòng tiền này về tiền hoặc ngày.", number=number)
        super().__init__(message, number=number)


class IsALine(DomainError):
    """The voucher says what a line of the bank is; that line is undone first."""

    status = 409

    def __init__(self, number: str) -> None:
        message = _("Phiếu %(number)s đã gắn với một dòng ngân hàng.", number=number)
        super().__init__(message, number=number)
