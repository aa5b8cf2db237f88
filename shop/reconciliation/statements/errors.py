"""What the reading of statements can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class BadStatement(DomainError):
    """A file that is not taken; nothing of it is. `row`: where, 0 when about the whole file."""

    status = 422

    def __init__(self, why: str, message: str, row: int = 0) -> None:
        place = _("Dòng %(row)s: ", row=row) if row else ""
        super().__init__(place + message, why=why, row=row)
        self.why = why
