"""The end of a seller's day: what was expected, what came, what differs; signed, then locked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, insert, literal, select, union_all

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.ledger import periods
from shop.reconciliation import day_rows
from shop.reconciliation.errors import CannotClose
from shop.reconciliation.models import DayClose, DayCloseRow
from shop.sellers.models import Seller

LABELS = {
    "expected": _l("Phải thu của các đơn"),
    "received": _l("Đã nhận"),
    "difference": _l("Chênh lệch (đã nhận − phải thu)"),
    "placed": _l("Đơn đặt trong ngày"),
    "sold": _l("Hàng đã giao, ghi doanh thu"),
    "bank_in": _l("Ngân hàng báo tiền vào"),
    "bank_out": _l("Ngân hàng báo tiền ra"),
    "cash_in": _l("Thu tiền mặt"),
    "cash_out": _l("Chi tiền mặt"),
    "captured": _l("Khách trả qua cổng thanh toán"),
    "fees": _l("Phí ngân hàng, cổng, sàn; cước thu hộ"),
    "refunded": _l("Đã hoàn cho khách"),
    "write_off": _l("Bỏ qua vì thiếu trong mức cho phép"),
    "clearing": _l("Cổng, sàn, hãng vận chuyển còn giữ (cuối ngày)"),
    "suspense": _l("Tiền chưa rõ của đơn nào (cuối ngày)"),
    "credit": _l("Tiền thừa của khách (cuối ngày)"),
    "waiting": _l("Dòng tiền còn chờ xử lý"),
    "refunds_due": _l("Khoản hoàn chưa chuyển"),
    "refunds_failed": _l("Khoản hoàn không thành"),
    "settlement_lines": _l("Dòng của bảng đối soát chưa quyết"),
    "in_review": _l("Cổng thanh toán nghi ngờ, giữ lại xem"),
    "short": _l("Đơn đã trả tiền mà thiếu hàng"),
}
# How a figure comes about, where its name does not say it.
DEFINITIONS = {
    "expected": _l(
        "Tiền đã về trong ngày cho các đơn, cộng phần các đơn còn chờ lúc hết ngày. "
        "Tiền về sau ngày này không làm đổi số này."
    ),
    "received": _l(
        "Tiền trong ngày cho các đơn (chuyển khoản, cổng, sàn, thu hộ), cộng tiền vào chưa rõ của "
        "đơn nào và tiền chuyển thừa."
    ),
    "difference": _l(
        "Bằng 0 khi không có dòng nào: mỗi đơn còn thiếu là một dòng âm, mỗi khoản chưa rõ hoặc "
        "chuyển thừa là một dòng dương."
    ),
}
# Where something is still to be done about the day: each must be seen by who signs it off.
EXCEPTIONS = (
    *("waiting", "refunds_due", "refunds_failed"),
    *("settlement_lines", "in_review", "short"),
)
# What stands at the day's end: its rows are accounts, which nobody counts.
_BALANCES = ("clearing", "suspense", "credit")


@dataclass(frozen=True)
class Figure:
    """One figure of a day: `count` rows, or None where rows are not counted; đồng."""

    name: str
    count: int | None
    amount_vnd: int

    @property
    def label(self) -> str:
        """Its name for people."""
        return str(LABELS[self.name])

    @property
    def definition(self) -> str:
        """How it comes about, "" where the name says it."""
        return str(DEFINITIONS.get(self.name, ""))

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.name in EXCEPTIONS and bool(self.count)

    @property
    def seen(self) -> str:
        """What who signs says to have seen: other rows since are another word."""
        return f"{self.name}:{self.count}:{self.amount_vnd}"


def figures(seller_id: int, on: date) -> list[Figure]:
    """The figures of a Vietnamese day, in the order of `LABELS`; two runs give the same."""
    summed = []
    for name in LABELS:
        rows = day_rows.of(name, seller_id, on).subquery()
        total = func.coalesce(func.sum(rows.c.amount_vnd), 0)
        summed.append(select(literal(name).label("name"), func.count(), total).select_from(rows))
    found = {name: (count, total) for name, count, total in db.session.execute(union_all(*summed))}
    return [_figure(name, *found[name]) for name in LABELS]


def _figure(name: str, count: int, total: int) -> Figure:
    return Figure(name, None if name in _BALANCES else int(count), int(total))


def rows(seller_id: int, on: date, name: str) -> Select[Any]:
    """The rows of a figure, the newest first: of a signed day those that were signed."""
    row = signed(seller_id, on)
    if row is None or name not in row.figures or not row.kept_rows:
        found = day_rows.of(name, seller_id, on).subquery()
    else:
        kept = [getattr(DayCloseRow, each) for each in _COLUMNS]
        wanted = select(*kept).where(DayCloseRow.day_close_id == row.id, DayCloseRow.figure == name)
        found = wanted.subquery()
    return select(found).order_by(found.c.on.desc(), found.c.subject, found.c.amount_vnd)


_COLUMNS = ("on", "subject", "said", "amount_vnd")


def summed(query: Select[Any]) -> tuple[int, int]:
    """How many rows there are, and their sum in đồng."""
    found = query.order_by(None).subquery()
    total = func.coalesce(func.sum(found.c.amount_vnd), 0)
    count, amount_vnd = db.session.execute(select(func.count(), total).select_from(found)).one()
    return int(count), int(amount_vnd)


def days(seller_id: int, many: int = 31) -> list[tuple[date, DayClose | None]]:
    """The latest days that can be signed off, newest first, with their sign-off where there is."""
    last = clock.today() - timedelta(days=1)
    first = last - timedelta(days=many - 1)
    query = select(DayClose).where(DayClose.seller_id == seller_id, DayClose.on >= first)
    closed = {row.on: row for row in db.session.scalars(query)}
    return [(day, closed.get(day)) for day in (last - timedelta(days=n) for n in range(many))]


def sign_off(
    actor: Actor, seller: Seller, on: date, *, note: str, seen: Collection[str]
) -> DayClose:
    """Keep the day's figures with their rows and lock the books up to it. Signed, it stays so.

    `seen`: the word (`Figure.seen`) of each open figure that somebody looked at. Raises CannotClose
    for today or later, BadInput when something is open that was not seen, or nothing was noted.
    """
    if on >= clock.today():
        raise CannotClose(_("Ngày này chưa hết."))
    periods.close(seller.id, on)
    there = signed(seller.id, on)
    if there is not None:
        return there
    found = figures(seller.id, on)
    _expect_seen([figure for figure in found if figure.open], note, seen)
    kept = {figure.name: [figure.count, figure.amount_vnd] for figure in found}
    row = DayClose(
        seller_id=seller.id, on=on, figures=kept, note=note, by=actor.name, kept_rows=True
    )
    db.session.add(row)
    db.session.flush()
    _keep_rows(row)
    audit.note(actor, "day.close", row, on.isoformat())
    return row


def _expect_seen(open_: Sequence[Figure], note: str, seen: Collection[str]) -> None:
    wrong: dict[str, list[str]] = {}
    unseen = [figure.label for figure in open_ if figure.seen not in seen]
    if unseen:
        named = "; ".join(unseen)
        wrong["seen"] = [_("Xem rồi đánh dấu từng việc còn mở: %(named)s.", named=named)]
    if open_ and not note:
        wrong["note"] = [_("Còn việc chưa xử lý: ghi vì sao vẫn chốt.")]
    if wrong:
        raise BadInput(wrong)


def _keep_rows(row: DayClose) -> None:
    for name in LABELS:
        found = day_rows.of(name, row.seller_id, row.on).subquery()
        values = select(literal(row.id), literal(name), *(found.c[each] for each in _COLUMNS))
        into = insert(DayCloseRow).from_select(["day_close_id", "figure", *_COLUMNS], values)
        db.session.execute(into)


def signed(seller_id: int, on: date) -> DayClose | None:
    """The sign-off of a day, None while there is none."""
    return db.session.scalar(
        select(DayClose).where(DayClose.seller_id == seller_id, DayClose.on == on)
    )


def kept(row: DayClose) -> Sequence[Figure]:
    """The figures as they were signed off."""
    return [Figure(name, *row.figures[name]) for name in LABELS if name in row.figures]
