"""What the livestream room can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class NotTrusted(DomainError):
    """A batch of comments whose address, signature or time is wrong: the answer never tells which.

    404, so that nobody learns from it which sessions exist.
    """

    status = 404

    def __init__(self) -> None:
        super().__init__(_("Không có phiên này, hoặc chữ ký hay giờ máy gửi không đúng."))


class CannotPin(DomainError):
    """The goods cannot be sold under a code: they are not published."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("“%(name)s” chưa đăng bán nên chưa ghim được.", name=name), name=name)


class NoSuchCode(DomainError):
    """The session has no such code."""

    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(_("Phiên này chưa có mã “%(code)s”.", code=code), code=code)


class Closed(DomainError):
    """The session is over; nothing of it changes any more."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Phiên này đã đóng."))


class NothingHeld(DomainError):
    """The buyer has nothing on hold that could become an order."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Hiện không có món nào đang giữ cho bạn."))


class NotEnough(DomainError):
    """There is not as much left as the buyer wants."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("“%(name)s” không còn đủ hàng.", name=name), name=name)


class NotWhole(DomainError):
    """Goods sold by the piece are asked for in parts."""

    status = 409

    def __init__(self, unit: str) -> None:
        super().__init__(_("Hàng bán theo %(unit)s, xin ghi số nguyên.", unit=unit), unit=unit)


class BasketChanged(DomainError):
    """What is on hold is no longer what the buyer was shown."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Các món vừa thay đổi. Xin xem lại rồi xác nhận lần nữa."))


class NotUnderstood(DomainError):
    """The reader would not see exactly what was entered by hand, for the code is an odd one."""

    status = 409

    def __init__(self, words: str) -> None:
        super().__init__(
            _(
                "Máy không đọc được đúng “%(words)s”. Xin ghim mã dễ đọc hơn, như A1 hay 05.",
                words=words,
            ),
            words=words,
        )


class BadDump(DomainError):
    """What was pasted or sent cannot be read as comments."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__(message)
