"""A geographic point as people give it: two numbers, degrees, or what a map's share button copies.

Pure. Points are WGS 84 in degrees with six decimals (about ten centimetres).
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

# Vietnam with its islands, Hoàng Sa and Trường Sa among them: the widest span of its territory.
SOUTH, NORTH, WEST, EAST = Decimal("6.5"), Decimal("23.5"), Decimal(102), Decimal("117.9")

_PLACES = Decimal("0.000001")
_NUMBER = r"[-+]?\d{1,3}(?:\.\d{1,20})?"
_PAIR = re.compile(rf"\s*({_NUMBER})°?\s*[NnBb]?\s*[,; ]\s*({_NUMBER})°?\s*[EeĐđ]?\s*")
# "21,5671 105,7502" and "21,5671; 105,7502": the decimal comma of our keyboards.
_COMMAS = re.compile(r"\s*(\d{1,3}),(\d{1,20})\s*(?:[;\s]|,\s)\s*(\d{1,3}),(\d{1,20})\s*")
_DEGREES = re.compile(
    r"(\d{1,3})\s*°\s*(?:(\d{1,2})\s*['′’]\s*)?(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"″”]|'')\s*)?([NSEWBĐ])",
    re.IGNORECASE,
)
_PIN = re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})")
_CENTRE = re.compile(rf"@({_NUMBER}),({_NUMBER})")
_SEGMENT = re.compile(rf"/({_NUMBER}),[ +]*({_NUMBER})(?=/|$|\?)")
_OSM = re.compile(rf"map=\d{{1,2}}/({_NUMBER})/({_NUMBER})")
_QUERY = ("q", "query", "ll", "sll", "destination", "daddr", "center", "viewpoint")
_SHORTENED = ("goo.gl", "maps.app.goo.gl", "g.co", "osm.org")


class Point(NamedTuple):
    """Latitude and longitude in degrees, six decimals."""

    latitude: Decimal
    longitude: Decimal


class NotAPoint(ValueError):
    """The text holds no point."""


class Shortened(NotAPoint):
    """A shortened link: where it leads is known only to its server."""


class Outside(ValueError):
    """The point is not in Vietnam."""


def parse(typed: str) -> Point:
    """The point in what was typed or pasted.

    "21.5671, 105.7502", with decimal commas, 21°34'01"N 105°45'00"E, `geo:` (RFC 5870), a link
    of Google Maps or OpenStreetMap. Longitude before latitude is understood, for in Vietnam the
    two never overlap. Raises NotAPoint, Shortened, Outside.
    """
    typed = typed.strip()[:2000]
    pairs = list(_pairs(typed))
    if not pairs:
        raise Shortened if _is_short(typed) else NotAPoint
    found = next((point for point in map(_inside, pairs) if point), None)
    if found is None:
        raise Outside
    return found


def _pairs(typed: str) -> Iterator[tuple[str, str]]:
    """Pairs of numbers in the text, the likeliest first."""
    if "://" in typed or typed.lower().startswith(("www.", "maps.", "google.")):
        yield from _of_link(typed)
        return
    if typed.lower().startswith("geo:"):
        yield from _of_geo(typed[4:])
        return
    commas, pair = _COMMAS.fullmatch(typed), _PAIR.fullmatch(typed.strip("()[]"))
    if commas:
        yield f"{commas[1]}.{commas[2]}", f"{commas[3]}.{commas[4]}"
    elif pair:
        yield pair[1], pair[2]
    else:
        yield from _of_degrees(typed)


def _of_geo(rest: str) -> Iterator[tuple[str, str]]:
    # Android writes "geo:0,0?q=21.5,105.7(Tên)" for a pin.
    coordinates, _mark, query = rest.partition("?")
    for words in [*parse_qs(query).get("q", []), coordinates.split(";")[0]]:
        found = _PAIR.fullmatch(words.split("(")[0])
        if found:
            yield found[1], found[2]


def _of_link(typed: str) -> Iterator[tuple[str, str]]:
    """The pin first, then what was searched for, at last the middle of the picture."""
    link = unquote(typed)
    yield from reversed(_PIN.findall(link))
    try:
        query = parse_qs(urlsplit(typed).query)
    except ValueError:
        query = {}
    if "mlat" in query and "mlon" in query:
        yield query["mlat"][0], query["mlon"][0]
    for name in _QUERY:
        for words in query.get(name, []):
            found = _PAIR.fullmatch(words.removeprefix("loc:"))
            if found:
                yield found[1], found[2]
    for pattern in (_SEGMENT, _OSM, _CENTRE):
        yield from pattern.findall(link)


def _of_degrees(typed: str) -> Iterator[tuple[str, str]]:
    found = [_decimal(*match) for match in _DEGREES.findall(typed)]
    if len(found) == 2:
        yield found[0], found[1]


def _decimal(degrees: str, minutes: str, seconds: str, _side: str) -> str:
    value = Decimal(degrees) + Decimal(minutes or 0) / 60 + Decimal(seconds or 0) / 3600
    return format(value, "f")


def _inside(pair: tuple[str, str]) -> Point | None:
    try:
        first, second = (Decimal(number).quantize(_PLACES) for number in pair)
    except InvalidOperation:
        return None
    for latitude, longitude in ((first, second), (second, first)):
        if SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST:
            return Point(latitude, longitude)
    return None


def _is_short(typed: str) -> bool:
    return any(f"{host}/" in typed for host in _SHORTENED)


def show(latitude: Decimal, longitude: Decimal) -> str:
    """How it is written in a box: "21.567100, 105.750200"."""
    return f"{latitude:.6f}, {longitude:.6f}"


def geo(latitude: Decimal, longitude: Decimal) -> str:
    """The `geo:` URI (RFC 5870) that a phone's map opens."""
    return f"geo:{latitude:.6f},{longitude:.6f}"


def map_url(latitude: Decimal, longitude: Decimal) -> str:
    """A page of OpenStreetMap with the pin."""
    at = f"{latitude:.6f}/{longitude:.6f}"
    return f"https://www.openstreetmap.org/?mlat={latitude:.6f}&mlon={longitude:.6f}#map=17/{at}"


def way_url(latitude: Decimal, longitude: Decimal) -> str:
    """Google Maps with the pin, for finding the way."""
    return f"https://www.google.com/maps/search/?api=1&query={latitude:.6f}%2C{longitude:.6f}"
