"""The colour of a brand label: white letters on it must stay readable (WCAG 2.1, 1.4.3).

Pure. Colours are "#rrggbb" in lower case.
"""

import re

from flask_babel import lazy_gettext as _l

# What text of any size needs against its ground.
READABLE = 4.5

# Colours to choose from by name, all of them dark enough.
NAMED = {
    "#1f5c3c": _l("Xanh lá chè"),
    "#0f5e63": _l("Xanh cổ vịt"),
    "#1f4f70": _l("Xanh sông"),
    "#4a3f8f": _l("Tím cà"),
    "#8a1f4d": _l("Hồng sen thẫm"),
    "#98261a": _l("Đỏ gạch"),
    "#8a4b08": _l("Nâu mật ong"),
    "#4a4036": _l("Nâu đất"),
}

_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})")


def parse(typed: str) -> str:
    """`typed` ("1F5C3C", "#1f5c3c", "#abc") as "#rrggbb". Raises ValueError."""
    found = _HEX.fullmatch(typed.strip().lower())
    if not found:
        raise ValueError("no colour")
    digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    return f"#{digits}"


def is_readable(colour: str) -> bool:
    """Whether white letters on it can be read."""
    return contrast_with_white(colour) >= READABLE


def contrast_with_white(colour: str) -> float:
    """The ratio that WCAG defines, from 1 (white) to 21 (black)."""
    red, green, blue = (_linear(part) for part in _parts(colour))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def darkened(colour: str) -> str:
    """The same hue, as dark as white letters need it."""
    parts = _parts(colour)
    for percent in range(100, -1, -1):
        candidate = "#" + "".join(f"{part * percent // 100:02x}" for part in parts)
        if is_readable(candidate):
            return candidate
    raise AssertionError("black is readable")


def _parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _linear(part: int) -> float:
    share = part / 255
    return float(share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4)
