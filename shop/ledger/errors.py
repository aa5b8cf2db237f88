"""What the ledger can refuse."""

from datetime import date

from flask_babel import gettext as _

from shop.errors import DomainError


class Unbalanced(DomainError):
    """The postings of an entry do not sum to zero, or there are none: a mistake of the caller."""

    status = 500

    def __init__(self, key: str, difference_vnd: int) -> None:
        super().__init__(
            _("Bút toán không cân, chưa ghi gì."), key=key, difference_vnd=difference_vnd
        )


class KeyTaken(DomainError):
    """The same key was booked with another content."""

    status = 409

    def __init__(self, key: str) -> None:
        super().__init__(_("Bút toán này đã ghi với số liệu khác."), key=key)


class BooksClosed(DomainError):
    """The day belongs to books that are closed."""

    status = 409

    def __init__(self, on: date, until: date) -> None:
        said = _("Sổ đã khóa đến hết ngày %(until)s.", until=f"{until:%d/%m/%Y}")
        super().__init__(said, on=on.isoformat(), until=until.isoformat())


class ReversedAlready(DomainError):
    """An entry is undone once, and what undoes one is not undone itself."""

    status = 409

    def __init__(self, ref: str) -> None:
        super().__init__(_("Bút toán này đã được đảo hoặc là bút toán đảo."), ref=ref)
