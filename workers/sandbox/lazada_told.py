"""What Lazada's sandbox is told: products in JSON or XML, and its refusals."""

import json
import xml.etree.ElementTree as ET
from typing import Any

from flask import request

LEAST_VND, END_VND = 10_000, 1_000_000_000
MOST_STOCK = 999_999


class Fault(Exception):
    """An answer other than success. `detail`: what is wrong with which SKU."""

    def __init__(
        self,
        code: str,
        said: str,
        type: str = "ISV",
        detail: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.said, self.type, self.detail = code, said, type, detail or []


def product(name: str = "payload") -> dict[str, Any]:
    """The product of a request, told in JSON or in XML."""
    raw = request.values.get(name, "")
    try:
        told = _of_xml(ET.fromstring(raw)) if raw.startswith("<") else json.loads(raw)["Request"]
        found: dict[str, Any] = told["Product"]
    except (ValueError, KeyError, TypeError, ET.ParseError):
        raise Fault("5", "E005: Invalid Request Format") from None
    return found


def _of_xml(element: ET.Element) -> Any:
    """Elements as dicts; the children of lists by name, always as lists."""
    found: dict[str, Any] = {}
    for child in element:
        value = _of_xml(child) if len(child) else (child.text or "")
        if child.tag in {"Sku", "Image"} or (element.tag == "Skus" and child.tag == "SkuId"):
            found.setdefault(child.tag, []).append(value)
        else:
            found[child.tag] = value
    return found


def listed(told: dict[str, Any], outer: str, inner: str) -> list[Any]:
    """What stands in a list: "Skus"/"Sku", "Images"/"Image". It is an array, or refused."""
    rows = (told.get(outer) or {}).get(inner) or []
    if not isinstance(rows, list):
        raise Fault("1001", f"{inner} is an array")
    return rows


def whole(value: Any, name: str) -> int:
    """A whole number, or refused."""
    try:
        return int(str(value).removesuffix(".00"))
    except ValueError:
        raise Fault("5", f"E005: {name} is a whole number") from None


def price(value: Any) -> int:
    """A price in đồng, or refused."""
    vnd = whole(value, "price")
    if not LEAST_VND <= vnd < END_VND:
        raise Fault("4134", f"E4134: price from {LEAST_VND} to below {END_VND}")
    return vnd


def stock(value: Any) -> int:
    """A number of units, or refused."""
    units = whole(value, "quantity")
    if not 0 <= units <= MOST_STOCK:
        raise Fault("4139", "E4139: quantity out of range")
    return units
