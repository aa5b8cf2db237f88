"""What a label layout will look like: one label, and where labels lie on the page (SVG)."""

from markupsafe import Markup, escape

from traceability import labels, qr, sheets
from traceability.labels import Box, Face, Plan
from traceability.sheets import Layout, Stamp

_SAMPLE = Stamp("HTTPS://TXNG.VN/T/000000000", "000000000", "7Q2M9K")
_POINT = 25.4 / 72


def label(layout: Layout, face: Face) -> Markup:
    """One label with the face of a batch; raises LabelTooSmall and WordsTooLarge."""
    symbol = qr.symbol(_SAMPLE.uri)
    groups = sheets.parts(_SAMPLE.code)
    plan = labels.plan(layout, symbol.side, face, len(groups))
    drawn = [
        f'<rect width="{layout.width:g}" height="{layout.height:g}" fill="#fff" stroke="#888"'
        ' stroke-width=".2"/>',
        _symbol(plan, symbol),
        *(_words(line.text, line.left, line.base, line.size) for line in plan.lines),
        *(
            _words(" ".join(groups[slot.first : slot.end]), slot.left, slot.base, slot.size)
            for slot in plan.slots
        ),
    ]
    if plan.stars:
        drawn.append(_words("OCOP", plan.stars.left, plan.stars.base, plan.stars.size))
        drawn += [_polygon(shape) for shape in labels.star_shapes(plan.stars)]
    drawn += [_box(box) for box in (plan.logo, plan.scratch) if box]
    return _svg(layout.width, layout.height, drawn, layout.name)


def page(layout: Layout) -> Markup:
    """Where the labels lie on the page, and the cutting marks."""
    width, height = layout.page
    drawn = [f'<rect width="{width:g}" height="{height:g}" fill="#fff" stroke="#888"/>']
    for left, top in sheets.corners(layout):
        drawn.append(_box(Box(left, top, layout.width, layout.height)))
    for x, y, to_x, to_y in sheets.marks(layout):
        drawn.append(
            f'<line x1="{x:.2f}" y1="{y:.2f}" x2="{to_x:.2f}" y2="{to_y:.2f}" stroke="#000"'
            ' stroke-width=".3"/>'
        )
    return _svg(width, height, drawn, layout.name)


def _symbol(plan: Plan, symbol: qr.Symbol) -> str:
    left, top = plan.symbol
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(qr.rows(symbol))
        for x, bit in enumerate(row)
        if bit == "1"
    )
    place = f"translate({left:.3f} {top:.3f}) scale({plan.module:.4f})"
    return f'<path transform="{place}" d="{path}" shape-rendering="crispEdges"/>'


def _words(text: str, left: float, base: float, size: float) -> str:
    return (
        f'<text x="{left:.2f}" y="{base:.2f}" font-size="{size * _POINT:.3f}"'
        f' font-family="Be Vietnam Pro, sans-serif">{escape(text)}</text>'
    )


def _polygon(shape: list[tuple[float, float]]) -> str:
    return f'<polygon points="{" ".join(f"{x:.2f},{y:.2f}" for x, y in shape)}"/>'


def _box(box: Box) -> str:
    return (
        f'<rect x="{box.left:.2f}" y="{box.top:.2f}" width="{box.width:.2f}"'
        f' height="{box.height:.2f}" fill="none" stroke="#555" stroke-width=".2"/>'
    )


def _svg(width: float, height: float, drawn: list[str], title: str) -> Markup:
    return Markup(  # noqa: S704 - numbers of ours; words are escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img"'
        f' class="drawing"><title>{escape(title)}</title>{"".join(drawn)}</svg>'
    )
