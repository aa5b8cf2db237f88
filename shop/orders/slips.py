"""Paper of a parcel: the A6 label for its outside, the packing slip for its inside."""

from io import BytesIO
from typing import BinaryIO

from flask import url_for
from reportlab.lib.pagesizes import A5, A6
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from shop import money, pdf, phones, qr, quantities
from shop.orders import dues
from shop.orders.models import Order, PayBy
from shop.sellers import addresses

MARGIN = pdf.mm(6)
LEADING = 1.35


def label(order: Order, out: BinaryIO) -> None:
    """One A6 page: from whom, to whom in large type, what to collect, the order's code."""
    page = pdf.canvas(out, title=f"Nhãn {order.ref}", size=A6)
    room = A6[0] - 2 * MARGIN
    side = pdf.mm(24)
    _symbol(page, order, (A6[0] - MARGIN - side, A6[1] - MARGIN - side), side)
    top = A6[1] - MARGIN
    top = _text(page, order.ref, top, room - side, 18, bold=True)
    top = _text(page, f"Từ: {order.seller.name}", top, room - side, 9, bold=True, most=2)
    sender = [
        addresses.today(order.seller) or order.seller.address or "",
        phone(order.seller.phone),
    ]
    for words in filter(None, sender):
        top = _text(page, words, top, room - side, 8, most=2)
    top = min(top, A6[1] - MARGIN - side) - pdf.mm(4)
    page.line(MARGIN, top, A6[0] - MARGIN, top)
    top -= pdf.mm(1)
    top = _text(page, f"Đến: {order.buyer_name}", top, room, 15, bold=True, most=2)
    top = _text(page, phone(order.buyer_phone), top, room, 15, bold=True)
    top = _text(page, order.address, top, room, 12, most=4)
    if order.note:
        top = _text(page, f"Lời nhắn: {order.note}", top, room, 9, most=2)
    _text(page, to_collect(order), MARGIN + pdf.mm(14), room, 14, bold=True, most=2)
    page.showPage()
    page.save()


def packing_slip(order: Order, out: BinaryIO) -> None:
    """A5: every line with a box to tick, and what the buyer pays."""
    page = pdf.canvas(out, title=f"Phiếu đóng gói {order.ref}", size=A5)
    room, top = A5[0] - 2 * MARGIN, A5[1] - MARGIN
    top = _text(page, f"Phiếu đóng gói {order.ref}", top, room, 16, bold=True)
    top = _text(page, order.seller.name, top, room, 10, most=2)
    who = f"Giao cho: {order.buyer_name}, {phone(order.buyer_phone)}, {order.address}"
    top = _text(page, who, top, room, 10, most=4) - pdf.mm(3)
    for line in order.lines:
        if top < pdf.mm(30):
            page.showPage()
            top = A5[1] - MARGIN
        page.rect(MARGIN, top - pdf.mm(6), pdf.mm(5), pdf.mm(5))
        quantity = quantities.show_with_unit(line.quantity, line.unit)
        words = f"{quantity}  {line.name} ({line.pack})"
        top = _text(page, words, top, room - pdf.mm(9), 12, most=3, left=MARGIN + pdf.mm(9))
        top -= pdf.mm(2)
    top = _text(
        page, f"Tổng tiền: {money.show(order.total_vnd)}", top - pdf.mm(3), room, 12, bold=True
    )
    _text(page, to_collect(order), top, room, 12, bold=True, most=2)
    page.showPage()
    page.save()


def to_collect(order: Order) -> str:
    """What whoever hands the parcel over must collect, or that there is nothing."""
    open_vnd = dues.open_vnd(order)
    if not open_vnd:
        return "Đã trả đủ, không thu tiền"
    if order.pay_by == PayBy.CHANNEL:
        return "Sàn thu tiền, không thu của khách"
    if order.pay_by == PayBy.COD:
        return f"Thu hộ (COD): {money.show(open_vnd)}"
    return f"CHƯA TRẢ TIỀN, còn {money.show(open_vnd)}: không giao"


def phone(e164: str | None) -> str:
    """A number as it stands on paper, nothing when there is none."""
    return phones.show(e164) if e164 else ""


def _text(
    page: Canvas,
    words: str,
    top: float,
    room: float,
    size: float,
    *,
    bold: bool = False,
    most: int = 1,
    left: float = MARGIN,
) -> float:
    """Write at most `most` lines below `top`; where the next begins."""
    font = pdf.BOLD if bold else pdf.REGULAR
    for text in pdf.wrap(words, room, most, font=font, size=size):
        top -= size * LEADING
        pdf.line(page, text, (left, top + size * 0.3), font=font, size=size)
    return top


def _symbol(page: Canvas, order: Order, corner: tuple[float, float], side: float) -> None:
    """The code of the buyer's page of the order, for who packs and who receives."""
    link = url_for("payments.pay", token=order.token, _external=True)
    page.drawImage(ImageReader(BytesIO(qr.png(link))), *corner, width=side, height=side)
