"""Receipt and payment vouchers (phiếu thu, phiếu chi): numbered, booked, undone by a reversal."""

from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from shop import clock, references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.books.errors import IsALine, NotThisLine, UndoneAlready
from shop.books.models import CashVoucher, Direction
from shop.database import db
from shop.errors import BadInput
from shop.ledger import accounts, entries, periods, tags
from shop.ledger.models import Kind
from shop.reconciliation import matching
from shop.reconciliation.models import BankLine, Reason
from shop.sellers.models import BankAccount, Seller

TAGS = tags.TAGS
# How far apart a voucher and the bank's line of the same movement may lie.
DAYS_APART = timedelta(days=5)
OLDEST = timedelta(days=3653)


def money_accounts(seller_id: int) -> list[tuple[str, str]]:
    """Where a seller's money can be: (account of the ledger, its name for people)."""
    query = select(BankAccount).where(BankAccount.seller_id == seller_id).order_by(BankAccount.id)
    banks = [
        (accounts.bank(row.ref), f"{row.account_number} – {row.account_name}")
        for row in db.session.scalars(query)
    ]
    return [(accounts.CASH, str(_("Tiền mặt"))), *banks]


def write(actor: Actor, seller: Seller, data: dict[str, Any]) -> CashVoucher:
    """A new voucher with its number, booked on its day. Raises BadInput, BooksClosed."""
    direction = Direction(data["direction"])
    _check(seller, direction, data)
    sign = 1 if direction is Direction.IN else -1
    row = CashVoucher(
        ref=references.new(),
        seller_id=seller.id,
        direction=direction,
        number=_number(seller.id, direction, data["on"]),
        by=actor.name,
        **{name: data[name] for name in ("on", "amount_vnd", "money", "tag", "text", "person")},
    )
    what_for = tags.account(direction, row.tag)
    row.entry_id = entries.post(
        seller.id,
        {
            row.money: sign * row.amount_vnd,
            what_for: -sign * row.amount_vnd,
        },
        key=f"voucher:{row.ref}",
        kind=Kind.VOUCHER,
        on=row.on,
        text=f"{row.number}: {row.text}",
        by=actor.name,
        subject=f"voucher:{row.ref}",
    )
    db.session.add(row)
    db.session.flush()
    audit.note(actor, "voucher.write", row, row.number)
    return row


def _check(seller: Seller, direction: Direction, data: dict[str, Any]) -> None:
    errors = {}
    if data["tag"] not in TAGS[direction]:
        errors["tag"] = [_("Chọn khoản mục trong danh sách.")]
    if data["money"] not in dict(money_accounts(seller.id)):
        errors["money"] = [_("Chọn tiền mặt hoặc một tài khoản của đơn vị.")]
    if data["on"] > clock.today():
        errors["on"] = [_("Ngày này chưa đến.")]
    if data["on"] < clock.today() - OLDEST:
        errors["on"] = [_("Ngày này quá xa: phiếu ghi được trong vòng 10 năm.")]
    if not errors and _waiting(seller.id, data):
        errors["money"] = [
            _("Ngân hàng đã báo khoản này: vào Đối soát, chọn khoản mục cho dòng tiền ấy.")
        ]
    if errors:
        raise BadInput(errors)


def _waiting(seller_id: int, data: dict[str, Any]) -> bool:
    """Whether the bank told of this very movement and nobody said yet what it is."""
    query = select(BankLine.id).join(BankAccount, BankAccount.id == BankLine.bank_account_id)
    query = query.where(
        BankLine.seller_id == seller_id,
        func.concat("bank:", BankAccount.ref) == data["money"],
        BankLine.direction == data["direction"],
        BankLine.amount_vnd == data["amount_vnd"],
        BankLine.state.in_(matching.WAITING),
        BankLine.booked_at.between(*_around(data["on"])),
    )
    return db.session.scalar(query.limit(1)) is not None


def _around(on: date) -> tuple[datetime, datetime]:
    first, after = clock.day(on)
    return first - DAYS_APART, after + DAYS_APART


def like(line: BankLine) -> list[CashVoucher]:
    """The vouchers that may say the same movement as a waiting line of the bank."""
    on = clock.vietnam(line.booked_at).date()
    query = select(CashVoucher).where(
        CashVoucher.seller_id == line.seller_id,
        CashVoucher.money == accounts.bank(line.bank_account.ref),
        CashVoucher.direction == line.direction,
        CashVoucher.amount_vnd == line.amount_vnd,
        CashVoucher.on.between(on - DAYS_APART, on + DAYS_APART),
        CashVoucher.undone_by == "",
        CashVoucher.bank_line_id.is_(None) | (CashVoucher.bank_line_id == line.id),
    )
    return list(db.session.scalars(query.order_by(CashVoucher.id)))


def is_line(actor: Actor, row: CashVoucher, line: BankLine) -> None:
    """The voucher says what a waiting line of the bank is: the movement is booked once, the line's.

    The voucher's own entry is reversed. Raises CannotMatch, NotThisLine.
    """
    if row not in like(line):
        raise NotThisLine(row.number)
    if row.bank_line_id is None:
        on = periods.open_day(row.seller_id, clock.today())
        why = f"{row.number} là dòng ngân hàng {line.bank_reference or line.ref}"
        entries.reverse(row.entry, on=on, by=actor.name, why=why)
        row.bank_line_id = line.id
    said = f"{row.number}: {row.text}"
    account = tags.account(row.direction, row.tag)
    matching.purpose(line, Reason.OTHER, account, said, actor.name)
    audit.note(actor, "voucher.is_line", row, row.number)


def _number(seller_id: int, direction: Direction, on: date) -> str:
    # Two clerks at once: the second waits, so no number is skipped or given twice.
    lock = func.hashtextextended(f"voucher:{direction}:{on.year}", seller_id)
    db.session.execute(select(func.pg_advisory_xact_lock(lock)))
    year = f"{on:%y}"
    query = select(func.count(CashVoucher.id)).where(
        CashVoucher.seller_id == seller_id,
        CashVoucher.direction == direction,
        func.right(CashVoucher.number, 3) == f"/{year}",
    )
    prefix = "PT" if direction is Direction.IN else "PC"
    return f"{prefix}{int(db.session.scalar(query) or 0) + 1:04d}/{year}"


def undo(actor: Actor, row: CashVoucher, why: str) -> None:
    """Undo a locked voucher by a reversing entry of today. Raises UndoneAlready, IsALine."""
    if row.undone_by:
        raise UndoneAlready(row.number)
    if row.bank_line_id is not None:
        raise IsALine(row.number)
    on = periods.open_day(row.seller_id, clock.today())
    entries.reverse(row.entry, on=on, by=actor.name, why=f"Hủy {row.number}: {why}")
    row.undone_by = actor.name
    audit.note(actor, "voucher.undo", row, row.number)
