"""The buyer's copy of an order: what was agreed, to keep as a mail or on paper.

Everything that the laws on consumers (19/2023/QH15, articles 37–38) and on e-commerce
(122/2025/QH15) want in it: seller, goods, prices, fee, payment, delivery, returns, reference.
"""

from collections.abc import Iterator
from typing import BinaryIO

from flask_babel import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from shop import clock, money, pdf, phones, quantities
from shop.orders import dues, preorders, words
from shop.orders.models import Handing, Order, OrderLine, PayBy, State
from shop.sellers import addresses
from shop.sellers.models import Seller

MARGIN, AMOUNT = pdf.mm(18), pdf.mm(36)
SIZE, LEADING = 10.5, 1.4


def seller(order: Order) -> list[tuple[str, str]]:
    """Who sold and how to reach them; what the seller has not given is left out."""
    return identity(order.seller)


def identity(row: Seller) -> list[tuple[str, str]]:
    """Whom a buyer makes a contract with, as `seller` says it of an order."""
    found = [
        (_("Người bán"), row.name),
        (_("Tên đăng ký"), row.legal_name),
        (_("Người đại diện"), row.representative),
        (_("Địa chỉ người bán"), addresses.today(row) or row.address),
        (_("Điện thoại người bán"), phones.show(row.phone) if row.phone else ""),
        (_("E-mail người bán"), row.email),
        (_("Mã số thuế"), row.tax_code),
    ]
    return [(name, said) for name, said in found if said]


def goods(order: Order) -> list[tuple[str, int]]:
    """Each line with its quantity and unit price, then fee and voucher: words and đồng."""
    said = [(_line(line), line.amount_vnd) for line in order.lines]
    if not said:
        said.append((str(words.ONLY_A_SUM), order.goods_vnd))
    fee = _("Tự đến lấy") if order.handing == Handing.PICKUP else _("Phí giao hàng")
    if order.handing != Handing.COUNTER:
        said.append((fee, order.fee_vnd))
    if order.discount_vnd:
        said.append((_("Giảm giá, mã %(code)s", code=order.voucher_code), -order.discount_vnd))
    return said


def _line(line: OrderLine) -> str:
    quantity = quantities.show_with_unit(line.quantity, line.unit)
    said = f"{line.name} ({line.pack}): {quantity} × {money.show(line.unit_price_vnd)}"
    if line.ordered_quantity is None:
        return said
    ordered = quantities.show_with_unit(line.ordered_quantity, line.unit)
    return f"{said} ({_('đặt %(ordered)s, đã cân lại', ordered=ordered)})"


def terms(order: Order) -> list[tuple[str, str]]:
    """Who receives, how it is paid and handed over, how goods go back and how to complain."""
    found = [
        (_("Người nhận"), f"{order.buyer_name}, {phones.show(order.buyer_phone)}".rstrip(", ")),
        (_("Nhận hàng"), _handing(order)),
        (_("Giao hàng"), _when(order)),
        (_("Trả tiền"), _paying(order)),
        (_("Đặt trước"), _ahead(order)),
        (_("Đổi, trả hàng"), order.returns_note),
        (_("Hủy đơn"), _("Chưa trả tiền thì được hủy đơn bất cứ lúc nào, ở trang của đơn.")),
        (
            _("Khiếu nại"),
            _("Gọi hoặc viết cho người bán ở trên, nêu mã đơn %(ref)s.", ref=order.ref),
        ),
        (_("Lời nhắn"), order.note),
    ]
    return [(name, said) for name, said in found if said]


def _handing(order: Order) -> str:
    return str(_("Tự đến lấy")) if order.handing == Handing.PICKUP else order.address


def _when(order: Order) -> str:
    if order.deliver_from is None or order.deliver_until is None:
        return order.delivery_note
    first, last = f"{order.deliver_from:%d/%m/%Y}", f"{order.deliver_until:%d/%m/%Y}"
    return str(_("Đặt trước, giao từ %(first)s đến %(last)s.", first=first, last=last))


