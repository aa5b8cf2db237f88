"""The verdict of a scan: what can be said of a code, in which tone, and what to do."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shop import clock
from traceability.resolver import Found
from traceability.stamp_models import StampState


class Finding(StrEnum):
    """What can be said of a code that was scanned."""

    GENUINE = "genuine"
    NOT_ACTIVE = "not_active"
    NOT_PUBLIC = "not_public"
    SUSPICIOUS = "suspicious"
    EXPIRED = "expired"
    RECALLED = "recalled"
    VOID = "void"
    DAMAGED = "damaged"
    LOST = "lost"
    UNKNOWN = "unknown"
    LOT = "lot"
    PRODUCT = "product"


@dataclass(frozen=True)
class Words:
    """`tone`: the colour and icon of the page; `title`: what it is; `advice`: what to do."""

    tone: str
    title: LazyString
    advice: LazyString


WORDS = {
    Finding.GENUINE: Words(
        "good",
        _l("Tem thật, đã kích hoạt"),
        _l(
            "Hãy so tên sản phẩm và mã lô dưới đây với bao bì. Khác nhau thì đừng mua, xin báo "
            "người bán."
        ),
    ),
    Finding.NOT_ACTIVE: Words(
        "warn",
        _l("Tem có thật nhưng chưa kích hoạt"),
        _l(
            "Nhà sản xuất chưa báo tem này đã dán lên hàng. Nếu tem đang ở trên hàng bán, xin "
            "hỏi người bán trước khi dùng."
        ),
    ),
    Finding.NOT_PUBLIC: Words(
        "warn",
        _l("Tem có thật nhưng lô hàng không công khai nhật ký"),
        _l(
            "Nhà sản xuất chưa công khai nhật ký của lô này, hoặc đã thôi công khai, nên không "
            "kiểm chứng được nguồn gốc. Xin hỏi người bán vì sao trước khi mua hay dùng."
        ),
    ),
    Finding.SUSPICIOUS: Words(
        "doubt",
        _l("Tem có dấu hiệu bị sao chép"),
        _l(
            "Mã này có thật nhưng đã được quét nhiều bất thường, như khi một tem bị chép lại dán "
            "lên nhiều gói. Gói trong tay bạn có thể không phải hàng thật: hãy xem tem có bị bóc "
            "dán lại không, hỏi nơi bán, và bấm “Báo vấn đề” để nhà sản xuất biết."
        ),
    ),
    Finding.EXPIRED: Words(
        "late",
        _l("Tem thật nhưng hàng đã quá hạn dùng"),
        _l("Lô hàng này đã quá hạn sử dụng. Đừng mua, đừng dùng; xin trả lại nơi bán."),
    ),
    Finding.RECALLED: Words(
        "recall",
        _l("Lô hàng này đang bị thu hồi"),
        _l(
            "Nhà sản xuất đang thu hồi lô này. Đừng dùng, đừng bán; giữ nguyên gói hàng và mang "
            "trả nơi mua hoặc gọi nhà sản xuất."
        ),
    ),
    Finding.VOID: Words(
        "bad",
        _l("Tem đã bị hủy"),
        _l(
            "Nhà sản xuất đã hủy tem này, nên không gói hàng thật nào còn mang nó. Đừng mua, đừng "
            "dùng; xin báo nơi bán và nhà sản xuất."
        ),
    ),
    Finding.DAMAGED: Words(
        "bad",
        _l("Tem đã báo hỏng"),
        _l(
            "Tem này hỏng khi in hoặc khi dán và đã bị loại. Nếu nó ở trên hàng bán, hàng ấy "
            "không phải do nhà sản xuất dán tem: đừng mua, xin báo nhà sản xuất."
        ),
    ),
    Finding.LOST: Words(
        "bad",
        _l("Tem đã báo mất"),
        _l(
            "Nhà sản xuất báo mất tem này trước khi dán. Ai dán nó lên hàng thì không phải nhà "
            "sản xuất: đừng mua, đừng dùng, xin báo nhà sản xuất."
        ),
    ),
    Finding.UNKNOWN: Words(
        "unknown",
        _l("Không có tem nào mang mã này"),
        _l(
            "Mã đúng kiểu nhưng không phải mã chúng tôi đã phát hành. Xin quét lại hoặc gõ lại "
            "từng chữ. Nếu vẫn thế, tem có thể là giả: đừng dùng, xin báo nơi bán."
        ),
    ),
    Finding.LOT: Words(
        "info",
        _l("Mã chung của cả lô hàng"),
        _l(
            "Mọi gói của lô mang cùng mã này, nên nó cho biết nguồn gốc của lô, không chứng minh "
            "được gói trong tay bạn là thật. Hãy so tên sản phẩm và mã lô với bao bì."
        ),
    ),
    Finding.PRODUCT: Words(
        "info",
        _l("Mã chung của sản phẩm"),
        _l(
            "Mọi gói của sản phẩm mang cùng mã này, nên nó cho biết sản phẩm là của ai, không "
            "chứng minh được gói trong tay bạn là thật."
        ),
    ),
}

_WITHDRAWN: dict[str, Finding] = {
    StampState.VOID: Finding.VOID,
    StampState.DAMAGED: Finding.DAMAGED,
    StampState.LOST: Finding.LOST,
}
# A suspicion that somebody has looked into and found to be none.
CLEARED = "cleared"


@dataclass(frozen=True)
class Verdict:
    """What a scan says of what was found."""

    finding: Finding
    found: Found

    @property
    def tone(self) -> str:
        """`good`, `warn`, `doubt`, `late`, `recall`, `bad`, `unknown` or `info`."""
        return WORDS[self.finding].tone

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return str(WORDS[self.finding].title)

    @property
    def advice(self) -> str:
        """What the person holding it should do."""
        return str(WORDS[self.finding].advice)

    @property
    def trusted(self) -> bool:
        """Whether the goods may be shown at their best (a star, a way to buy)."""
        return self.finding in (Finding.GENUINE, Finding.LOT, Finding.PRODUCT)


def judge(found: Found) -> Verdict:
    """The worst that holds: unknown, withdrawn, recalled, not active, expired, suspicious, and
    then that the lot's record, which the stamp vouches for, is not public."""
    return Verdict(_finding(found), found)


def _finding(found: Found) -> Finding:
    stamp, lot = found.stamp, found.lot
    if found.product_id is None:
        return Finding.UNKNOWN
    recalled = bool(lot and lot.recalled_at)
    late = is_late(lot.expires_on) if lot else False
    if stamp:
        private = lot is not None and lot.published_at is None
        return of_item(stamp.state, stamp.suspect, recalled=recalled, late=late, private=private)
    if recalled:
        return Finding.RECALLED
    if late:
        return Finding.EXPIRED
    return Finding.LOT if lot else Finding.PRODUCT


def is_late(expires_on: date | None) -> bool:
    """Whether goods to be used until this day are past it."""
    return expires_on is not None and expires_on < clock.today()


def of_item(
    state: str, suspect: str | None, *, recalled: bool, late: bool, private: bool
) -> Finding:
    """What can be said of one item by its stamp and what holds of its lot.

    `private`: the diary of its lot is not public.
    """
    if withdrawn := _WITHDRAWN.get(state):
        return withdrawn
    if recalled:
        return Finding.RECALLED
    if state != StampState.ACTIVE:
        return Finding.NOT_ACTIVE
    if late:
        return Finding.EXPIRED
    if suspect and suspect != CLEARED:
        return Finding.SUSPICIOUS
    return Finding.NOT_PUBLIC if private else Finding.GENUINE
