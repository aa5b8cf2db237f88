"""What photos and documents can refuse; files themselves are refused by `uploads.BadFile`."""

from flask_babel import gettext as _

from shop.errors import DomainError


class NothingSent(DomainError):
    """The form came without a file."""

    status = 422

    def __init__(self) -> None:
        super().__init__(_("Chưa chọn tệp nào."))


class TooManyPhotos(DomainError):
    """What they hang on has as many photos as it may. `facts["most"]`."""

    status = 409

    def __init__(self, most: int) -> None:
        words = _("Nhiều nhất %(most)s ảnh. Xin xóa bớt rồi gửi tiếp.", most=most)
        super().__init__(words, most=most)


class PaperKept(DomainError):
    """A decision or a consent rests on this paper."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Đã có quyết định hoặc lời đồng ý theo giấy này nên không bỏ được."))
