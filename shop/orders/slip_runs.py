"""Slips of many orders in one run: what goes into each parcel, to whom, what to collect.

On A6 sheets, or on the 80 mm paper of a receipt printer, as long as each slip needs. From the
second print of an order on, its slip says so, so that no parcel is packed twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from flask import url_for
from reportlab.lib.pagesizes import A6
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from shop import money, pdf, qr, quantities
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import among, db
from shop.orders import slips
from shop.orders.models import Order
from shop.sellers import addresses

LEADING = 1.35


@dataclass(frozen=True)
class Paper:
    """A kind of paper: width, height of a sheet (None: as long as it must be), margin; points."""

    width: float
    height: float | None
    margin: float

    @property
    def room(self) -> float:
        """How wide a line may be."""
        return self.width - 2 * self.margin


# Printers of 80 mm paper print 72 mm of it.
PAPERS = {
    "a6": Paper(A6[0], A6[1], pdf.mm(6)),
    "80mm": Paper(pdf.mm(80), None, pdf.mm(4)),
}


@dataclass(frozen=True)
class _Text:
    """One line as it stands on the paper; `above`: points left free over it."""

    words: str
    size: float
    bold: bool
    above: float = 0
    rule: bool = False

    @property
    def height(self) -> float:
        return self.size * LEADING + self.above


def count(actor: Actor, orders: Sequence[Order]) -> None:
    """These orders' slips are printed once more."""
    ids = [order.id for order in orders]
    locked = select(Order.id).where(among(Order.id, ids)).order_by(Order.id).with_for_update()
    db.session.execute(locked)
    more = update(Order).where(among(Order.id, ids)).values(slips_printed=Order.slips_printed + 1)
    db.session.execute(more.execution_options(synchronize_session=False))
    for order in orders:
        audit.note(actor, "order.slip", order, order.ref)


def fetch(ids: Sequence[int]) -> list[Order]:
    """These orders with all that stands on a slip, in the order of `ids`; three queries."""
    query = select(Order).where(among(Order.id, ids)).options(joinedload(Order.seller))
    found = {order.id: order for order in db.session.scalars(query)}
    return [found[each] for each in ids]


def draw(orders: Sequence[Order], paper: Paper, out: BinaryIO) -> None:
    """The slips of `orders` in their order; a long one on A6 goes on on the next sheet."""
    title = f"Phiếu giao {orders[0].ref}" if len(orders) == 1 else f"{len(orders)} phiếu giao"
    page = pdf.canvas(out, title=title, size=(paper.width, paper.height or pdf.mm(100)))
    for order in orders:
        for sheet in _sheets(order, _lines(order, paper), paper):
            _draw(page, order, sheet, paper)
    page.save()


def _lines(order: Order, paper: Paper) -> list[_Text]:
    said: list[_Text] = []

    def say(words: str, size: float, *, bold: bool = False, above: float = 0) -> None:
        font = pdf.BOLD if bold else pdf.REGULAR
        for number, part in enumerate(pdf.broken(words, paper.room, font=font, size=size)):
            said.append(_Text(part, size, bold, 0 if number else above))

    def rule() -> None:
        said.append(_Text("", 2, bold=False, above=3, rule=True))

    if order.slips_printed > 1:
        again = f"IN LẠI lần {order.slips_printed - 1} (bản in thứ {order.slips_printed})"
        say(again, 13, bold=True)
    say(order.ref, 18, bold=True)
    say(f"Từ: {order.seller.name}", 9, bold=True)
    say(addresses.today(order.seller) or order.seller.address or "", 8)
    say(slips.phone(order.seller.phone), 8)
    rule()
    say(f"Đến: {order.buyer_name}", 14, bold=True)
    say(slips.phone(order.buyer_phone), 15, bold=True)
    say(order.address, 11)
    say(f"Lời nhắn: {order.note}" if order.note else "", 9)
    rule()
    for line in order.lines:
        quantity = quantities.show_with_unit(line.quantity, line.unit)
        say(f"[  ] {quantity}  {line.name} ({line.pack})", 11, above=2)
    rule()
    say(f"Tổng tiền: {money.show(order.total_vnd)}", 11)
    say(slips.to_collect(order), 14, bold=True, above=2)
    return said


def _sheets(order: Order, lines: list[_Text], paper: Paper) -> list[list[_Text]]:
    if paper.height is None:
        return [lines]
    room = paper.height - 2 * paper.margin
    sheets: list[list[_Text]] = [[]]
    for line in lines:
        if sheets[-1] and sum(each.height for each in sheets[-1]) + line.height > room:
            sheets.append([_Text(f"{order.ref} (tiếp)", 13, bold=True)])
        sheets[-1].append(line)
    return sheets


def _draw(page: Canvas, order: Order, lines: list[_Text], paper: Paper) -> None:
    side = pdf.mm(20)
    tall = sum(line.height for line in lines) + 2 * paper.margin
    # The code of the buyer's page stands where there is room for it: below, on endless paper.
    fits = paper.height is None or paper.height - tall >= side + pdf.mm(2)
    height = paper.height or tall + side + pdf.mm(2)
    page.setPageSize((paper.width, height))
    top = height - paper.margin
    for line in lines:
        top -= line.height
        if line.rule:
            page.line(paper.margin, top + 2, paper.width - paper.margin, top + 2)
        else:
            font = pdf.BOLD if line.bold else pdf.REGULAR
            at = (paper.margin, top + line.size * 0.3)
            pdf.line(page, line.words, at, font=font, size=line.size)
    if fits:
        link = url_for("payments.pay", token=order.token, _external=True)
        corner = (paper.width - paper.margin - side, paper.margin)
        page.drawImage(ImageReader(BytesIO(qr.png(link))), *corner, width=side, height=side)
    page.showPage()
