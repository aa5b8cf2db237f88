"""What the shop can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class Changed(DomainError):
    """What was agreed to is not what it costs now; nothing was ordered, ask for it anew."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Giá, phí hoặc hàng vừa thay đổi. Xin xem lại rồi đặt."))
