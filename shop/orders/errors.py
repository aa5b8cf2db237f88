"""What orders can refuse."""

from flask_babel import gettext as _

from shop import money
from shop.errors import DomainError


class NotAllowed(DomainError):
    """The order cannot go from where it stands to the wanted state."""

    status = 409

    def __init__(self, state: str, to: str) -> None:
        super().__init__(_("Đơn không thể chuyển sang bước này."), state=state, to=to)


class NotForSale(DomainError):
    """A line names something that is not published, or has only an illustrative price."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("%(name)s hiện không bán.", name=name), name=name)


class TooLittle(DomainError):
    """Less is wanted of a pack than the smallest quantity that is sold."""

    status = 409

    def __init__(self, name: str, least: str) -> None:
        super().__init__(
            _("%(name)s: mua ít nhất %(least)s.", name=name, least=least), name=name, least=least
        )


class NoVoucher(DomainError):
    """The voucher cannot be used for this order; the message says why."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(why)


class NotPaid(DomainError):
    """Goods are to be handed over of which a part is not paid."""

    status = 409

    def __init__(self, open_vnd: int) -> None:
        said = _("Khách còn thiếu %(open)s: chưa giao hàng.", open=money.show(open_vnd))
        super().__init__(said, open_vnd=open_vnd)


class GivenBack(DomainError):
    """The money went back to the buyer already."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Khoản tiền này đã hoàn cho khách, không gỡ được."))


class NoMark(DomainError):
    """A mark of a parcel not taken cannot be made, appealed against, or decided; it says why."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(why)
