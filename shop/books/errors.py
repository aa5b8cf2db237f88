"""What the books can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class UndoneAlready(DomainError):
    """The voucher was undone before."""

    status = 409

    def __init__(self, number: str) -> None:
        super().__init__(_("Phiếu %(number)s đã hủy.", number=number), number=number)
