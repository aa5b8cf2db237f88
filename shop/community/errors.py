"""What the community room can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class InTeam(DomainError):
    """The person is in this team already."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("%(name)s đã ở trong tổ.", name=name))


class TeamClosed(DomainError):
    """The team is no more."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Tổ này đã giải thể."))


class HasAccount(DomainError):
    """Somebody can sign in for the seller already."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Người bán này đã có tài khoản."))


class HelpersNumber(DomainError):
    """The number is a helper's: a seller's own account reaches the money, and no helper may."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            _("Số này là của %(name)s, người trong tổ. Tài khoản phải là của người bán.", name=name)
        )
