"""All that the sync room can raise."""

from flask_babel import gettext as _

from shop.errors import DomainError


class Away(DomainError):
    """A marketplace did not answer, or wants to be left alone; the outbox asks again later.

    `facts["code"]`: what it said.
    """

    status = 503

    def __init__(self, code: str) -> None:
        super().__init__(_("Sàn đang bận, sẽ tự thử lại."), code=code)

    def __repr__(self) -> str:
        return f"Away({self.facts['code']!r})"
