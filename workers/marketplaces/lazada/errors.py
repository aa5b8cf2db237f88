"""Lazada's error codes: which kind each is, and what to tell the cooperative.

Codes are texts. 500 and 501 only say that something is wrong: what it is stands in `detail`.
"""

import re
from typing import Any

from flask_babel import lazy_gettext as _l

from workers.marketplaces.protocol import (
    Exists,
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
    "ApiCallLimit": Retry,
    "ServiceTimeout": Retry,
    "901": Retry,
    "513": Retry,
    "6": Retry,
    "1000": Retry,
    "4154": Retry,
    "4147": Retry,
    # A campaign holds the price, or keeps the stock from falling.
    "998": Locked,
    "4170": Locked,
    "IllegalAccessToken": TokenExpired,
    "IllegalRefreshToken": NeedsReconnect,
    "InvalidCode": NeedsReconnect,
    "AUTH_TYPE_UNSUPPORTED": NeedsReconnect,
    "IncompleteSignature": Stopped,
    "MissingParameter": Stopped,
    "4105": Exists,
    "4126": Exists,
    "4141": Exists,
}
UMBRELLAS = {"500", "501"}
INACTIVE_ALREADY, NO_SUCH_ORDER = "E0004", "16"
# There code 6 means a status filter that does not exist: the same again is the same refusal.
ORDER_LIST = "/orders/get"

_CODE = re.compile(r"\bE0*(\d{1,4})\b")

_DATA = _l("Sàn không nhận một thông tin của sản phẩm. Xin xem lại tên, mô tả, giá và số lượng.")
# Code → what the cooperative can do about it.
HINTS = {
    "5": _DATA,
    "500": _DATA,
    "501": _DATA,
    "4139": _DATA,
    "4142": _DATA,
    "201": _l("Chưa có ngành hàng phù hợp trên sàn cho sản phẩm này."),
    "302": _l("Ảnh sản phẩm chưa dùng được trên sàn. Xin đổi ảnh khác."),
    "1001": _DATA,
    "4108": _l("Sàn đòi thêm thông tin của ngành hàng này."),
    "4110": _l("Tên hoặc mô tả sản phẩm quá dài so với quy định của sàn."),
    "4134": _l("Giá nằm ngoài mức sàn cho phép."),
    "4163": _l("Sàn không còn sản phẩm này."),
    "998": _l("Sàn đang khóa sản phẩm vì chương trình khuyến mãi. Hết chương trình sẽ tự đẩy lại."),
    "4170": _l("Sàn chưa cho giảm số lượng của sản phẩm này. Vài giờ nữa sẽ tự đẩy lại."),
    "4105": _l("Mã hàng này đã có trên sàn."),
    "4126": _l("Mã hàng này đã có trên sàn."),
    "4141": _l("Mã hàng này đã có trên sàn."),
}


def check(path: str, status: int, answer: dict[str, Any], retry_after: str | None = None) -> None:
    """Raise the error that an answer stands for; any code but "0" is one.

    `path` of the call. `retry_after`: the header of that name, in seconds.
    """
    code, said = str(answer.get("code", "")), str(answer.get("message") or "")
    if status >= 500 or status == 429:
        wait = float(retry_after) if retry_after and retry_after.isdecimal() else None
        raise Retry(code or f"http_{status}", said, after_seconds=wait, away=status >= 500)
    if code == "0" and status < 400:
        return
    if code in UMBRELLAS:
        raise of_umbrella(answer)
    if code == "6" and path == ORDER_LIST:
        raise Refused(code, said)
    raise KINDS.get(code, Refused)(code or f"http_{status}", said)


def of_umbrella(answer: dict[str, Any]) -> MarketplaceError:
    """What the first row of an umbrella's `detail` says, or the umbrella itself."""
    rows = answer.get("detail") or [{"message": answer.get("message")}]
    return of_detail(rows[0] if isinstance(rows[0], dict) else {"message": rows[0]})


def of_detail(row: dict[str, Any]) -> MarketplaceError:
    """What a row of `detail` stands for: by its code, by one within its words, by "campaign"."""
    said = str(row.get("message") or "")
    codes = [str(row.get("code") or ""), *_CODE.findall(said)]
    code = next((code for code in codes if code in KINDS or code in HINTS), "501")
    if code in UMBRELLAS and "campaign" in said.lower():
        return Locked("998", said)
    return KINDS.get(code, Refused)(code, said)
