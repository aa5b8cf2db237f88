"""A page to print before the stamps: does this printer keep its measures, and what does it draw?"""

from typing import BinaryIO

from flask_babel import gettext as _
from reportlab.pdfgen.canvas import Canvas

from shop import pdf
from traceability import qr
from traceability.sheets import MIN_MODULE_MM, MM_PER_INCH

PAGE = (210.0, 297.0)  # A4, millimetres
RULER = 150
# Dots a module, as the printers we lay labels out for draw them.
_SIZES = ((300, 3), (300, 4), (203, 3), (203, 4), (300, 6))
_LEFT, _TOP = 20.0, 20.0


def write(out: BinaryIO, address: str) -> None:
    """An A4 page with rulers, a square of 50 mm, and the symbol of `address` in several sizes."""
    page = pdf.canvas(out, title=_("Trang thử máy in"), size=(pdf.mm(PAGE[0]), pdf.mm(PAGE[1])))
    _say(page, _("Trang thử máy in"), _LEFT, _TOP, 16, pdf.BOLD)
    steps = (
        _("1. In trang này ở tỷ lệ 100 % (“Kích thước thực”), đừng chọn “Vừa trang”."),
        _("2. Đặt thước thật lên hai thước dưới: 150 mm phải đúng 150 mm, ngang và dọc."),
        _("3. Quét từng mã bằng điện thoại ở khoảng cách một gang tay, dưới đèn trong nhà."),
        _("4. Mã nhỏ nhất quét được ngay là cỡ nhỏ nhất nên in trên máy này."),
    )
    for number, step in enumerate(steps):
        _say(page, step, _LEFT, _TOP + 9 + 6 * number, 10)
    _ruler(page, _LEFT, 62, across=True)
    _ruler(page, _LEFT, 72, across=False)
    _square(page, _LEFT + 22, 76)
    _symbols(page, address)
    page.save()


def _symbols(page: Canvas, address: str) -> None:
    left, top = _LEFT + 22, 142.0
    for dpi, dots in _SIZES:
        module = dots * MM_PER_INCH / dpi
        _symbol(page, qr.symbol(address), (left, top), module)
        fits = module >= MIN_MODULE_MM[dpi] - 1e-6
        said = _("ô %(mm)s mm", mm=f"{module:.2f}".replace(".", ","))
        _say(page, said, left, top + 36, 9, pdf.BOLD if fits else pdf.REGULAR)
        _say(page, _("máy %(dpi)s dpi, %(dots)s điểm", dpi=dpi, dots=dots), left, top + 41, 8)
        if not fits:
            _say(page, _("nhỏ hơn mức cho phép"), left, top + 45, 8)
        left += 45
        if left > PAGE[0] - 50:
            left, top = _LEFT + 22, top + 55


def _symbol(page: Canvas, symbol: qr.Symbol, at: tuple[float, float], module: float) -> None:
    dot = pdf.mm(module)
    for y, row in enumerate(qr.rows(symbol)):
        for x, bit in enumerate(row):
            if bit == "1":
                left = pdf.mm(at[0]) + x * dot
                page.rect(left, pdf.mm(PAGE[1] - at[1]) - (y + 1) * dot, dot, dot, stroke=0, fill=1)


def _ruler(page: Canvas, left: float, top: float, *, across: bool) -> None:
    page.setLineWidth(0.4)
    for step in range(RULER + 1):
        length = 5.0 if step % 10 == 0 else 3.5 if step % 5 == 0 else 2.0
        x, y = (left + step, top) if across else (left, top + step)
        to_x, to_y = (x, y + length) if across else (x + length, y)
        page.line(pdf.mm(x), pdf.mm(PAGE[1] - y), pdf.mm(to_x), pdf.mm(PAGE[1] - to_y))
        if step % 10 == 0:
            said = (x - 1.5, y - 1) if across else (x + 6, y + 1)
            _say(page, str(step), *said, 7)


def _square(page: Canvas, left: float, top: float) -> None:
    page.setLineWidth(0.4)
    page.rect(pdf.mm(left), pdf.mm(PAGE[1] - top - 50), pdf.mm(50), pdf.mm(50))
    _say(page, _("Ô này đúng 50 × 50 mm"), left + 54, top + 6, 10)


def _say(
    page: Canvas, text: str, left: float, top: float, size: float, font: str = pdf.REGULAR
) -> None:
    pdf.line(page, text, (pdf.mm(left), pdf.mm(PAGE[1] - top)), font=font, size=size)
