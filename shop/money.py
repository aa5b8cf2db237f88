"""Đồng: whole numbers, read as people type them and shown as they read them."""

import re
import unicodedata
from decimal import Decimal

# At most two decimals: "1.500k" may mean 1.500 đồng or 1.500.000, so it is refused.
_SHORT = re.compile(r"(\d{1,13}(?:[.,]\d{1,2})?) ?(k|ng|nghin|ngan|tr|trieu|ty|ti) ?(\d{0,3})")
_SCALE = {"k": 3, "ng": 3, "nghin": 3, "ngan": 3, "tr": 6, "trieu": 6, "ty": 9, "ti": 9}
_GROUPED = re.compile(r"\d{1,3}(?:([.,\s])\d{3})(?:\1\d{3})*|\d+")
_SIGN = re.compile(r"(vnd|vnđ|đồng|dong|đ|d|₫)$")
_MARKS = str.maketrans("ìàệỷỉ", "iaeyi")


def parse(text: str | int) -> int:
    """Đồng from "185000", "185.000 đ", "150k", "1tr2", "1,5 triệu".

    Raises ValueError for anything else: negative, a fraction of a đồng, or open to two readings.
    """
    if isinstance(text, bool):
        raise ValueError("not an amount")
    if isinstance(text, int):
        return _not_negative(text)
    plain = unicodedata.normalize("NFC", str(text)).strip().lower().replace("\u00a0", " ")
    word = _SIGN.sub("", plain).strip()
    if _GROUPED.fullmatch(word):
        return int(re.sub(r"[.,\s]", "", word))
    short = _SHORT.fullmatch(word.translate(_MARKS))
    if short is None:
        raise ValueError(f"not an amount in đồng: {text!r}")
    return _short_form(*short.groups())


def _not_negative(amount_vnd: int) -> int:
    if amount_vnd < 0:
        raise ValueError("an amount is not negative")
    return amount_vnd


def _short_form(number: str, unit: str, tail: str) -> int:
    if tail and not number.isdecimal():
        raise ValueError("decimals on both sides of the unit")
    amount = Decimal(number.replace(",", ".")).scaleb(_SCALE[unit])
    # "1tr2" is 1.200.000: what follows is the next smaller place.
    amount += Decimal(f"0.{tail or 0}").scaleb(_SCALE[unit])
    if amount != amount.to_integral_value():
        raise ValueError("there is no smaller coin than one đồng")
    return int(amount)


def show(amount_vnd: int) -> str:
    """185.000 ₫, the sign held to the number by a non-breaking space."""
    # A minus as wide as a plus: a hyphen is easily overlooked.
    return f"{amount_vnd:,}".replace(",", ".").replace("-", "\u2212") + "\u00a0₫"


_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", " nghìn", " triệu")


def in_words(amount_vnd: int) -> str:
    """Say it as invoices and vouchers do: "Một trăm hai mươi nghìn đồng". Raises ValueError."""
    _not_negative(amount_vnd)
    said = _spoken(amount_vnd) or "không"
    return f"{said[0].upper()}{said[1:]} đồng"


def _spoken(number: int, *, full: bool = False) -> str:
    """Billions are counted like a number of their own: "một nghìn tỷ"."""
    billions, rest = divmod(number, 10**9)
    words = [f"{_spoken(billions, full=full)} tỷ"] if billions else []
    full = full or bool(billions)
    for place in (2, 1, 0):
        group = rest // 1000**place % 1000
        if group:
            words.append(_three(group, full=full) + _GROUPS[place])
            full = True
    return " ".join(words)


def _three(group: int, *, full: bool) -> str:
    """Three digits; `full`: something stands before them, so zeros are said."""
    hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
    words = [f"{_DIGITS[hundreds]} trăm"] if hundreds or full else []
    if tens > 1:
        words.append(f"{_DIGITS[tens]} mươi")
    elif tens == 1:
        words.append("mười")
    elif ones and words:
        words.append("linh")
    if ones:
        words.append(_ones(tens, ones))
    return " ".join(words)


def _ones(tens: int, ones: int) -> str:
    if ones == 5 and tens:
        return "lăm"
    if ones == 1 and tens > 1:
        return "mốt"
    return "tư" if ones == 4 and tens > 1 else _DIGITS[ones]
