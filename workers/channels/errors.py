"""All that the channels room can raise."""

from flask_babel import gettext as _

from shop.errors import DomainError


class BadState(DomainError):
    """The way back from the marketplace is not the one this person set out on, or too old."""

    def __init__(self) -> None:
        super().__init__(_("Liên kết này không còn hiệu lực. Xin bấm kết nối lại từ đầu."))


class ConnectFailed(DomainError):
    """The marketplace did not give us tokens. `facts["code"]`: what it said."""

    status = 502

    def __init__(self, code: str) -> None:
        super().__init__(_("Sàn chưa cho kết nối. Xin thử lại sau ít phút."), code=code)


class ShopTaken(DomainError):
    """Another seller has this shop connected; it is never told who."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Gian hàng này đã được kết nối ở một đơn vị khác."))


class NotConfigured(DomainError):
    """The operator has not entered our account with the marketplace. `facts["variables"]`."""

    status = 503

    def __init__(self, *variables: str) -> None:
        super().__init__(
            _(
                "Chưa kết nối được: người vận hành cần đặt %(names)s rồi khởi động lại.",
                names=", ".join(variables),
            ),
            variables=list(variables),
        )


class NotSigned(DomainError):
    """A push that the marketplace did not sign."""

    status = 401

    def __init__(self) -> None:
        super().__init__(_("Chữ ký không đúng."))


class NotOneToOne(DomainError):
    """Items that cannot be linked: one of the two is linked already, or its SKU is not alone.

    `facts["external_ids"]`.
    """

    status = 409

    def __init__(self, external_ids: list[str]) -> None:
        super().__init__(
            _(
                "Không nối được các món này, xin tải lại danh sách: %(ids)s.",
                ids=", ".join(external_ids),
            ),
            external_ids=external_ids,
        )
