"""What the livestream room can refuse."""

from decimal import Decimal

from flask_babel import gettext as _

from shop import quantities
from shop.errors import DomainError


class NotTrusted(DomainError):
    """A batch of comments whose address, signature or time is wrong: the answer never tells which.

    404, so that nobody learns from it which sessions exist.
    """

    status = 404

    def __init__(self) -> None:
        super().__init__(_("Không có phiên này, hoặc chữ ký hay giờ máy gửi không đúng."))


class CannotPin(DomainError):
    """The goods cannot be sold under a code: they are not published."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("“%(name)s” chưa đăng bán nên chưa ghim được.", name=name), name=name)


class NoSuchCode(DomainError):
    """The session has no such code."""

    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(_("Phiên này chưa có mã “%(code)s”.", code=code), code=code)


class Closed(DomainError):
    """The session is over; nothing of it changes any more."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Phiên này đã đóng."))


class NothingHeld(DomainError):
    """The buyer has nothing on hold that could become an order."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Hiện không có món nào đang giữ cho bạn."))


class NotEnough(DomainError):
    """There is not as much left as the buyer wants."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("“%(name)s” không còn đủ hàng.", name=name), name=name)


class OverLimit(DomainError):
    """One buyer may not have as much of these goods in this session."""

    status = 409

    def __init__(self, name: str, most: Decimal, unit: str) -> None:
        left = quantities.show_with_unit(max(most, Decimal(0)), unit)
        said = _("“%(name)s” có giới hạn mỗi người: bạn còn được %(left)s.", name=name, left=left)
        super().__init__(said, name=name)


class NotWhole(DomainError):
    """Goods sold by the piece are asked for in parts."""

    status = 409

    def __init__(self, unit: str) -> None:
        super().__init__(_("Hàng bán theo %(unit)s, xin ghi số nguyên.", unit=unit), unit=unit)


class BasketChanged(DomainError):
    """What is on hold is no longer what the buyer was shown."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Các món vừa thay đổi. Xin xem lại rồi xác nhận lần nữa."))


class NotNow(DomainError):
    """The session is in another state than the one from which this can be done."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Phiên đang ở tình trạng khác. Xin xem lại rồi làm tiếp."))


class NotReady(DomainError):
    """The session may not go live yet. `facts["missing"]`: what it lacks, as people read it."""

    status = 409

    def __init__(self, missing: list[str]) -> None:
        said = _("Chưa lên sóng được, còn thiếu: %(what)s.", what="; ".join(missing))
        super().__init__(said, missing=missing)


class HostEnded(DomainError):
    """The person hosts no more sessions of the seller."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Người này không còn dẫn phiên của đơn vị."))


class HostTaken(DomainError):
    """A reviewer has compared this person: what they compared stays."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            _("Người này đã được đối chiếu. Khai sai thì bấm “Thôi dẫn” rồi khai lại.")
        )


class FestivalOver(DomainError):
    """The festival is not on when the session is."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("“%(name)s” không diễn ra vào ngày của phiên.", name=name), name=name)


class WordKnown(DomainError):
    """The seller has this word already."""

    status = 409

    def __init__(self, phrase: str) -> None:
        super().__init__(_("Đã có từ “%(phrase)s”.", phrase=phrase), phrase=phrase)


class Taken(DomainError):
    """Somebody else has this in hand just now."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("%(name)s đang làm việc này.", name=name), name=name)


class Handled(DomainError):
    """Somebody did this already."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("%(name)s đã làm việc này rồi.", name=name), name=name)


class CannotUndo(DomainError):
    """The act cannot be taken back; the message says why."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(_("Không hoàn tác được: %(why)s", why=why))


class HasAll(DomainError):
    """The buyer has as much of these goods as one buyer may have in this session."""

    status = 409

    def __init__(self, name: str) -> None:
        said = _("Người này đã chốt đủ mức mỗi người được mua “%(name)s”.", name=name)
        super().__init__(said, name=name)


class NoGoods(DomainError):
    """Nothing is sold under the code: somebody must say what is meant."""

    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(_("Mã %(code)s chưa gắn hàng: xin chọn hàng.", code=code), code=code)


class NotUnderstood(DomainError):
    """The reader would not see exactly what was entered by hand, for the code is an odd one."""

    status = 409

    def __init__(self, words: str) -> None:
        super().__init__(
            _(
                "Máy không đọc được đúng “%(words)s”. Xin ghim mã dễ đọc hơn, như A1 hay 05.",
                words=words,
            ),
            words=words,
        )


class BadDump(DomainError):
    """What was pasted or sent cannot be read as comments."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__(message)
