"""What the catalogue can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class CannotPublish(DomainError):
    """The product lacks something that a published one must have; the message says what."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(_("Chưa thể đăng: %(why)s", why=why))


class BadStarterFile(DomainError):
    """Rows of a starter file that cannot be read. Nothing of it was loaded.

    `rows`: one line per fault, each naming the row, the field and the reason.
    """

    status = 422

    def __init__(self, rows: list[str]) -> None:
        super().__init__(_("Tệp danh mục có dòng hỏng, chưa nạp gì."), rows=rows)
        self.rows = rows
