"""What the markets' room can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class MarketThere(DomainError):
    """The commune has a market of this name already."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("Xã, phường này đã có %(name)s.", name=name))


class NumberTaken(DomainError):
    """Another booth of the market has the number now. `facts["number"]`."""

    status = 409

    def __init__(self, number: str) -> None:
        super().__init__(_("Số %(number)s đang có người dùng.", number=number), number=number)


class BoothClosed(DomainError):
    """The trader has left the booth: nothing is sold there any more."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Sạp này đã trả chỗ, không bán được nữa."))


class AccountNotYours(DomainError):
    """Only the trader changes an account that is there, or who signs in for them."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            _("Sạp này đã có tài khoản hoặc chủ sạp đã tự đăng nhập: chỉ chủ sạp đổi được.")
        )


class NoPlate(DomainError):
    """There is no account to print, or the drawn code does not say the account on file."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(why)


class DaySigned(DomainError):
    """The day is closed already; what is sold later is the next closing's."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Ngày này đã chốt. Bán thêm sẽ vào lần chốt sau."))


class CannotImport(DomainError):
    """The spreadsheet is not as it was shown, or has faults."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Bảng này chưa ghi được: xem lỗi, sửa rồi gửi lại."))