def _ahead(order: Order) -> str:
    return preorders.rights(order.deposit_vnd, order.total_vnd) if order.harvest_id else ""


def _paying(order: Order) -> str:
    if order.pay_by == PayBy.COD:
        return str(_("Tiền mặt khi nhận hàng"))
    if order.pay_by == PayBy.CASH:
        return str(words.WAYS[PayBy.CASH])
    if order.pay_by == PayBy.CHANNEL:
        return str(_("Trả cho sàn nơi đặt hàng"))
    if order.deposit_vnd and order.deposit_vnd < order.total_vnd:
        rest_vnd = order.total_vnd - order.deposit_vnd
        said = _(
            "Chuyển khoản, quét mã QR: đặt cọc ngay %(now)s, còn %(rest)s trả khi hàng về.",
            now=money.show(order.deposit_vnd),
            rest=money.show(rest_vnd),
        )
        return str(said)
    return str(_("Chuyển khoản thẳng cho người bán, quét mã QR"))


def text(order: Order, link: str) -> str:
    """The copy as plain text for a mail. `link`: the buyer's page of the order."""
    return "\n".join(
        (
            *(_("Mã đơn: %(ref)s", ref=order.ref), _placed(order), ""),
            *_said(seller(order)),
            "",
            *(f"- {words}: {money.show(vnd)}" for words, vnd in goods(order)),
            _("Tổng cộng: %(total)s", total=money.show(order.total_vnd)),
            "",
            *_said(terms(order)),
            link,
        )
    )


def _said(found: list[tuple[str, str]]) -> Iterator[str]:
    return (f"{name}: {said}" for name, said in found)


def _placed(order: Order) -> str:
    return str(_("Đặt lúc %(at)s", at=f"{clock.vietnam(order.placed_at):%H:%M %d/%m/%Y}"))


def paper(order: Order, out: BinaryIO) -> None:
    """The copy as A4 pages to keep or to print."""
    title = _("Bản sao đơn hàng %(ref)s", ref=order.ref)
    page = pdf.canvas(out, title=title, size=A4)
    top = _row(page, A4[1] - MARGIN, title, size=16)
    top = _row(page, top, _placed(order))
    # A copy of what fell through must not read like one that stands.
    state = str(words.NAMES[State(order.state)])
    top = _row(page, top, _("Tình trạng khi in: %(state)s", state=state)) - pdf.mm(3)
    for said in _said(seller(order)):
        top = _row(page, top, said)
    top -= pdf.mm(3)
    for said, vnd in goods(order):
        top = _row(page, top, said, money.show(vnd))
    top = _row(page, top, _("Tổng cộng"), money.show(order.total_vnd), size=12)
    top = _row(page, top, _("Đã trả"), money.show(order.paid_vnd))
    if order.refunded_vnd:
        top = _row(page, top, _("Đã trả lại khách"), money.show(order.refunded_vnd))
    top = _row(page, top, _("Còn phải trả"), money.show(dues.open_vnd(order))) - pdf.mm(3)
    for said in _said(terms(order)):
        top = _row(page, top, said)
    page.showPage()
    page.save()


def _row(page: Canvas, top: float, words: str, amount: str = "", *, size: float = SIZE) -> float:
    """Write words, and an amount at the right, below `top`; where the next row begins."""
    font = pdf.BOLD if size > SIZE else pdf.REGULAR
    room = A4[0] - 2 * MARGIN - (AMOUNT if amount else 0)
    said = pdf.wrap(words, room, 20, font=font, size=size)
    if top - len(said) * size * LEADING < MARGIN:
        page.showPage()
        top = A4[1] - MARGIN
    for number, line in enumerate(said):
        top -= size * LEADING
        pdf.line(page, line, (MARGIN, top), font=font, size=size)
        if amount and number == 0:
            at = A4[0] - MARGIN - pdf.width(amount, font, size)
            pdf.line(page, amount, (at, top), font=font, size=size)
    return top
