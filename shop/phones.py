"""Vietnamese phone numbers: E.164 inside, national form for people."""

import re
import unicodedata

# Conversion of 11-digit mobile prefixes, Ministry of Information and Communications, 2018.
_OLD = {f"016{n}": f"03{n}" for n in range(2, 10)}
_OLD |= {"0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078"}
_OLD |= {"0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082"}
_OLD |= {"0186": "056", "0188": "058", "0199": "059"}
_VALID = re.compile(r"0[35789][0-9]{8}|02[0-9]{9}")


def parse(text: str) -> str:
    """Return the number as +84…; raise ValueError when it is no Vietnamese number."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("o", "0")
    digits = re.sub(r"[\s.\-()]", "", plain)
    digits = re.sub(r"^(?:\+84|0084|84(?=[0-9]{9,10}$))0?", "0", digits)
    if len(digits) == 11 and digits[:4] in _OLD:
        digits = _OLD[digits[:4]] + digits[4:]
    if not _VALID.fullmatch(digits):
        raise ValueError("Số điện thoại không đúng")
    return "+84" + digits[1:]


def national(e164: str) -> str:
    """Return 0… for +84…."""
    return "0" + e164.removeprefix("+84")


def show(e164: str) -> str:
    """Return the number grouped for reading: 0900 000 012; nothing for one that is not known."""
    if not e164:
        return ""
    digits = national(e164)
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}"


def is_mobile(e164: str) -> bool:
    """Whether a short message reaches it: a landline (02x) takes none."""
    return not national(e164).startswith("02")


def mask(e164: str) -> str:
    """Return the number with its middle hidden: 09•••••012."""
    digits = national(e164)
    return digits[:2] + "•" * (len(digits) - 5) + digits[-3:]
