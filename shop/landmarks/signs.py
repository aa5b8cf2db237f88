"""A sign to hang at a landmark, A4: its name, a large code of its page, and what to do with it."""

from io import BytesIO

from flask_babel import force_locale
from flask_babel import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader

from shop import pdf, qr
from shop.landmarks import sights
from shop.landmarks.models import Kind, Landmark
from shop.landmarks.schemas import KIND_NAMES

# Of the symbol with its quiet zone. Phones read a code from some ten times its side: a good metre.
SIDE = pdf.mm(150)
_MARGIN = pdf.mm(20)


def sign(row: Landmark) -> bytes:
    """The sign as a PDF of one page; the whole name stands on it, however long it is.

    In Vietnamese, whoever prints it: those who pass by read it.
    """
    with force_locale("vi"):
        return _drawn(row)


def _drawn(row: Landmark) -> bytes:
    out = BytesIO()
    page = pdf.canvas(out, title=row.name, size=A4)
    width, height = A4
    room, middle, top = width - 2 * _MARGIN, width / 2, height - _MARGIN

    def write(words: str, size: float, *, bold: bool = False) -> None:
        nonlocal top
        font = pdf.BOLD if bold else pdf.REGULAR
        page.setFont(font, size)
        for line in pdf.broken(words, room, font=font, size=size):
            top -= size * 1.25
            page.drawCentredString(middle, top, line)
        top -= size * 0.3

    write(row.name, _name_size(row.name, room), bold=True)
    write(", ".join([str(KIND_NAMES[Kind(row.kind)]), *filter(None, sights.where(row))]), 18)
    top -= SIDE + pdf.mm(4)
    code = ImageReader(BytesIO(qr.png(sights.link(row))))
    page.drawImage(code, middle - SIDE / 2, top, SIDE, SIDE)
    write(_("Quét mã bằng điện thoại: câu chuyện của nơi này, đặc sản và người bán ở gần."), 22)
    write(sights.link(row), 14)
    page.showPage()
    page.save()
    return out.getvalue()


def _name_size(name: str, room: float) -> float:
    """Points at which a name takes three lines at most; the smallest is 16."""
    sizes = (44, 36, 30, 24, 20)
    fits = (s for s in sizes if len(pdf.broken(name, room, font=pdf.BOLD, size=s)) <= 3)
    return next(fits, 16)
