"""What sellers can refuse."""

from collections.abc import Sequence

from flask_babel import gettext as _

from shop.errors import DomainError


class NotReady(DomainError):
    """The seller cannot be reviewed yet. `facts["missing"]`: what it lacks, in words."""

    status = 409

    def __init__(self, missing: Sequence[str]) -> None:
        words = _("Hồ sơ chưa đủ để duyệt, còn thiếu: %(missing)s.", missing="; ".join(missing))
        super().__init__(words, missing=list(missing))


class ProfileChanged(DomainError):
    """Somebody saved the profile after this form was opened; nothing was overwritten."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            _(
                "Trong lúc bạn sửa, có người khác vừa lưu hồ sơ này, nên chưa lưu gì của bạn. "
                "Những gì bạn gõ vẫn còn đây: bấm Lưu lần nữa để ghi đè."
            )
        )
