"""What accounts can refuse at the API."""

from flask_babel import gettext as _

from shop.errors import DomainError


class BadToken(DomainError):
    """No such token, or it is revoked, expired, or its person's account is closed: all alike."""

    status = 401
    challenge = 'Bearer realm="ocop", error="invalid_token"'

    def __init__(self) -> None:
        super().__init__(_("Khóa API sai, đã hết hạn hoặc đã bị thu hồi."))


class NarrowToken(DomainError):
    """The token (or the person) may do nothing of `facts["scope"]`."""

    status = 403

    def __init__(self, scope: str) -> None:
        super().__init__(_("Khóa API này không được làm việc đó."), scope=scope)
        self.challenge = f'Bearer realm="ocop", error="insufficient_scope", scope="{scope}"'


class NotFromOurPage(DomainError):
    """A session wants to change something without the CSRF token of our own pages."""

    status = 403

    def __init__(self) -> None:
        super().__init__(_("Phiên đăng nhập chỉ xem được. Muốn thay đổi, xin dùng khóa API."))


class AsksOwner(DomainError):
    """The seller has an account; its own people say yes there, or by a code sent to them."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            _("Người bán này đã có tài khoản. Họ phải tự đồng ý: trong tài khoản, hoặc bằng mã.")
        )


class ConsentOver(DomainError):
    """What a helper asked for is answered or ended already."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Lời xin giúp này không còn hiệu lực."))
