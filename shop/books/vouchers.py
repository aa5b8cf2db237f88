"""Receipt and payment vouchers (phiếu thu, phiếu chi): numbered, booked, undone by a reversal."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from shop import clock, references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.books.errors import UndoneAlready
from shop.books.models import CashVoucher, Direction
from shop.database import db
from shop.errors import BadInput
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Kind
from shop.sellers.models import BankAccount, Seller

# What money comes or goes for. The ledger's account is "income:<tag>" or "expense:<tag>".
TAGS = {
    Direction.IN: {
        "retail": _l("Bán lẻ thu tiền mặt"),
        "capital": _l("Vốn góp, tiền vay"),
        "support": _l("Hỗ trợ của chương trình"),
        "other": _l("Thu khác"),
    },
    Direction.OUT: {
        "goods": _l("Mua nguyên liệu, vật tư"),
        "wages": _l("Tiền công"),
        "packing": _l("Bao bì, tem nhãn"),
        "freight": _l("Vận chuyển"),
        "power": _l("Điện, nước, mặt bằng"),
        "market": _l("Quảng cáo, hội chợ"),
        "tax": _l("Thuế, phí nhà nước"),
        "loan": _l("Trả vốn, trả nợ vay"),
        "other": _l("Chi khác"),
    },
}
# Not income and not an expense: what is borrowed, paid in or paid back.
_OF_CAPITAL = {"capital", "loan"}
CAPITAL = "capital"


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
    row.entry_id = entries.post(
        seller.id,
        {row.money: sign * row.amount_vnd, account(direction, row.tag): -sign * row.amount_vnd},
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
    if errors:
        raise BadInput(errors)


def account(direction: Direction, tag: str) -> str:
    """The account of the ledger that a tag stands for."""
    if tag in _OF_CAPITAL:
        return CAPITAL
    return accounts.income(tag) if direction is Direction.IN else accounts.expense(tag)


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
    """Undo a locked voucher by a reversing entry of today. Raises UndoneAlready, BooksClosed."""
    if row.undone_by:
        raise UndoneAlready(row.number)
    on = periods.open_day(row.seller_id, clock.today())
    entries.reverse(row.entry, on=on, by=actor.name, why=f"Hủy {row.number}: {why}")
    row.undone_by = actor.name
    audit.note(actor, "voucher.undo", row, row.number)
