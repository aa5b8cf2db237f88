"""VietQR transfer codes (NAPAS, EMVCo merchant-presented): write, read, draw.

Pure: no database, no settings. Every element is a two-digit id, a two-digit length, a value.
"""

import binascii
import re
import unicodedata
from dataclasses import dataclass

from shop import qr

NAPAS = "A000000727"
VNPAY = "A000000775"
TO_ACCOUNT, TO_CARD = "QRIBFTTA", "QRIBFTTC"
PURPOSE_LENGTH = 25  # NAPAS 62-08

_BIN = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_AMOUNT = re.compile(r"[0-9]{1,13}")
_CRC = re.compile(r"6304[0-9A-F]{4}")
_FIXED = {"00": "01", "53": "704", "58": "VN"}


class BadVietQr(ValueError):
    """The text is not a VietQR code that can be paid; the message says why."""


class VnpayQr(BadVietQr):
    """A sound VNPAY-QR code: another scheme, which names a merchant and no account."""


@dataclass(frozen=True)
class Payee:
    """Who receives: six-digit NAPAS BIN, account of 1-19 letters and digits, holder's name."""

    bin: str
    account_number: str
    account_name: str


@dataclass(frozen=True)
class VietQr:
    """What a code says. Missing texts are empty; `amount_vnd` None: the payer types it."""

    method: str
    bin: str
    account_number: str
    service: str
    amount_vnd: int | None
    purpose: str
    bill: str
    store: str
    reference: str
    terminal: str
    merchant_category: str
    merchant_name: str
    merchant_city: str
    postal_code: str


def payload(account: Payee, amount_vnd: int | None, purpose: str) -> str:
    """The text of a code that pays `amount_vnd` (None: open) into `account`.

    `purpose` is what bank apps put into the transfer content (62-08): unaccented, cut to 25. The
    holder's name is left out: apps show the one their own bank looks up. Raises ValueError.
    """
    _check(account, amount_vnd)
    beneficiary = _element("00", account.bin) + _element("01", account.account_number)
    template = _element("00", NAPAS) + _element("01", beneficiary) + _element("02", TO_ACCOUNT)
    content = clean(purpose)
    body = (
        _element("00", "01")
        + _element("01", "11" if amount_vnd is None else "12")
        + _element("38", template)
        + _element("53", "704")
        + _element("54", "" if amount_vnd is None else str(amount_vnd))
        + _element("58", "VN")
        + _element("62", _element("08", content))
        + "6304"
    )
    return body + crc(body)


def clean(purpose: str) -> str:
    """`purpose` as every bank app takes it: [A-Za-z0-9 ], at most 25 characters."""
    marked = unicodedata.normalize("NFKD", purpose).replace("đ", "d").replace("Đ", "D")
    plain = "".join(c for c in marked if not unicodedata.combining(c))
    return re.sub(r"[^A-Za-z0-9]+", " ", plain).strip()[:PURPOSE_LENGTH].strip()


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE of `text` in UTF-8: four upper-case hexadecimal digits."""
    return f"{binascii.crc_hqx(text.encode('utf-8', 'replace'), 0xFFFF):04X}"


def parse(payload: str) -> VietQr:
    """What a scanned code says; elements this reader does not know are skipped.

    Raises VnpayQr for that scheme's codes, BadVietQr for anything damaged or incomplete.
    """
    elements = _elements(payload)
    if "38" not in elements and _names_vnpay(elements):
        raise VnpayQr("this is a VNPAY-QR code (tag 26), not a VietQR transfer code")
    if not _CRC.fullmatch(payload[-8:]) or crc(payload[:-4]) != payload[-4:]:
        raise BadVietQr("the check sum (63) is missing or wrong")
    _check_frame(elements)
    return _read(elements)


def svg(payload: str) -> str:
    """The code as one SVG element, see `qr.svg`."""
    return qr.svg(payload)


def png(payload: str) -> bytes:
    """The code as a black and white PNG, see `qr.png`."""
    return qr.png(payload)


def _check(account: Payee, amount_vnd: int | None) -> None:
    if not _BIN.fullmatch(account.bin):
        raise ValueError("a BIN has six digits")
    if not _ACCOUNT.fullmatch(account.account_number):
        raise ValueError("an account number has 1 to 19 letters and digits")
    if amount_vnd is not None and not 0 < amount_vnd < 10**13:
        raise ValueError("an amount has 1 to 13 digits and is more than nothing")


def _element(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}" if value else ""


def _elements(text: str) -> dict[str, str]:
    """Id → value in order. Raises BadVietQr when lengths do not add up or an id comes twice."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        head = text[at : at + 4]
        if not (len(head) == 4 and head.isascii() and head.isdigit()):
            raise BadVietQr(f"no element at position {at}")
        end = at + 4 + int(head[2:])
        if end > len(text) or end == at + 4 or head[:2] in found:
            raise BadVietQr(f"element {head[:2]} is cut short, empty or there twice")
        found[head[:2]] = text[at + 4 : end]
        at = end
    return found


def _names_vnpay(elements: dict[str, str]) -> bool:
    return elements.get("26", "").startswith(_element("00", VNPAY))


def _check_frame(elements: dict[str, str]) -> None:
    tags = list(elements)
    if tags[0] != "00" or tags[-1] != "63":
        raise BadVietQr("00 must stand first and 63 last")
    wrong = [tag for tag, value in _FIXED.items() if elements.get(tag) != value]
    if wrong or elements.get("01") not in {"11", "12"}:
        raise BadVietQr(f"elements with a wrong value: {wrong or ['01']}")


def _read(elements: dict[str, str]) -> VietQr:
    template = _elements(elements.get("38", ""))
    if template.get("00") != NAPAS or template.get("02") not in {TO_ACCOUNT, TO_CARD}:
        raise BadVietQr("38 does not name a NAPAS transfer")
    beneficiary = _elements(template.get("01", ""))
    bin, account_number = beneficiary.get("00", ""), beneficiary.get("01", "")
    if not _BIN.fullmatch(bin) or not _ACCOUNT.fullmatch(account_number):
        raise BadVietQr("the BIN or the account number is malformed")
    more = _elements(elements.get("62", ""))
    return VietQr(
        method=elements["01"],
        bin=bin,
        account_number=account_number,
        service=template["02"],
        amount_vnd=_amount(elements.get("54")),
        purpose=more.get("08", ""),
        bill=more.get("01", ""),
        store=more.get("03", ""),
        reference=more.get("05", ""),
        terminal=more.get("07", ""),
        merchant_category=elements.get("52", ""),
        merchant_name=elements.get("59", ""),
        merchant_city=elements.get("60", ""),
        postal_code=elements.get("61", ""),
    )


def _amount(digits: str | None) -> int | None:
    if digits is not None and not _AMOUNT.fullmatch(digits):
        raise BadVietQr("the amount (54) is not 1 to 13 digits")
    return None if digits is None else int(digits)
