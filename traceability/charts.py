"""Bars drawn by the server as inline SVG, with their figures in words for who cannot see them."""

from collections.abc import Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 160
_ROW, _LABEL, _NUMBER = 22, 200, 60


def columns(bars: Sequence[tuple[str, int]], title: str) -> Markup:
    """One column a bar, side by side, as for days; `bars`: label and number, in their order."""
    most = max((number for _label, number in bars), default=0) or 1
    step = WIDTH / max(len(bars), 1)
    drawn = [
        f'<rect x="{place * step + step * 0.1:.1f}" y="{HEIGHT - tall:.1f}"'
        f' width="{step * 0.8:.1f}" height="{tall:.1f}">'
        f"<title>{escape(label)}: {number}</title></rect>"
        for place, (label, number) in enumerate(bars)
        for tall in [number / most * (HEIGHT - 16)]
    ]
    ends = ""
    if bars:
        under = HEIGHT + 14
        ends = f'<text x="0" y="{under}">{escape(bars[0][0])}</text>'
        ends += f'<text x="{WIDTH}" y="{under}" text-anchor="end">{escape(bars[-1][0])}</text>'
        ends += f'<text x="0" y="10">{most}</text>'
    return _svg(HEIGHT + 20, bars, title, "".join(drawn) + ends)


def rows(bars: Sequence[tuple[str, int]], title: str) -> Markup:
    """One row a bar, with its label before and its number behind it."""
    most = max((number for _label, number in bars), default=0) or 1
    room = WIDTH - _LABEL - _NUMBER
    drawn = [
        f'<text x="0" y="{place * _ROW + 15}">{escape(_short(label))}</text>'
        f'<rect x="{_LABEL}" y="{place * _ROW + 3}" width="{long:.1f}" height="{_ROW - 6}"/>'
        f'<text x="{_LABEL + long + 6:.1f}" y="{place * _ROW + 15}">{number}</text>'
        for place, (label, number) in enumerate(bars)
        for long in [number / most * room]
    ]
    return _svg(max(_ROW * len(bars), _ROW), bars, title, "".join(drawn))


def _short(label: str) -> str:
    return label if len(label) <= 30 else f"{label[:29]}…"


def _svg(height: int, bars: Sequence[tuple[str, int]], title: str, drawn: str) -> Markup:
    said = "; ".join(f"{label}: {number}" for label, number in bars)
    # All that comes from outside is escaped above and here.
    return Markup(  # noqa: S704
        f'<svg class="bars" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(said)}</desc>{drawn}</svg>"
    )
