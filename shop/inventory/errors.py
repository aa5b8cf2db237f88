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
