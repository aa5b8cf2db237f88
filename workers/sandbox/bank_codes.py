"""A bank app's own reader of VietQR codes: it pays nothing that is not exactly by the document."""

from dataclasses import dataclass
from itertools import pairwise


class Unreadable(Exception):
    """The app shows this reason and pays nothing."""


@dataclass(frozen=True)
class Scanned:
    """What the app fills in. `amount_vnd` None: the customer types it."""

    bin: str
    account_number: str
    amount_vnd: int | None
    content: str


def scan(text: str) -> Scanned:
    """Read `text`. Raises Unreadable."""
    if not text.isascii():
        raise Unreadable("characters outside ASCII")
    top = _elements(text, "code")
    if "38" not in top and top.get("26", "").startswith("0010A000000775"):
        raise Unreadable("VNPAY-QR, not a transfer code")
    if list(top)[-1] != "63" or text[-8:-4] != "6304":
        raise Unreadable("63 is not the last element")
    if text[-4:] != f"{_crc16(text[:-4]):04X}":
        raise Unreadable("wrong CRC")
    _expect(top, {"00": "01", "53": "704", "58": "VN"}, "code")
    if top.get("01") not in ("11", "12"):
        raise Unreadable("01 is neither 11 nor 12")
    template = _elements(top.get("38", ""), "38")
    _expect(template, {"00": "A000000727"}, "38")
    if template.get("02") not in ("QRIBFTTA", "QRIBFTTC"):
        raise Unreadable("38-02 is no transfer service")
    return _filled_in(top, _elements(template.get("01", ""), "38-01"))


def _filled_in(top: dict[str, str], beneficiary: dict[str, str]) -> Scanned:
    bin, account = beneficiary.get("00", ""), beneficiary.get("01", "")
    if len(bin) != 6 or not bin.isdigit():
        raise Unreadable("38-01-00 is not a BIN")
    if not 1 <= len(account) <= 19 or not account.isalnum():
        raise Unreadable("38-01-01 is not an account")
    more = _elements(top["62"], "62") if "62" in top else {}
    content = more.get("08", "")
    if len(content) > 25 or not all(c.isalnum() or c == " " for c in content):
        raise Unreadable("62-08 is too long or has signs")
    return Scanned(bin, account, _amount(top.get("54")), content)


def _amount(digits: str | None) -> int | None:
    if digits is None:
        return None
    if not digits.isdigit() or len(digits) > 13 or digits.startswith("0"):
        raise Unreadable("54 is not an amount of 1 to 13 digits")
    return int(digits)


def _elements(text: str, where: str) -> dict[str, str]:
    pairs: list[tuple[str, str]] = []
    rest = text
    while rest:
        tag, size = rest[:2], rest[2:4]
        if len(size) < 2 or not (tag + size).isdigit():
            raise Unreadable(f"{where}: broken element")
        value, rest = rest[4 : 4 + int(size)], rest[4 + int(size) :]
        if not value or len(value) != int(size):
            raise Unreadable(f"{where}: {tag} is empty or cut short")
        pairs.append((tag, value))
    # 63 closes the code, whatever came before it.
    order = [tag for tag, _value in pairs if not (where == "code" and tag == "63")]
    if not pairs or any(left >= right for left, right in pairwise(order)):
        raise Unreadable(f"{where}: missing, or elements out of order")
    return dict(pairs)


def _expect(elements: dict[str, str], wanted: dict[str, str], where: str) -> None:
    for tag, value in wanted.items():
        if elements.get(tag) != value:
            raise Unreadable(f"{where}: {tag} is not {value}")


def _crc16(text: str) -> int:
    crc = 0xFFFF
    for byte in text.encode("ascii"):
        crc ^= byte << 8
        for _bit in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc
