"""How the ledger's accounts and entries are said to people."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from shop.books.models import CashVoucher
from shop.database import among, db
from shop.ledger import accounts
from shop.reconciliation.models import BankLine
from shop.sellers.models import BankAccount

ACCOUNTS = {
    accounts.CASH: _l("Tiền mặt"),
    accounts.RECEIVABLE: _l("Khách còn nợ"),
    accounts.SUSPENSE: _l("Tiền chưa rõ của việc gì"),
    accounts.CREDIT: _l("Tiền thừa của khách"),
    accounts.SALES: _l("Doanh thu bán hàng"),
    accounts.DELIVERY: _l("Doanh thu giao hàng"),
    accounts.RETURNS: _l("Hàng bán bị trả lại, giảm giá"),
    accounts.WRITE_OFF: _l("Bỏ qua tiền thiếu"),
    accounts.FEES: _l("Phí ngân hàng, cổng, sàn"),
    accounts.FREIGHT: _l("Cước vận chuyển, thu hộ"),
    accounts.TAX_WITHHELD: _l("Thuế đã bị khấu trừ"),
    accounts.HELD: _l("Sàn thu hộ còn giữ"),
    accounts.OTHER_IN: _l("Thu khác"),
    accounts.OTHER_OUT: _l("Chi khác"),
    accounts.BETWEEN: _l("Đang chuyển giữa tài khoản của mình"),
    "capital": _l("Vốn góp, tiền vay"),
    accounts.income("retail"): _l("Bán lẻ thu tiền mặt"),
    accounts.income("support"): _l("Hỗ trợ của chương trình"),
    accounts.expense("goods"): _l("Mua nguyên liệu, vật tư"),
    accounts.expense("wages"): _l("Tiền công"),
    accounts.expense("packing"): _l("Bao bì, tem nhãn"),
    accounts.expense("power"): _l("Điện, nước, mặt bằng"),
    accounts.expense("market"): _l("Quảng cáo, hội chợ"),
    accounts.expense("tax"): _l("Thuế, phí nhà nước"),
}
_OF = {
    "clearing": _l("Cổng %(name)s còn giữ"),
    "marketplace": _l("Sàn %(name)s còn giữ"),
    "carrier": _l("Hãng %(name)s thu hộ còn giữ"),
    "owed_to_seller": _l("Thu hộ, nợ đơn vị bán %(name)s"),
    "tax_payable": _l("Thuế khấu trừ phải nộp (%(name)s)"),
}
_ORDER = ("cash", "bank", "clearing", "marketplace", "carrier", "receivable", "suspense")


def names(seller_id: int, there: Sequence[str]) -> dict[str, str]:
    """Account → its name for people."""
    query = select(BankAccount).where(BankAccount.seller_id == seller_id)
    banks = {accounts.bank(row.ref): row for row in db.session.scalars(query)}
    return {account: _name(account, banks) for account in there}


def _name(account: str, banks: dict[str, BankAccount]) -> str:
    if account in ACCOUNTS:
        return str(ACCOUNTS[account])
    if account in banks:
        row = banks[account]
        return str(_("Tài khoản %(number)s", number=row.account_number))
    kind, _colon, name = account.partition(":")
    if kind in _OF:
        said: str = str(_OF[kind]) % {"name": name}
        return said
    return account


def owing(account: str, name: str) -> str:
    """The name of an account on which less than nothing stands."""
    return str(_("Khách trả trước")) if account == accounts.RECEIVABLE else name


def documents(subjects: Iterable[str | None]) -> dict[str, str]:
    """Subject of an entry → the number on its paper: a voucher's, the bank's, an order's."""
    named: dict[str, list[str]] = defaultdict(list)
    for subject in {subject for subject in subjects if subject}:
        kind, _colon, ref = subject.partition(":")
        named[kind].append(ref)
    found = {f"order:{ref}": ref for ref in named["order"]}
    vouchers = select(CashVoucher.ref, CashVoucher.number)
    vouchers = vouchers.where(among(CashVoucher.ref, named["voucher"]))
    lines = select(BankLine.ref, BankLine.bank_reference)
    lines = lines.where(among(BankLine.ref, named["bank_line"]))
    found |= {f"voucher:{ref}": number for ref, number in db.session.execute(vouchers)}
    found |= {f"bank_line:{ref}": number or ref for ref, number in db.session.execute(lines)}
    return found


def place(account: str) -> tuple[int, str]:
    """Where an account stands in a list: money first."""
    kind = account.partition(":")[0]
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER), account)


def behind(subject: str | None) -> str | None:
    """The page of what is behind an entry, None where there is none."""
    kind, _colon, ref = (subject or "").partition(":")
    pages = {
        "order": "orders.order",
        "bank_line": "reconciliation.bank_line",
        "voucher": "books.voucher",
        "batch": "settlements.batch",
        "refund": "refunds.refund_list",
    }
    return url_for(pages[kind], ref=ref) if kind in pages else None
