"""All that the room of reports can raise."""

from flask_babel import gettext as _

from shop.errors import DomainError


class Overlaps(DomainError):
    """An official has that area, or a part of it, in those days already."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            _(
                "Cán bộ này đang được giao %(area)s, chồng lên vùng và thời gian vừa chọn. "
                "Xin kết thúc vùng ấy trước.",
                area=name,
            )
        )


class AddressTaken(DomainError):
    """Somebody else signs in by that e-mail."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("E-mail này là của tài khoản khác."))


class Ended(DomainError):
    """The term of an official is over already."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Vùng này đã kết thúc trước ngày ấy."))


class StillRunning(DomainError):
    """A sheet is frozen only of a period that is over."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("%(period)s chưa hết, chưa chốt số được.", period=name))


class BadFile(DomainError):
    """A file of reported numbers was not taken. `faults`: what is wrong, row by row."""

    status = 422

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            _("Tệp có %(count)s chỗ chưa đúng, chưa ghi dòng nào.", count=len(faults)),
            faults=faults,
        )
        self.faults = faults
