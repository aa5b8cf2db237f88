"""Invoices as a workbook for a provider's import, and the provider's list of results.

No provider's template is the law's; this one has the columns that the templates of MISA meInvoice,
VNPT and Viettel share, a row for each line, lines of an order one after the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from flask_babel import gettext as _
from marshmallow import ValidationError

from shop import references, spreadsheets, text
from shop.invoices import contents
from shop.invoices.errors import BadReport
from shop.invoices.issuing import Report
from shop.invoices.models import Invoice, InvoiceState, VatRate
from shop.invoices.schemas import ReportSchema, as_report
from shop.orders import returns

HEADINGS = (
    *("Mã đơn", "Ngày hóa đơn", "Hình thức thanh toán", "Tên người mua", "Tên đơn vị"),
    *("Mã số thuế", "Địa chỉ", "E-mail", "Tên hàng hóa, dịch vụ", "Đơn vị tính", "Số lượng"),
    *("Đơn giá có thuế", "Chiết khấu", "Thành tiền chưa thuế", "Thuế suất", "Tiền thuế"),
    "Thành tiền có thuế",
)
MOST_INVOICES = 2_000


def workbook(invoices: Sequence[Invoice], vat: VatRate) -> bytes:
    """The .xlsx of `invoices` (of one seller)."""
    back = returns.returned_of([invoice.order_id for invoice in invoices])
    rows = (row for invoice in invoices for row in _rows(contents.document(invoice, vat, back)))
    return bytes(spreadsheets.write(HEADINGS, rows, title="Hóa đơn"))


def _rows(document: dict[str, Any]) -> Iterator[list[Any]]:
    buyer = document["buyer"]
    named = [buyer[n] for n in ("name", "company", "tax_code", "address", "email")]
    day = date.fromisoformat(document["date"])
    for line in document["lines"]:
        yield [
            *(document["order"], day, document["payment"], *named),
            *(line["name"], line["unit"], Decimal(line["quantity"]), line["unit_price_vnd"]),
            *(line["discount_vnd"], line["net_vnd"], line["vat"], line["vat_vnd"]),
            line["total_vnd"],
        ]


# Heading, folded → the field that the column holds.
_COLUMNS = {
    "ma don": "order",
    "ma don hang": "order",
    "ky hieu mau": "template",
    "mau so": "template",
    "ky hieu": "serial",
    "ky hieu hoa don": "serial",
    "so hoa don": "number",
    "so hd": "number",
    "ngay hoa don": "issued_on",
    "ngay phat hanh": "issued_on",
    "ngay hd": "issued_on",
    "ma cqt": "authority_code",
    "ma cua cqt": "authority_code",
    "ma co quan thue": "authority_code",
    "duong dan tra cuu": "lookup_url",
    "link tra cuu": "lookup_url",
    "trang thai": "state",
    "ly do": "reason",
}
_STATES = {
    "": InvoiceState.ISSUED,
    "da phat hanh": InvoiceState.ISSUED,
    "da cap ma": InvoiceState.ISSUED,
    "hop le": InvoiceState.ISSUED,
    "tu choi": InvoiceState.REFUSED,
    "bi tu choi": InvoiceState.REFUSED,
    "khong hop le": InvoiceState.REFUSED,
    "dieu chinh": InvoiceState.ADJUSTED,
    "thay the": InvoiceState.REPLACED,
    "huy": InvoiceState.CANCELLED,
    "da huy": InvoiceState.CANCELLED,
}


@dataclass(frozen=True)
class Told:
    """One row of a provider's list: `number` of the row, the order's reference, and the report, or
    `wrong`, the reason why it cannot be taken.
    """

    number: int
    order: str
    report: Report | None
    wrong: str = ""


def results(stream: BinaryIO, name: str) -> list[Told]:
    """The rows of a provider's list (.xlsx, .csv). Raises BadSheet, BadReport without headings."""
    found: list[Told] = []
    columns: dict[int, str] = {}
    for row in spreadsheets.read(stream, name):
        if not columns:
            named = {n: _COLUMNS.get(text.fold(str(c)).strip()) for n, c in enumerate(row.cells)}
            columns = {n: field for n, field in named.items() if field}
            if not {"order", "number"} <= set(columns.values()):
                columns = {}
            continue
        found.append(_told(row.number, {f: str(row.cells[n]) for n, f in columns.items()
                                        if n < len(row.cells)}))  # fmt: skip
    if not columns:
        raise BadReport(_("Không thấy dòng tiêu đề có cột “Mã đơn” và “Số hóa đơn”."))
    return found


def _told(number: int, cells: dict[str, str]) -> Told:
    named = references.find(cells.pop("order", ""))
    order = named[0].ref if named else ""
    if not order:
        return Told(number, "", None, _("Không có mã đơn, ví dụ OCPW5T7RN."))
    state = _STATES.get(text.fold(cells.get("state", "")).strip())
    if state is None:
        said = _("Không hiểu trạng thái “%(said)s”.", said=cells["state"])
        return Told(number, order, None, said)
    try:
        filled = {name: value for name, value in cells.items() if value} | {"state": state}
        return Told(number, order, as_report(ReportSchema().load(filled)))
    except ValidationError as error:
        messages = [text for texts in error.messages_dict.values() for text in texts]
        return Told(number, order, None, " ".join(map(str, messages)))
