"""What payments can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class NoAccount(DomainError):
    """The seller has no active account to receive money on."""

    status = 409

    def __init__(self, seller: str) -> None:
        super().__init__(_("%(seller)s chưa có tài khoản nhận tiền.", seller=seller), seller=seller)


class AccountTaken(DomainError):
    """The account is registered already, here or at another seller."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Tài khoản này đã được khai báo."))
