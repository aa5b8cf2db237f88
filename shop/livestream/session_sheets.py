"""A session's figures and their rows as a spreadsheet."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from shop import clock, spreadsheets
from shop.database import db
from shop.livestream import closing, comments, session_lists
from shop.livestream.models import Broadcast
from shop.spreadsheets import Cell

MOST_ROWS = 20_000
_HEADINGS = ("Số liệu", "Số dòng", "Số tiền (đồng)")
_ROWS = ("Lúc", "Mã", "Nội dung", "Số lượng", "Đơn vị", "Số tiền (đồng)")
# The rows that stand whole in the file: sheet, figure.
_LISTED = (("Lời chốt", "claims"), ("Đơn", "placed"), ("Hàng trong đơn", "lines"))


def workbook(broadcast: Broadcast, report: closing.Report) -> bytes:
    """An .xlsx file: the figures, products, people, minutes; then claims, orders and their lines.

    Of each at most MOST_ROWS rows, the newest. Phones in names are hidden.
    """
    figures = [(f.label, f.count, f.amount_vnd) for f in report.figures.values()]
    more = [
        ("Theo hàng", _goods(report)),
        ("Theo người", _helpers(report)),
        ("Theo phút", _minutes(report)),
        *((title, _rows(broadcast, name)) for title, name in _LISTED),
    ]
    return spreadsheets.write(_HEADINGS, figures, title="Tổng kết", more=more)


def _goods(report: closing.Report) -> Sequence[Sequence[Cell]]:
    heading = ("Hàng", "Đơn vị", "Đã chốt", "Trong đơn", "Đã gửi", "Trả lại", "Số tiền (đồng)")
    return [
        heading,
        *(
            (g.name, g.unit, g.claimed, g.ordered, g.shipped, g.returned, g.amount_vnd)
            for g in report.goods
        ),
    ]


def _helpers(report: closing.Report) -> Sequence[Sequence[Cell]]:
    heading = ("Người", "Lời chốt", "Số tiền (đồng)", "Bình luận đã xử lý")
    rows = ((h.name or "Máy tự làm", h.claims, h.amount_vnd, h.comments) for h in report.helpers)
    return [heading, *rows]


def _minutes(report: closing.Report) -> Sequence[Sequence[Cell]]:
    rows = ((_at(at), count) for at, count in report.minutes)
    return [("Phút", "Lời chốt"), *rows]


def _rows(broadcast: Broadcast, name: str) -> Sequence[Sequence[Cell]]:
    query = session_lists.rows(broadcast, name, session_lists.Narrow()).limit(MOST_ROWS)
    return [_ROWS, *(_row(row) for row in db.session.execute(query))]


def _row(row: Any) -> Sequence[Cell]:
    _kind, _colon, ref = row.subject.partition(":")
    said = comments.hidden(row.said or "")
    quantity = "" if row.quantity is None else Decimal(row.quantity)
    return _at(row.at), row.code or ref, said, quantity, row.unit or "", int(row.amount_vnd)


def _at(instant: Any) -> str:
    return clock.vietnam(instant).strftime("%d/%m/%Y %H:%M")
