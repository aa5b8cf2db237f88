"""What the inventory can refuse."""

from decimal import Decimal

from flask_babel import gettext as _

from shop.errors import DomainError


class OutOfStock(DomainError):
    """Some lines ask for more than is saleable. `short`: variant id → quantity left."""

    status = 409

    def __init__(self, short: dict[int, Decimal]) -> None:
        super().__init__(_("Không còn đủ hàng, xin giảm số lượng."))
        self.short = short


class NotThere(DomainError):
    """More is to go out of the stock than lies there."""

    status = 409

    def __init__(self, there: str) -> None:
        super().__init__(_("Trong kho chỉ còn %(there)s, không thể trừ hơn.", there=there))


class NotTaken(DomainError):
    """The harvest takes no orders: its last day is over, it came, or the seller closed it."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Vụ này không nhận đặt trước nữa."))


class HarvestOver(DomainError):
    """The harvest came or was cancelled; it is history."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Vụ này đã về hoặc đã hủy, không đổi được nữa."))


class Promised(DomainError):
    """The harvest cannot be made smaller, or closed, below what buyers were promised."""

    status = 409

    def __init__(self, promised: str) -> None:
        super().__init__(_("Khách đã đặt %(promised)s của vụ này.", promised=promised))
