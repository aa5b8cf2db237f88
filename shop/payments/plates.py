"""Paper for a table or a wall: the static VietQR code of an account, large, and whose it is."""

from io import BytesIO
from typing import BinaryIO

from flask_babel import gettext as _
from reportlab.lib.pagesizes import A5
from reportlab.lib.utils import ImageReader

from shop import pdf
from shop.payments import banks, vietqr
from shop.sellers.models import BankAccount

MARGIN = pdf.mm(10)
SIDE = pdf.mm(100)
_TOP = A5[1] - MARGIN - SIDE


def plate(account: BankAccount, code: str, out: BinaryIO) -> None:
    """One A5 page with `code`, the account's payload, and under it name, number and bank."""
    page = pdf.canvas(out, title=f"VietQR {account.account_number}", size=A5)
    symbol = ImageReader(BytesIO(vietqr.png(code)))
    page.drawImage(symbol, (A5[0] - SIDE) / 2, _TOP, width=SIDE, height=SIDE)
    bank, top = banks.bank(account.bank_bin), _TOP
    name = f"{account.account_name} ({_('minh họa')})" if account.illustrative else ""
    for text, size, font in (
        (name or account.account_name, 16, pdf.BOLD),
        (account.account_number, 20, pdf.BOLD),
        (bank.short_name if bank else account.bank_bin, 14, pdf.REGULAR),
        (_("Khách quét rồi tự gõ số tiền."), 12, pdf.REGULAR),
    ):
        for line in pdf.wrap(text, A5[0] - 2 * MARGIN, 2, font=font, size=size):
            top -= size * 1.5
            page.setFont(font, size)
            page.drawCentredString(A5[0] / 2, top, line)
    page.showPage()
    page.save()
