"""Payment plates of booths on paper: a static VietQR code, whose it is, and how to pay, large.

What is drawn is read back: each page is rendered as a phone's camera would see it, every code on
it is decoded, and must name the account on file. So a plate that nobody can pay, or that pays
somebody else, is never handed out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

import pypdfium2
import zxingcpp
from flask_babel import gettext as _
from reportlab.lib.pagesizes import A4, A5, A6
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from shop import pdf, references
from shop.markets import words
from shop.markets.errors import NoPlate
from shop.markets.models import Booth
from shop.payments import banks, vietqr
from shop.payments.vietqr import BadVietQr, Payee
from shop.sellers.models import BankAccount

# A code is read on paper from a phone's length away: a print of 150 dots an inch is the least.
READ_DPI = 150

Tick = Callable[[int], None]


def _silent(_done: int) -> None:
    """Nobody waits for it."""


@dataclass(frozen=True)
class Paper:
    """Plates on one page: `columns` × `rows` of `width` × `height`, points; sizes of the type.

    `side`: of the code. `gap`: between columns. `steps`: whether it says how to pay.
    """

    page: tuple[float, float]
    width: float
    height: float
    side: float
    head: float
    text: float
    columns: int = 1
    rows: int = 1
    gap: float = 0.0
    steps: bool = True

    @property
    def per_page(self) -> int:
        """Plates on a page."""
        return self.columns * self.rows

    def corner(self, place: int) -> tuple[float, float]:
        """The upper left corner of the plate at `place` (0 …), from the lower left of the page."""
        row, column = divmod(place, self.columns)
        across = self.columns * self.width + (self.columns - 1) * self.gap
        left = (self.page[0] - across) / 2 + column * (self.width + self.gap)
        top = (self.page[1] + self.rows * self.height) / 2 - row * self.height
        return left, top


# The stickers are those of the common sheet of twelve (63.5 × 72 mm, Avery L7164).
PAPERS = {
    "a5": Paper(A5, A5[0], A5[1], pdf.mm(104), head=34, text=16),
    "a6": Paper(A6, A6[0], A6[1], pdf.mm(72), head=24, text=11),
    "stickers": Paper(
        *(A4, pdf.mm(63.5), pdf.mm(72), pdf.mm(38)),
        head=13,
        text=7.5,
        columns=3,
        rows=4,
        gap=pdf.mm(2.5),
        steps=False,
    ),
}


@dataclass(frozen=True)
class Plate:
    """What stands on one plate. `code`: the payload of its symbol."""

    market: str
    booth: str
    account: Payee
    bank: str
    code: str
    illustrative: bool


def of(booth: Booth, account: BankAccount | None) -> Plate:
    """The plate of a booth whose money goes to `account`. Raises NoPlate without one."""
    if account is None:
        raise NoPlate(_("Sạp chưa có tài khoản nhận tiền."))
    payee = Payee(account.bank_bin, account.account_number, account.account_name)
    bank = banks.bank(account.bank_bin)
    return Plate(
        market=booth.market.name,
        booth=words.booth_name(booth),
        account=payee,
        bank=bank.short_name if bank else account.bank_bin,
        code=vietqr.payload(payee, None, content(booth)),
        illustrative=account.illustrative,
    )


def content(booth: Booth) -> str:
    """What a payer's app writes into the transfer: by it money is known to be this booth's."""
    return f"{references.PLATE_PREFIX} {booth.ref} {booth.number}"


def draw(
    plates: Sequence[Plate], paper: Paper, out: BinaryIO, *, title: str, tick: Tick = _silent
) -> None:
    """The plates in their order, as many on a page as fit; `tick` hears how many so far."""
    page = pdf.canvas(out, title=title, size=paper.page)
    for number, plate in enumerate(plates):
        place = number % paper.per_page
        if number and place == 0:
            page.showPage()
        _draw(page, plate, paper, paper.corner(place))
        tick(number + 1)
    page.showPage()
    page.save()


def _draw(page: Canvas, plate: Plate, paper: Paper, corner: tuple[float, float]) -> None:
    left, top = corner
    middle, room = left + paper.width / 2, paper.width * 0.9

    def write(words: str, size: float, *, bold: bool = True, lines: int = 1) -> None:
        nonlocal top
        font = pdf.BOLD if bold else pdf.REGULAR
        if lines == 1:  # smaller rather than cut: half an account number is none
            size *= min(1.0, room / pdf.width(words, font, size))
        for line in pdf.wrap(words, room + 1, lines, font=font, size=size):
            top -= size * 1.35
            page.setFont(font, size)
            page.drawCentredString(middle, top, line)

    top -= paper.text * 0.8
    write(plate.market, paper.text, bold=False)
    write(plate.booth, paper.head)
    top -= paper.side + paper.head * 0.3
    symbol = ImageReader(BytesIO(vietqr.png(plate.code)))
    page.drawImage(symbol, middle - paper.side / 2, top, width=paper.side, height=paper.side)
    name = plate.account.account_name
    write(f"{name} ({_('minh họa')})" if plate.illustrative else name, paper.text * 1.2, lines=2)
    write(_grouped(plate.account.account_number), paper.text * 1.5)
    write(plate.bank, paper.text)
    if paper.steps:
        top -= paper.text * 0.6
        for step in _steps():
            write(step, paper.text, bold=False, lines=2)


def _steps() -> Iterator[str]:
    yield str(_("1. Mở app ngân hàng hoặc ví, chọn quét QR."))
    yield str(_("2. Xem đúng tên, gõ số tiền, rồi chuyển."))
    yield str(_("3. Đợi người bán báo đã nhận được tiền."))


def _grouped(number: str) -> str:
    """An account number in fours, as people compare them."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def read_back(
    data: bytes, plates: Sequence[Plate], paper: Paper, *, tick: Tick = _silent
) -> list[int]:
    """Positions in `plates` whose drawn code does not say the account: none, if all is well.

    `data`: the file as it is printed. Each plate is looked at by itself, so that a code on its
    neighbour's place is wrong too.
    """
    document = pypdfium2.PdfDocument(data)
    try:
        wrong = []
        for first in range(0, len(plates), paper.per_page):
            picture = document[first // paper.per_page].render(scale=READ_DPI / 72).to_pil()
            for place, plate in enumerate(plates[first : first + paper.per_page]):
                if not says(picture.crop(_box(paper, place)), plate):
                    wrong.append(first + place)
            tick(min(first + paper.per_page, len(plates)))
        return wrong
    finally:
        document.close()


def _box(paper: Paper, place: int) -> tuple[int, int, int, int]:
    scale = READ_DPI / 72
    left, top = paper.corner(place)
    right, bottom = left + paper.width, top - paper.height
    high = paper.page[1]
    return (
        round(left * scale),
        round((high - top) * scale),
        round(right * scale),
        round((high - bottom) * scale),
    )


def says(picture: Any, plate: Plate) -> bool:
    """Whether the picture shows one code, the plate's, and it pays into its account, any amount."""
    found = zxingcpp.read_barcodes(picture)
    if len(found) != 1:
        return False
    try:
        read = vietqr.parse(found[0].text)
    except BadVietQr:
        return False
    payee = (plate.account.bin, plate.account.account_number)
    named = (read.bin, read.account_number) == payee and read.amount_vnd is None
    return named and found[0].text == plate.code


def one(booth: Booth, account: BankAccount | None, paper: Paper) -> bytes:
    """The plate of one booth, read back; a whole page of stickers of it. Raises NoPlate."""
    plate = of(booth, account)
    same = [plate] * paper.per_page
    out = BytesIO()
    draw(same, paper, out, title=f"VietQR {plate.booth}, {plate.market}")
    if read_back(out.getvalue(), same, paper):
        raise NoPlate(_("Mã đã vẽ không đọc lại được đúng tài khoản, chưa in. Xin báo hỗ trợ."))
    return out.getvalue()
