"""What a settlement sheet says once it is read, and the one error of a sheet that is not taken."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from flask_babel import gettext as _

from shop.errors import DomainError

Kind = Literal["sale", "refund", "adjustment", "fee"]


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One thing that was settled: gross_vnd - fee_vnd - tax_vnd + adjustment_vnd == net_vnd.

    `row` as the spreadsheet program shows it, of the first row where several make one line.
    `reference` is what the line is matched by: the gateway's transaction number, the platform's
    order or adjustment number, the waybill. `order_reference`: the order it belongs to, "" if none.
    `fee_vnd` and `tax_vnd` (withheld) are positive when taken and negative when given back, as on
    a refund; the other amounts are positive when they are for the seller.
    """

    row: int
    reference: str
    order_reference: str
    kind: Kind
    happened_on: date | None
    gross_vnd: int
    fee_vnd: int
    tax_vnd: int
    adjustment_vnd: int
    net_vnd: int
    text: str


@dataclass(frozen=True)
class Settlement:
    """A whole sheet. `net_vnd`, the sum of its lines, is what the bank should have received.

    The period is the one the sheet prints, else the first and the last day of its lines.
    `payout_reference`: the number of the session or statement, "" where none or several are told.
    `warnings`: sentences for the person who sent the file.
    """

    lines: list[SettlementLine]
    period_from: date | None
    period_to: date | None
    payout_reference: str
    net_vnd: int
    warnings: list[str] = field(default_factory=list)


class BadSettlement(DomainError):
    """A sheet that is not taken; nothing of it is. `why`: one word.

    `sheet` and `row` say where, "" and 0 when it is about the whole file.
    """

    status = 422

    def __init__(self, why: str, message: str, *, sheet: str = "", row: int = 0) -> None:
        super().__init__(_place(sheet, row) + message, why=why, sheet=sheet, row=row)
        self.why = why
        self.sheet = sheet
        self.row = row


def _place(sheet: str, row: int) -> str:
    place: str = ""
    if sheet and row:
        place = _("Trang “%(sheet)s”, dòng %(row)s: ", sheet=sheet, row=row)
    elif sheet:
        place = _("Trang “%(sheet)s”: ", sheet=sheet)
    elif row:
        place = _("Dòng %(row)s: ", row=row)
    return place
