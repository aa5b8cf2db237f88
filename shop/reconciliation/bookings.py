"""What bank lines put into their seller's books: money in, what it paid, and what is undone."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import func, select

from shop import clock
from shop.database import db
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Entry, Kind
from shop.orders import collecting
from shop.orders.models import Order
from shop.payments.models import Refund
from shop.reconciliation.models import Allocation, BankLine, Reason

BANK = "Ngân hàng"


def line(row: BankLine) -> None:
    """A movement and what became of it at once: receivable, customer credit, or suspense."""
    sign = 1 if row.direction == "in" else -1
    live = [(a, a.order) for a in row.allocations if a.undone_at is None and a.order is not None]
    others = [(a, order) for a, order in live if order.seller_id != row.seller_id]
    mine = [a for a, order in live if order.seller_id == row.seller_id]
    paid, let_go = sum(a.amount_vnd for a in mine), sum(a.write_off_vnd for a in mine)
    passed_on = sum(a.amount_vnd for a, _order in others)
    postings = Counter(
        {
            _bank(row): sign * row.amount_vnd,
            accounts.RECEIVABLE: -paid - let_go,
            accounts.WRITE_OFF: let_go,
            accounts.SUSPENSE: -passed_on,
        }
    )
    postings[_rest(row)] -= sign * (row.amount_vnd - paid - passed_on)
    kind = Kind.TRANSFER_IN if sign > 0 else Kind.TRANSFER_OUT
    _post(row, postings, f"bank_line:{row.ref}", kind, row.content or row.bank_reference)
    db.session.flush()
    for allocation, order in others:
        _pass_on(row, allocation, order, accounts.SUSPENSE, who=BANK)


def matched(row: BankLine, allocation: Allocation, order: Order, before: str, *, who: str) -> None:
    """Somebody said what it pays: out of the account `before`, to what the buyer owed."""
    if order.seller_id != row.seller_id:
        _pass_on(row, allocation, order, before, who=who)
        return
    let_go = allocation.write_off_vnd
    postings = {
        before: allocation.amount_vnd,
        accounts.RECEIVABLE: -allocation.amount_vnd - let_go,
        accounts.WRITE_OFF: let_go,
    }
    said = f"Khớp với đơn {order.ref}"
    _post(row, postings, f"allocation:{allocation.id}", Kind.TRANSFER_IN, said, who)


def moved(row: BankLine, amount_vnd: int, before: str, who: str) -> None:
    """What is left of a line is now something else (a surplus is the buyer's)."""
    after = _rest(row)
    if amount_vnd and before != after:
        said = "Chuyển thừa" if after == accounts.CREDIT else "Chờ xử lý"
        postings = {before: amount_vnd, after: -amount_vnd}
        _post(row, postings, _next_key("rest", row), Kind.TRANSFER_IN, said, who)


def undone(row: BankLine, allocation: Allocation, order: Order, who: str) -> None:
    """It does not pay that order: the money waits again."""
    if order.seller_id != row.seller_id:
        _pass_on(row, allocation, order, accounts.SUSPENSE, who=who, back=True)
        return
    let_go = allocation.write_off_vnd
    postings = {
        accounts.RECEIVABLE: allocation.amount_vnd + let_go,
        accounts.WRITE_OFF: -let_go,
        accounts.SUSPENSE: -allocation.amount_vnd,
    }
    said = f"Gỡ khớp với đơn {order.ref}"
    _post(row, postings, f"undo:{allocation.id}", Kind.REVERSAL, said, who)


def _pass_on(
    row: BankLine,
    allocation: Allocation,
    order: Order,
    before: str,
    *,
    who: str,
    back: bool = False,
) -> None:
    """A collector's line pays an order of another seller: it is owed to that one (or not)."""
    sign = -1 if back else 1
    paid, let_go = allocation.amount_vnd, allocation.write_off_vnd
    collecting.pass_on(
        order,
        sign * paid,
        before,
        {
            accounts.RECEIVABLE: -sign * (paid + let_go),
            accounts.WRITE_OFF: sign * let_go,
        },
        key=f"{'undo' if back else 'allocation'}:{allocation.id}",
        kind=Kind.REVERSAL if back else Kind.TRANSFER_IN,
        said=f"{'Gỡ khớp với' if back else 'Khách trả'} đơn {order.ref}",
        who=who,
        on=clock.vietnam(row.booked_at).date(),
    )


def surplus(row: BankLine, refund: Refund, who: str, *, kept: bool = False) -> None:
    """What is left of a line goes back to a buyer of another seller, who owes it now; or `kept`."""
    order, amount = refund.order, -refund.credit_vnd if kept else refund.credit_vnd
    if order is None or order.seller_id == row.seller_id:
        return
    key = f"{'kept' if kept else 'surplus'}:{refund.ref}"
    said = f"Chuyển thừa, đơn {order.ref}"
    collecting.pass_on(
        order,
        amount,
        accounts.CREDIT,
        {accounts.CREDIT: -amount},
        key=key,
        kind=Kind.TRANSFER_IN,
        said=said,
        who=who,
    )


def is_for(row: BankLine, account: str, said: str, who: str) -> None:
    """The whole line is no order's: from suspense to `account`. Noted on the line."""
    sign = 1 if row.direction == "in" else -1
    postings = {_rest(row): sign * row.amount_vnd, account: -sign * row.amount_vnd}
    kind = Kind.TRANSFER_IN if sign > 0 else Kind.TRANSFER_OUT
    row.purpose_entry_id = _post(row, postings, _next_key("purpose", row), kind, said, who)


def _next_key(word: str, row: BankLine) -> str:
    """A key for the next deed on a locked line, which may be done, undone and done again."""
    before = select(func.count(Entry.id)).where(
        Entry.seller_id == row.seller_id, Entry.subject == f"bank_line:{row.ref}"
    )
    return f"{word}:{row.ref}:{db.session.scalar(before)}"


def not_that(row: BankLine, who: str) -> None:
    """What the line was said to be is undone; it stands in suspense again."""
    if row.purpose_entry is not None:
        on = periods.open_day(row.seller_id, clock.today())
        entries.reverse(row.purpose_entry, on=on, by=who, why="Gỡ, xem lại dòng tiền")
        row.purpose_entry_id = row.purpose_entry = None


def rest(row: BankLine) -> str:
    """The account on which stands what of the line pays nothing yet."""
    return _rest(row)


def _rest(row: BankLine) -> str:
    return accounts.CREDIT if row.reason == Reason.SURPLUS else accounts.SUSPENSE


def _bank(row: BankLine) -> str:
    return accounts.bank(row.bank_account.ref)


def _post(
    row: BankLine, postings: Mapping[str, int], key: str, kind: Kind, said: str, who: str = BANK
) -> int:
    booked = clock.vietnam(row.booked_at).date()
    on = periods.open_day(row.seller_id, booked)
    return entries.post(
        row.seller_id,
        postings,
        key=key,
        kind=kind,
        on=on,
        text=said,
        by=who,
        subject=f"bank_line:{row.ref}",
    )
