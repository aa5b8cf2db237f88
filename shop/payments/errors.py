"""What payments can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class NoAccount(DomainError):
    """The seller has no active account to receive money on."""

    status = 409

    def __init__(self, seller: str) -> None:
        super().__init__(_("%(seller)s chưa có tài khoản nhận tiền.", seller=seller), seller=seller)


class AccountTaken(DomainError):
    """The seller has this account already."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Tài khoản này đã có trong danh sách."))


class AccountClosed(DomainError):
    """The account receives nothing any more."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Tài khoản này đã ngừng nhận tiền. Thêm lại rồi mới dùng được."))


class NothingToPay(DomainError):
    """The order expects no money, or not at this gateway any more."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Đơn này không chờ tiền nữa, hoặc người bán đã đổi cách trả."))


class NotInReview(DomainError):
    """The payment waits for nobody: the gateway, or somebody, decided already."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Khoản này đã được xử lý hoặc cổng đã báo kết quả."))


class RefundEnded(DomainError):
    """The refund went out already, or was given up."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Khoản hoàn này đã xong."))


class NothingOwed(DomainError):
    """Nothing of the seller's is to be paid out now."""

    status = 409

    def __init__(self, seller: str) -> None:
        said = _("%(seller)s chưa có khoản nào đến lượt chi.", seller=seller)
        super().__init__(said, seller=seller)


class PayoutEnded(DomainError):
    """The payout was sent, received or cancelled already."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Lần chi này đã xong hoặc đã bỏ."))
