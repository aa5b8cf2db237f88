"""What the reviewers' queue can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class AnsweredMeanwhile(DomainError):
    """Another reviewer answered, or the row changed, after this page was opened."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            _("Trong lúc bạn xem đã có người trả lời hoặc sửa. Xin xem lại rồi trả lời.")
        )


class MoneyBetween(DomainError):
    """Money is to be moved: to a buyer, or from a carrier or collector. `facts["of"]`: whose."""

    status = 409

    def __init__(self, of: list[str]) -> None:
        words = _(
            "Còn tiền chưa xong: %(refs)s. Trả khách hoặc nhận đủ rồi mới xóa được.",
            refs=", ".join(of),
        )
        super().__init__(words, of=of)


class StillSelling(DomainError):
    """Orders are under way. `facts["orders"]`: references of some of them."""

    status = 409

    def __init__(self, orders: list[str]) -> None:
        words = _(
            "Còn đơn chưa xong: %(orders)s. Giao hoặc hủy hết rồi mới xóa được.",
            orders=", ".join(orders),
        )
        super().__init__(words, orders=orders)
