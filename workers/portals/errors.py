"""All that the portals room can raise."""

from flask_babel import gettext as _

from shop.errors import DomainError


class NotALink(DomainError):
    """The pasted address is no listing on this portal; the message says why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)


class LinkTaken(DomainError):
    """Another listing of the connection has this address. `facts["sku"]`."""

    status = 409

    def __init__(self, sku: str) -> None:
        super().__init__(_("Địa chỉ này đã dùng cho mã hàng %(sku)s.", sku=sku), sku=sku)


class LookAgain(DomainError):
    """Something changed after the page was shown."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Số liệu vừa đổi. Xin xem lại dòng này rồi sửa trên cổng theo số mới."))


class AlreadyOpen(DomainError):
    """The seller works this portal already, under this name."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("Đơn vị đã có cổng “%(name)s”.", name=name))


class OrderKnown(DomainError):
    """An order of this number is here already."""

    status = 409

    def __init__(self, number: str) -> None:
        super().__init__(_("Đơn số %(number)s đã có ở đây.", number=number))


class NotShown(DomainError):
    """Only what was shown is done; this file is somewhere else."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Tệp này chưa xem trước xong, hoặc đã được xử lý rồi."))
