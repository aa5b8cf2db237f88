"""Identifiers in EPCIS events: EPC URNs and GS1 Digital Links, in one canonical form (pure).

The canonical form of CBV 2.0 §8.9: a Digital Link at id.gs1.org, the finest level alone, no
variant and no query. So the same goods compare equal whoever wrote them down, and in which form.
"""

import re

from shop import gtin

HOST = "https://id.gs1.org"

# What may stand in a value without being escaped.
_VALUE = r"[\x22\x27\x2D\x2E\x30-\x39\x3B-\x3F\x41-\x5A\x5F\x61-\x7A]"
_LINK = re.compile(
    r"https?://[^/?#]+(?:/[^?#]*?)??"
    r"/(?P<key>01|gtin|00|sscc|414|gln|417|party|8006|itip|8018|gsrn|8017|gsrnp|8003|grai|8004|giai"
    r"|253|gdti|255|gcn|401|ginc|402|gsin|8010|cpid)/(?P<rest>\d{4}[^?#]*)"
)
_SHORT = {
    "gtin": "01",
    "sscc": "00",
    "gln": "414",
    "party": "417",
    "itip": "8006",
    "gsrn": "8018",
    "gsrnp": "8017",
    "grai": "8003",
    "giai": "8004",
    "gdti": "253",
    "gcn": "255",
    "ginc": "401",
    "gsin": "402",
    "cpid": "8010",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
}
# Key → what may follow it once it is canonical.
_FORMS = {
    "01": re.compile(rf"\d{{14}}(?:/(?:10|21)/{_VALUE}{{0,20}}|/235/{_VALUE}{{0,28}})?"),
    "00": re.compile(r"\d{18}"),
    "414": re.compile(rf"\d{{13}}(?:/254/{_VALUE}{{0,20}})?"),
    "417": re.compile(r"\d{13}"),
    "8006": re.compile(rf"\d{{18}}(?:/(?:10|21)/{_VALUE}{{0,20}})?"),
    "8018": re.compile(r"\d{18}"),
    "8017": re.compile(r"\d{18}"),
    "8003": re.compile(rf"\d{{14}}{_VALUE}{{0,16}}"),
    "8004": re.compile(rf"{_VALUE}{{0,30}}"),
    "253": re.compile(rf"\d{{13}}{_VALUE}{{0,17}}"),
    "255": re.compile(r"\d{13}\d{0,12}"),
    "401": re.compile(rf"{_VALUE}{{0,30}}"),
    "402": re.compile(r"\d{17}"),
    "8010": re.compile(r"[\x23\x2D\x2F\x30-\x39\x41-\x5A]{0,30}(?:/8011/\d{0,12})?"),
}
_VARIANT = re.compile(rf"(\d{{14}}|\d{{18}})/22/{_VALUE}{{0,20}}(?=/|$)")
_LOT_AND_SERIAL = re.compile(rf"(\d{{14}}|\d{{18}})/10/{_VALUE}{{0,20}}(/21/{_VALUE}{{0,20}})")
_URN = re.compile(
    r"urn:epc:(?P<form>id:sgtin|id:sscc|id:sgln|id:pgln|class:lgtin|idpat:sgtin):"
    r"(?P<company>\d{6,12})\.(?P<item>\d*)(?:\.(?P<last>.+))?"
)
_ESCAPED = str.maketrans({c: f"%{ord(c):02X}" for c in "!()*+,:"})


def canonical(written: str) -> str:
    """The canonical form of an identifier; anything else as it is."""
    if written.startswith("urn:epc:"):
        return _from_urn(written) or written
    return _from_link(written) or written


def _from_link(written: str) -> str | None:
    found = _LINK.match(written)
    if found is None:
        return None
    key, rest = found["key"], found["rest"].rstrip("/")
    rest = "/".join(_SHORT.get(part, part) for part in rest.split("/"))
    key = _SHORT.get(key, key)
    if key == "01":
        number, slash, after = rest.partition("/")
        rest = (number.zfill(14) if len(number) in (8, 12, 13) else number) + slash + after
    if key in ("01", "8006"):
        rest = _VARIANT.sub(r"\1", rest)
        rest = re.sub(rf"^{_LOT_AND_SERIAL.pattern}$", r"\1\2", rest)
    return f"{HOST}/{key}/{rest}" if _FORMS[key].fullmatch(rest) else None


def _from_urn(written: str) -> str | None:
    found = _URN.fullmatch(written)
    if found is None:
        return None
    form, company, item = found["form"], found["company"], found["item"]
    last = (found["last"] or "").translate(_ESCAPED)
    if form in ("id:sgtin", "class:lgtin", "idpat:sgtin"):
        if len(company) + len(item) != 13 or not last:
            return None
        base = f"{HOST}/01/{_checked(item[0] + company + item[1:])}"
        ai = {"id:sgtin": "/21/", "class:lgtin": "/10/"}.get(form)
        return base + ai + last if ai else (base if last == "*" else None)
    if form == "id:sscc":
        whole = len(company) + len(item) == 17 and not last
        return f"{HOST}/00/{_checked(item[0] + company + item[1:])}" if whole else None
    if len(company) + len(item) != 12:
        return None
    if form == "id:pgln":
        return None if last else f"{HOST}/417/{_checked(company + item)}"
    if not last:
        return None
    return f"{HOST}/414/{_checked(company + item)}" + ("" if last == "0" else f"/254/{last}")


def _checked(body: str) -> str:
    return body + gtin.check_digit(body)
