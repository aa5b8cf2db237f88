"""The brief of a region on paper: a page of A4."""

from datetime import datetime
from io import BytesIO
from typing import Any

from flask_babel import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4

from shop import clock, pdf
from shop.figures import Scope
from shop.reports.briefs import Bar, Line

MOST_BARS, LEAST_BARS = 8, 2
# The figure whose communes are drawn, the first of these that has two or more.
DRAWN = ("orders.value", "orders.transactions", "catalogue.ocop_products", "sellers.passed")
_LEFT, _RIGHT = pdf.mm(18), A4[0] - pdf.mm(18)
_TOP, _BOTTOM = A4[1] - pdf.mm(16), pdf.mm(14)
_NOTE = 30  # the words at the foot
_GREEN, _GREY, _BLACK = HexColor("#1f6b43"), HexColor("#5b6660"), HexColor("#111111")


def brief(scope: Scope, taken_at: datetime, groups: list[tuple[str, list[Line]]]) -> bytes:
    """A PDF; what finds no room goes on a second page."""
    out = BytesIO()
    title = str(_("Số liệu %(area)s", area=scope.region.name))
    page = _Page(pdf.canvas(out, title=title))
    page.heading(title, _period(scope, taken_at))
    for name, lines in groups:
        page.group(name)
        for line in lines:
            page.line(str(line.figure.title), line.shown, line.hint)
    drawn = _drawn(groups)
    if drawn:
        page.chart(str(_("%(figure)s theo xã, phường", figure=drawn.figure.title)), drawn)
    page.note(
        str(
            _(
                "Số nào đứng sau dưới 5 người bán hoặc người mua thì không nêu. Mọi số tính từ "
                "dữ liệu của Chợ OCOP, không ai nhập tay."
            )
        )
    )
    page.canvas.save()
    return out.getvalue()


def _period(scope: Scope, taken_at: datetime) -> str:
    at = clock.vietnam(taken_at).strftime("%H:%M %d/%m/%Y")
    said = _("%(period)s · tính lúc %(at)s", period=scope.period.name, at=at)
    return str(said) if scope.period.over else f"{said} · {_('tạm tính, kỳ chưa hết')}"


def _drawn(groups: list[tuple[str, list[Line]]]) -> Line | None:
    by_name = {line.figure.name: line for _name, lines in groups for line in lines}
    lines = (by_name[name] for name in DRAWN if name in by_name)
    return next((line for line in lines if len(_told(line)) > 1), None)


def _told(line: Line) -> list[Bar]:
    """The communes whose number is not hidden."""
    return [bar for bar in line.communes if not bar.hidden]


class _Page:
    """A canvas and how far down it is written."""

    def __init__(self, canvas: Any) -> None:
        self.canvas, self.y = canvas, _TOP

    def heading(self, title: str, under: str) -> None:
        self._text(pdf.fit(title, pdf.BOLD, 16, _RIGHT - _LEFT), 16, bold=True, down=20)
        self._text(under, 9, colour=_GREY, down=12)

    def group(self, name: str) -> None:
        self._room(34)
        self.y -= 7
        self._text(name, 10.5, bold=True, colour=_GREEN, down=13)

    def line(self, title: str, shown: str, hint: str) -> None:
        """A figure with its number; what it comes from is below where it finds no room beside."""
        self._room(23)
        self.canvas.setFillColor(_BLACK)
        number = pdf.fit(shown, pdf.BOLD, 9, 190)
        pdf.line(self.canvas, number, (_RIGHT - pdf.width(number, pdf.BOLD, 9), self.y),
                 font=pdf.BOLD, size=9)  # fmt: skip
        said = f"{title} ({hint})" if hint else title
        room = _RIGHT - _LEFT - pdf.width(number, pdf.BOLD, 9) - 10
        beside = pdf.width(said, pdf.REGULAR, 9) <= room
        pdf.line(self.canvas, pdf.fit(said if beside else title, pdf.REGULAR, 9, room),
                 (_LEFT, self.y), font=pdf.REGULAR, size=9)  # fmt: skip
        if not beside:
            self.y -= 11
            self._text(pdf.fit(hint, pdf.REGULAR, 8, _RIGHT - _LEFT), 8, colour=_GREY, down=0)
        self.y -= 12.3

    def chart(self, title: str, line: Line) -> None:
        """The longest bars: as many as leave room for the note below, or on the next page."""
        room = int((self.y - _BOTTOM - 20 - _NOTE) / 12)
        self.group(title)
        for bar in _told(line)[: min(MOST_BARS, room) if room >= LEAST_BARS else MOST_BARS]:
            self._room(13)
            self.canvas.setFillColor(_BLACK)
            pdf.line(self.canvas, pdf.fit(bar.label, pdf.REGULAR, 8, 120), (_LEFT, self.y),
                     font=pdf.REGULAR, size=8)  # fmt: skip
            long = (_RIGHT - _LEFT - 260) * bar.percent / 100
            self.canvas.setFillColor(_GREEN)
            self.canvas.rect(_LEFT + 126, self.y - 1, long, 7, stroke=0, fill=1)
            self.canvas.setFillColor(_BLACK)
            pdf.line(self.canvas, pdf.fit(bar.shown, pdf.REGULAR, 8, 130),
                     (_LEFT + 130 + long, self.y), font=pdf.REGULAR, size=8)  # fmt: skip
            self.y -= 12

    def note(self, words: str) -> None:
        self.y -= 6
        for said in pdf.wrap(words, _RIGHT - _LEFT, 3, size=8):
            self._room(11)
            self._text(said, 8, colour=_GREY, down=10)

    def _text(self, words: str, size: float, *, down: float, bold: bool = False,
              colour: Any = _BLACK) -> None:  # fmt: skip
        self.canvas.setFillColor(colour)
        font = pdf.BOLD if bold else pdf.REGULAR
        pdf.line(self.canvas, words, (_LEFT, self.y), font=font, size=size)
        self.y -= down

    def _room(self, needed: float) -> None:
        if self.y - needed < _BOTTOM:
            self.canvas.showPage()
            self.y = _TOP
