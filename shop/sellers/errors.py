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
