"""Shopee's error codes: which kind each is, and what to tell the cooperative."""

from datetime import timedelta, timezone
from typing import Any

from flask_babel import lazy_gettext as _l

from shop import clock
from workers.marketplaces.protocol import (
    Later,
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
    "error_rate_limit": Retry,
    "error_system_busy": Retry,
    "error_inner": Retry,
    "error_server": Retry,
    "error_network": Retry,
    # Spelt so by the platform.
    "invalid_acceess_token": TokenExpired,
    "invalid_access_token": TokenExpired,
    "refresh_token_expired": NeedsReconnect,
    "shop_access_expired": NeedsReconnect,
    "error_shop_refresh_token": NeedsReconnect,
    "shop_no_linked": NeedsReconnect,
    "partner_shop_no_link": NeedsReconnect,
    "error_sign": Stopped,
    "source_ip_undeclared": Stopped,
    "error_partner_key_expired": Stopped,
    "shop_banned": Stopped,
    "error_cannt_edit_stock_in_promotion": Locked,
    "error_cannt_edit_price_in_promotion": Locked,
    "error_holiday_mode_change_stock": Locked,
}

# Code → what the cooperative can do about it.
HINTS = {
    "error_param": _l("Sàn không nhận một thông tin của sản phẩm. Xin xem lại tên, mô tả và giá."),
    "error_invalid_category": _l("Chưa có ngành hàng phù hợp trên sàn cho sản phẩm này."),
    "error_less_required_attribute": _l("Sàn đòi thêm thông tin của ngành hàng này."),
    "error_invalid_brand": _l("Sàn không nhận thương hiệu của sản phẩm."),
    "error_image_unavailable": _l("Ảnh sản phẩm chưa dùng được trên sàn. Xin đổi ảnh khác."),
    "error_title_exceeds_max_length": _l("Tên sản phẩm quá dài so với quy định của sàn."),
    "error_cannt_edit_stock_in_promotion": _l(
        "Sàn đang khóa số lượng vì sản phẩm trong khuyến mãi. Hết khuyến mãi, bấm “Đẩy lên sàn”."
    ),
    "error_cannt_edit_price_in_promotion": _l(
        "Sàn đang khóa giá vì sản phẩm trong khuyến mãi. Hết khuyến mãi, bấm “Đẩy lên sàn”."
    ),
    "error_holiday_mode_change_stock": _l("Gian hàng đang ở chế độ nghỉ. Tắt rồi đẩy lại."),
}


def check(status: int, answer: dict[str, Any], retry_after: str | None = None) -> None:
    """Raise the error that an answer stands for; a non-empty `error` is one at any status.

    `retry_after`: the header of that name, in seconds.
    """
    code, said = str(answer.get("error") or ""), str(answer.get("message") or "")
    if status >= 500 or status == 429:
        wait = float(retry_after) if retry_after and retry_after.isdecimal() else None
        raise Retry(code or f"http_{status}", said, after_seconds=wait, away=status >= 500)
    if code == "error_limit":
        raise Later(code, said, seconds=_until_midnight())
    if code == "error_auth":
        expired = "access_token" in said.lower()
        raise (TokenExpired if expired else NeedsReconnect)(code, said)
    if code or status >= 400:
        raise KINDS.get(code, Refused)(code or f"http_{status}", said)


def _until_midnight() -> float:
    """Seconds until the day's quota opens again, at midnight of UTC+8."""
    now = clock.now().astimezone(timezone(timedelta(hours=8)))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()


def of_failure(failure: dict[str, Any]) -> MarketplaceError:
    """What a line of `failure_list` stands for, in a call that says success as a whole."""
    said = str(failure.get("failed_reason") or "")
    known = next((code for code in (*KINDS, *HINTS) if code in said), "failure_list")
    kind = KINDS.get(known, Refused)
    return kind(known, said)
