"""QR symbols (ISO/IEC 18004) of short texts, as SVG and PNG.

Stamps, which are printed by the ten thousand, have an encoder of their own in traceability.
"""

import io
import re

import qrcode
from qrcode.constants import ERROR_CORRECT_M

# The standard's quiet zone; phones need it.
QUIET_MODULES = 4


def svg(payload: str) -> str:
    """The symbol as one SVG element with its quiet zone; one unit is one module.

    Dark on white whatever the page's colours are, drawn by two paths: no style, no script.
    """
    rows = _symbol(payload).get_matrix()
    side = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"'
        f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/>'
        f'<path fill="#000" d="{"".join(_boxes(rows))}"/></svg>'
    )


def png(payload: str) -> bytes:
    """The symbol as a black and white PNG with its quiet zone, eight pixels a module."""
    picture = io.BytesIO()
    _symbol(payload).make_image().save(picture, "PNG")
    return picture.getvalue()


def _symbol(payload: str) -> qrcode.QRCode:  # type: ignore[type-arg]
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=8, border=QUIET_MODULES)
    code.add_data(payload)
    code.make(fit=True)
    return code


def _boxes(rows: list[list[bool]]) -> list[str]:
    # A run of dark modules is one box: a fifth of the bytes of a square for each module.
    boxes: list[str] = []
    for y, row in enumerate(rows):
        for run in re.finditer("1+", "".join("1" if dark else "0" for dark in row)):
            width = run.end() - run.start()
            boxes.append(f"M{run.start()} {y}h{width}v1h-{width}z")
    return boxes
