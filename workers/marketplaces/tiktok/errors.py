"""TikTok Shop's error codes: which kind each is, and what to tell the cooperative."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l

from workers.marketplaces.protocol import (
    Locked,
    MarketplaceError,
    NeedsReconnect,
    Refused,
    Retry,
    Stopped,
    TokenExpired,
)

# Code → kind; a code that is not here is a refusal of the data.
KINDS: dict[str, type[MarketplaceError]] = {
    "36009002": Retry,
    "36009003": Retry,
    "36009007": Retry,
    "12001000": Retry,
    "12052109": Retry,
    "105002": TokenExpired,
    "36004004": NeedsReconnect,
    "101000": NeedsReconnect,
    "106001": Stopped,
    # The app lacks a scope: the operator asks TikTok for it, then the seller agrees anew.
    "105005": Stopped,
    "36009033": Stopped,
}
# "A parameter is wrong"; which one, only its words tell.
UMBRELLA = "36009004"
# A code of our own: what is refused until the audit is over.
IN_REVIEW = "in_review"
IN_PROMOTION = "in_promotion"
_SIGNED = re.compile(r"\bsign(ature)?\b|timestamp", re.IGNORECASE)
# Prices and stock of what is in a promotion cannot be changed; which code says so is not
# documented, so its words must do.
_PROMOTION = re.compile(r"\b(promotion|campaign|flash sale)\b", re.IGNORECASE)
_TOKEN = re.compile(r"(?<!page_)(?<!page )token", re.IGNORECASE)

# Code → what the cooperative can do about it.
HINTS = {
    "12052055": _l(
        "TikTok Shop nhận tồn kho từ 1 đến 99.999. Xin sửa tồn kho hoặc tỷ lệ chia cho sàn."
    ),
    "12052024": _l("Ngành hàng đã chọn chưa phải mục cuối trên TikTok Shop. Xin chọn lại."),
    "12052051": _l("Tên trên TikTok Shop dài từ 25 đến 255 ký tự. Xin ghi tên đầy đủ hơn."),
    "12052104": _l("TikTok Shop đòi thêm thông tin của ngành hàng này."),
    IN_PROMOTION: _l(
        "Sản phẩm đang trong chương trình khuyến mãi của TikTok Shop nên chưa đổi được. Hết khuyến"
        " mãi, thay đổi này sẽ tự được đẩy tiếp."
    ),
    IN_REVIEW: _l("TikTok Shop đang duyệt sản phẩm. Duyệt xong, thay đổi này sẽ tự được đẩy tiếp."),
}


def check(status: int, answer: dict[str, Any], retry_after: str | None = None) -> None:
    """Raise the error that an answer stands for; a `code` other than 0 is one at any status.

    `retry_after`: the header of that name, in seconds.
    """
    code, said = str(answer.get("code", "")), str(answer.get("message") or "")
    failed = code not in {"0", ""}
    if status >= 500 or status == 429:
        name = code if failed else f"http_{status}"
        raise Retry(name, said, after_seconds=_seconds(retry_after), away=status >= 500)
    if failed or status >= 400:
        raise _error(code if failed else f"http_{status}", said, retry_after)


def _error(code: str, said: str, retry_after: str | None = None) -> MarketplaceError:
    kind = KINDS.get(code, Refused)
    if code == UMBRELLA and _SIGNED.search(said):
        kind = Stopped
    elif code == UMBRELLA and _TOKEN.search(said):
        kind = TokenExpired
    elif kind is Refused and _PROMOTION.search(said):
        kind, code = Locked, IN_PROMOTION
    if kind is Retry:
        return Retry(code, said, after_seconds=_seconds(retry_after))
    return kind(code, said)


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.isdecimal() else None


def of_failure(failure: dict[str, Any]) -> MarketplaceError:
    """What a line of `data.errors` stands for, in a call that says success as a whole.

    The cause may lie one deeper, in `extra_errors`.
    """
    detail = failure.get("detail") or {}
    cause = (detail.get("extra_errors") or [failure])[0]
    code = str(cause.get("code") or failure.get("code") or "")
    return _error(code, str(cause.get("message") or failure.get("message") or ""))
