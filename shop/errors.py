"""DomainError, the base of everything a room can raise on purpose, and its two faces.

For the browser it becomes a page in Vietnamese, for the API a problem details object (RFC 9457).
"""

from typing import Any

from flask_babel import gettext as _


class DomainError(Exception):
    """Something a person or a caller can act on.

    `status` is the HTTP status it maps to, `message` a sentence for the person, `facts` what a
    program needs to know (JSON values or plain dicts).
    """

    status = 400

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    @property
    def type(self) -> str:
        """Stable identifier of the kind of problem, from the class name: `out-of-stock`."""
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")

    def problem(self) -> dict[str, Any]:
        """The error as problem details (RFC 9457 §3)."""
        return {
            "type": f"urn:ocop:problem:{self.type}",
            "title": self.message,
            "status": self.status,
            **{name: value for name, value in self.facts.items() if name not in _RESERVED},
        }


_RESERVED = {"type", "title", "status", "detail", "instance"}


class NotFound(DomainError):
    """No such row for this person: missing, another seller's and not allowed look the same."""

    status = 404

    def __init__(self, message: str | None = None, **facts: Any) -> None:
        super().__init__(message or _("Không tìm thấy."), **facts)


class BadInput(DomainError):
    """Fields that cannot be accepted. `facts["errors"]`: field name → list of messages."""

    status = 422

    def __init__(self, errors: dict[str, list[str]], message: str | None = None) -> None:
        super().__init__(message or _("Có ô chưa đúng, xin xem lại."), errors=errors)
        self.errors = errors


class TooMany(DomainError):
    """Too many tries from one place. `facts["retry_after"]`: seconds."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        minutes = max(1, round(retry_after / 60))
        super().__init__(
            _("Thử quá nhiều lần. Xin đợi %(minutes)s phút rồi thử lại.", minutes=minutes),
            retry_after=retry_after,
        )


class Unavailable(DomainError):
    """A server we need (database, queue, files) does not answer just now."""

    status = 503

    def __init__(self, what: str) -> None:
        super().__init__(_("Hệ thống đang tạm nghỉ ít phút. Xin thử lại sau."), what=what)
