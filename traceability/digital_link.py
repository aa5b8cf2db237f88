"""Addresses inside QR codes: GS1 Digital Link URIs, and ours for goods without a GTIN.

`scheme://host[/prefix]/01/{GTIN}[/22/{variant}][/10/{lot}][/21/{serial}][?AI=value&…]`
(GS1 Digital Link URI Syntax 1.4). Goods without a GTIN have `/t/{code}` in place of
`/01/{GTIN}`, where the code is one of ours and cannot be read as a GS1 key; `/t/{serial}` alone
is the shortest address of one stamp. Values keep their case; scheme, host and `/t/` have none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_to_bytes

from flask_babel import gettext as _

from shop.errors import DomainError
from traceability import identifiers

MAX_ADDRESS = 2000
MAX_VALUE = 20
MAX_ATTRIBUTE = 90

QUALIFIERS = {"22": "variant", "10": "lot", "21": "serial"}  # in the order they must stand
_SET_82 = re.compile(r"[A-Za-z0-9!\"%&'()*+,\-./:;<=>?_]+")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL_OR_BLANK = re.compile(r"[\x00-\x20\x7f-\xa0]")
_KEYS = {"00", "01", "414"}
_AI = re.compile(r"[0-9]{2,4}")
# Attributes known to be digits of one length; any other follows set 82.
_DIGITS = {"17": 6, "15": 6, "11": 6, "13": 6, "422": 3, **{f"310{n}": 6 for n in range(6)}}
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?")


class BadLink(DomainError):
    """An address that breaks the grammar. `facts["rule"]`: which rule, a stable word."""

    status = 400

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message, rule=rule)
        self.rule = rule


@dataclass(frozen=True)
class Identity:
    """What an address speaks of: a product (`gtin`, 14 digits, or our own `code`), perhaps one
    variant or lot of it, perhaps one item. With `serial` alone it is one stamp of ours.

    `attributes`: application identifier → value, from the query (17 is the expiry, `YYMMDD`).
    """

    gtin: str | None = None
    code: str | None = None
    variant: str | None = None
    lot: str | None = None
    serial: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def level(self) -> str:
        """The most exact thing named: `item`, `lot`, `variant` or `product`."""
        if self.serial:
            return "item"
        if self.lot:
            return "lot"
        return "variant" if self.variant else "product"


def build(host: str, identity: Identity, *, scheme: str = "https") -> str:
    """The canonical address. `host` may have a port and a path prefix. Raises BadLink.

    Everything outside RFC 3986's unreserved characters is percent-encoded.
    """
    name, _slash, prefix = host.strip("/").partition("/")
    if not _HOST.fullmatch(name):
        raise BadLink("host", _("Tên máy chủ không hợp lệ."))
    before = f"/{prefix}" if prefix else ""
    return f"{scheme}://{name}{before}{path(identity)}"


def build_short(host: str, identity: Identity, *, scheme: str = "https") -> str:
    """The same meaning in upper case, so that a QR symbol needs about a third less room.

    Only where every value is already in upper case and within QR alphanumeric mode; raises
    BadLink (`upper_case`) otherwise, for values keep their case.
    """
    if identity.attributes or "/" in host.strip("/"):
        raise BadLink("upper_case", _("Mã có phần không viết hoa được."))
    name, address = host.strip("/").upper(), path(identity)
    if address.startswith("/t/"):
        address = f"/T/{address[3:]}"
    whole = f"{scheme.upper()}://{name}{address}"
    if not _HOST.fullmatch(name) or not _ALPHANUMERIC.fullmatch(whole):
        raise BadLink("upper_case", _("Mã có phần không viết hoa được."))
    return whole


def path(identity: Identity) -> str:
    """Path and query of `identity`, checked as strictly as `parse`. Raises BadLink."""
    parts = [*_primary(identity)]
    alone = identity.gtin is None and identity.code is None
    for ai, name in QUALIFIERS.items():
        value = getattr(identity, name)
        if value is not None and not alone:
            parts += [ai, _value(value)]
    query = "&".join(
        f"{ai}={quote(_attribute(ai, value), safe='')}" for ai, value in identity.attributes.items()
    )
    return "".join(f"/{quote(part, safe='')}" for part in parts) + (f"?{query}" if query else "")


def escaped(value: str) -> str:
    """A lot, variant or serial as it stands in a path. Raises BadLink."""
    return quote(_value(value), safe="")


def parse(address: str) -> Identity:
    """What an address, or a path with its query, speaks of. Raises BadLink for bad form.

    A path before the primary key is a prefix of the host and is ignored. Query keys with letters
    are no application identifiers (`utm_source`, `linkType`) and are ignored too.
    """
    if len(address) > MAX_ADDRESS:
        raise BadLink("too_long", _("Địa chỉ quá dài."))
    if _CONTROL_OR_BLANK.search(address):
        raise BadLink("character", _("Địa chỉ có ký tự không được phép."))
    whole, _hash, _fragment = address.partition("#")
    route, _mark, query = whole.partition("?")
    segments = [_decoded(segment) for segment in _route(route).split("/")[1:]]
    return _identity(segments, _attributes(query))


def _primary(identity: Identity) -> tuple[str, str]:
    if identity.gtin is not None and identity.code is None:
        return "01", _gtin(identity.gtin)
    if identity.code is not None and identity.gtin is None:
        return "t", _own(identity.code, identifiers.is_internal_code)
    others = (identity.gtin, identity.code, identity.lot, identity.variant)
    if identity.serial is not None and others == (None,) * 4:
        return "t", _own(identity.serial, identifiers.is_serial)
    raise BadLink("no_key", _("Địa chỉ không có mã sản phẩm."))


def _route(route: str) -> str:
    scheme, mark, rest = route.partition("://")
    if not mark:
        if not route.startswith("/"):
            raise BadLink("address", _("Địa chỉ không đúng dạng."))
        return route
    host, slash, after = rest.partition("/")
    if scheme.lower() not in ("http", "https") or not _HOST.fullmatch(host):
        raise BadLink("address", _("Địa chỉ không đúng dạng."))
    return slash + after or "/"


def _decoded(raw: str) -> str:
    # Exactly once: a value may hold a percent sign of its own.
    if _BROKEN_ESCAPE.search(raw):
        raise BadLink("escape", _("Địa chỉ có ký tự mã hóa hỏng."))
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise BadLink("escape", _("Địa chỉ có ký tự mã hóa hỏng.")) from None


def _identity(segments: list[str], attributes: dict[str, str]) -> Identity:
    start = _start(segments)
    key, pairs = segments[start], segments[start:]
    if pairs[-1] == "" and len(pairs) % 2 and len(pairs) > 2:
        pairs = pairs[:-1]  # one slash at the end
    if len(pairs) % 2:
        raise BadLink("empty", _("Địa chỉ thiếu giá trị."))
    named = _qualifiers(list(zip(pairs[2::2], pairs[3::2], strict=True)))
    if key == "01":
        return Identity(gtin=_gtin(pairs[1]), attributes=attributes, **named)
    return _ours(pairs[1], named, attributes)


def _start(segments: list[str]) -> int:
    # The first key counts: a lot may well be called 01.
    for place, segment in enumerate(segments[:-1]):
        if segment == "01" or segment.lower() == "t":
            return place
    raise BadLink("no_key", _("Địa chỉ không có mã sản phẩm."))


def _qualifiers(pairs: list[tuple[str, str]]) -> dict[str, str]:
    order = list(QUALIFIERS)
    found: dict[str, str] = {}
    last = -1
    for ai, value in pairs:
        if ai not in QUALIFIERS:
            raise BadLink("attribute_in_path", _("Địa chỉ có phần lạ sau mã sản phẩm."))
        if QUALIFIERS[ai] in found:
            raise BadLink("repeated", _("Địa chỉ lặp lại một giá trị."))
        if order.index(ai) < last:
            raise BadLink("order", _("Các phần của địa chỉ sai thứ tự."))
        last = order.index(ai)
        found[QUALIFIERS[ai]] = _value(value)
    return found


def _ours(code: str, named: dict[str, str], attributes: dict[str, str]) -> Identity:
    if identifiers.is_serial(code) and not named:
        return Identity(serial=code, attributes=attributes)
    return Identity(code=_own(code, identifiers.is_internal_code), attributes=attributes, **named)


def _attributes(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        ai, _equals, raw = (_decoded(part) for part in pair.partition("="))
        if not _AI.fullmatch(ai):
            continue
        if ai in QUALIFIERS or ai in _KEYS:
            raise BadLink("key_in_query", _("Mã, lô và số sê-ri phải nằm trong đường dẫn."))
        if ai in found:
            raise BadLink("repeated", _("Địa chỉ lặp lại một giá trị."))
        found[ai] = _attribute(ai, raw)
    return found


def _gtin(written: str) -> str:
    try:
        return identifiers.gtin14(written)
    except ValueError:
        raise BadLink("gtin", _("Mã GTIN sai số kiểm tra hoặc sai độ dài.")) from None


def _own(code: str, is_right: Callable[[str], bool]) -> str:
    if not is_right(code):
        raise BadLink("code", _("Mã tem không đúng, xin kiểm tra lại từng chữ."))
    return code


def _value(value: str) -> str:
    if not value:
        raise BadLink("empty", _("Địa chỉ thiếu giá trị."))
    if len(value) > MAX_VALUE:
        raise BadLink("too_long", _("Địa chỉ có giá trị quá dài."))
    # Browsers and proxies take . and .. for steps in a path, escaped or not.
    if not _SET_82.fullmatch(value) or value in (".", ".."):
        raise BadLink("character", _("Địa chỉ có ký tự không được phép."))
    return value


def _attribute(ai: str, value: str) -> str:
    if not value:
        raise BadLink("empty", _("Địa chỉ thiếu giá trị."))
    if len(value) > MAX_ATTRIBUTE:
        raise BadLink("too_long", _("Địa chỉ có giá trị quá dài."))
    digits = _DIGITS.get(ai)
    if not _SET_82.fullmatch(value) or (digits and not re.fullmatch(rf"[0-9]{{{digits}}}", value)):
        raise BadLink("character", _("Địa chỉ có ký tự không được phép."))
    return value
