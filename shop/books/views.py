"""Back office: the books of a seller, each figure with the rows behind it."""

from datetime import date, timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.books import kinds, projections, taxation, vouchers, words
from shop.books.models import CashVoucher
from shop.books.schemas import BusinessSchema, UndoSchema, VoucherSchema
from shop.database import db, transaction
from shop.ledger import periods
from shop.ledger.models import Entry
from shop.media import arrivals, documents
from shop.reconciliation.models import BankLine
from shop.sellers.models import Seller

bp = Blueprint("books", __name__, url_prefix="/ban-hang/so-sach")

# So many rows a page shows; a file holds them all.
MOST_ROWS = 500

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE


@bp.get("")
@access.signed_in
def choose(actor: Actor) -> ResponseReturnValue:
    """Whose books? Asked only of people with several sellers."""
    access.expect(actor, READ)
    page = pages.paged(access.rows(actor, Seller, READ).order_by(Seller.sort_key, Seller.id))
    if page.total == 1:
        return redirect(url_for(".overview", ref=page.items[0].ref), 303)
    return pages.page("books/choose.html", page=page)


@bp.get("/<ref>")
@access.signed_in
def overview(actor: Actor, ref: str) -> ResponseReturnValue:
    """What stands on each account, and the books."""
    seller = access.get(actor, Seller, ref, READ)
    last = _day("den") or clock.today()
    standing = taxation.standing(seller, last)
    return pages.page(
        "books/overview.html",
        seller=seller,
        last=last,
        standing=standing,
        businesses=[(group.code, group.name) for group in standing.rules.groups],
        form=pages.Form(values={"business": taxation.business(seller.id, standing.rules).code}),
        kinds=kinds.of(seller),
        sides=_sides(projections.balances(seller.id, last)),
        until=periods.closed_until(seller.id),
        may_write=actor.may(WRITE, seller.id),
    )


def _sides(balances: list[tuple[str, str, int]]) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """What stands there in two lists without signs; their sums are equal."""
    debit = [row for row in balances if row[2] > 0]
    credit = [
        (account, words.owing(account, name), -vnd) for account, name, vnd in balances if vnd < 0
    ]
    return [(_("Đang có, đã chi"), debit), (_("Đang nợ, đã thu"), credit)]


@bp.post("/<ref>/nganh-nghe")
@access.signed_in
def choose_business(actor: Actor, ref: str) -> ResponseReturnValue:
    """The line of business by which a household's revenue is taxed."""
    seller = access.get(actor, Seller, ref, WRITE)
    form = pages.form(BusinessSchema())
    known = {group.code for group in taxation.rules(clock.today()).groups}
    if not form.errors and form.data["business"] not in known:
        form.errors["business"] = [_("Chọn một mục trong danh sách.")]
    if not form.errors:
        with form.guard(), transaction():
            taxation.choose_business(actor, seller, form.data["business"])
    if form.errors:
        return pages.refused(".overview", form, ref=ref)
    return pages.saved(".overview", ref=ref)


def _day(name: str) -> date | None:
    return clock.written_day(request.args.get(name, ""))


def period() -> tuple[date, date]:
    """The days asked for, both included: by default this month so far."""
    last = _day("den") or clock.today()
    first = _day("tu") or last.replace(day=1)
    return min(first, last), last


def quick_periods() -> list[tuple[str, str, str]]:
    """(name, first day, last day) of what people look at most."""
    today = clock.today()
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    return [
        (_("Tháng này"), month.isoformat(), today.isoformat()),
        (_("Tháng trước"), before.isoformat(), (month - timedelta(days=1)).isoformat()),
        (_("Quý này"), quarter.isoformat(), today.isoformat()),
        (_("Năm nay"), today.replace(month=1, day=1).isoformat(), today.isoformat()),
    ]


@bp.get("/<ref>/so/<name>")
@access.signed_in
def book(actor: Actor, ref: str, name: str) -> ResponseReturnValue:
    """One book of a period; every row opens the entry behind it."""
    seller = access.get(actor, Seller, ref, READ)
    kind = kinds.get(name)
    first, last = period()
    if kind.books is None:
        return _form_page(seller, name, first, last)
    shown = kind.books(seller.id, first, last)
    named = words.names(seller.id, [each.account for each in shown if each.account])
    return pages.page(
        "books/book.html",
        seller=seller,
        name=name,
        title=kinds.title(seller, kind),
        running=kind.running,
        books=[(named.get(each.account, ""), each) for each in shown],
        first=first,
        last=last,
        quick=quick_periods(),
        behind=words.behind,
        most=MOST_ROWS,
    )


def _form_page(seller: Seller, name: str, first: date, last: date) -> ResponseReturnValue:
    form = kinds.form(name, seller, first, last)
    rows = [*form.rows, *form.totals]
    return pages.page(
        "books/form.html",
        seller=seller,
        name=name,
        title=kinds.title(seller, kinds.get(name)),
        form=form,
        # The sums stay on the page however long the book is.
        rows=rows if len(rows) <= MOST_ROWS else [*rows[:MOST_ROWS], *form.totals],
        more=max(0, len(form.rows) - MOST_ROWS),
        first=first,
        last=last,
        quick=quick_periods(),
    )


@bp.get("/<ref>/but-toan")
@access.signed_in
def entries(actor: Actor, ref: str) -> ResponseReturnValue:
    """The entries behind a figure: of one account or several, in a period."""
    seller = access.get(actor, Seller, ref, READ)
    account = request.args.get("tai-khoan", "")[:80]
    page = pages.paged(projections.entries(seller.id, account, _day("tu"), _day("den")))
    there = {posting.account for entry in page.items for posting in entry.postings} | {account}
    return pages.page(
        "books/entries.html",
        seller=seller,
        page=page,
        account=account,
        names=words.names(seller.id, sorted(there)),
        behind=words.behind,
    )


@bp.get("/but-toan/<ref>")
@access.signed_in
def entry(actor: Actor, ref: str) -> ResponseReturnValue:
    """One entry: its postings, what is behind it, and what undid it."""
    row = access.get(actor, Entry, ref, READ)
    return pages.page(
        "books/entry.html",
        row=row,
        seller=db.session.get_one(Seller, row.seller_id),
        names=words.names(row.seller_id, [posting.account for posting in row.postings]),
        behind=words.behind(row.subject),
        undone=projections.undone_by(row),
        original=projections.undoes(row),
    )


@bp.route("/<ref>/phieu", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(arrivals.DOCUMENT_BYTES)
def voucher_list(actor: Actor, ref: str) -> ResponseReturnValue:
    """Receipt and payment vouchers, and writing one; a photo of the paper may hang on it."""
    seller = access.get(actor, Seller, ref, READ)
    start = {"on": clock.today().isoformat(), "direction": request.args.get("loai", "out")}
    form = pages.form(VoucherSchema(), start)
    if (answer := pages.repeated(form)) is not None:
        return answer
    if request.method == "POST":
        access.get(actor, Seller, ref, WRITE)
        if form.data and (number := _written(actor, seller, form)):
            said = _("Đã ghi phiếu %(number)s.", number=number)
            return pages.saved(".voucher_list", said, ref=ref)
    query = access.rows(actor, CashVoucher, READ).where(CashVoucher.seller_id == seller.id)
    return pages.page(
        "books/vouchers.html",
        form=form,
        seller=seller,
        page=pages.paged(query.order_by(CashVoucher.on.desc(), CashVoucher.id.desc())),
        tags=vouchers.TAGS,
        money=vouchers.money_accounts(seller.id),
        may_write=actor.may(WRITE, seller.id),
    )


def _written(actor: Actor, seller: Seller, form: pages.Form) -> str:
    taken = None
    file = request.files.get("paper")
    if file is not None and file.filename:
        with form.guard():
            taken = documents.take(file.stream)
    number = ""
    if form.errors:
        return number
    with form.guard(), transaction():
        row = vouchers.write(actor, seller, form.data)
        if taken is not None:
            holder, title = f"voucher:{row.ref}", row.number
            documents.accept(actor, seller.id, holder, taken, kind="voucher", title=title)
        number = row.number
        pages.claim(form, "books.voucher", ref=row.ref)
    return "" if form.errors else number


@bp.get("/phieu/<ref>")
@access.signed_in
def voucher(actor: Actor, ref: str) -> ResponseReturnValue:
    """One voucher with its paper."""
    row = access.get(actor, CashVoucher, ref, READ)
    return pages.page(
        "books/voucher.html",
        row=row,
        form=pages.Form(),
        seller=db.session.get_one(Seller, row.seller_id),
        tag=vouchers.TAGS[row.direction].get(row.tag, row.tag),
        money=words.names(row.seller_id, [row.money])[row.money],
        papers=documents.of(f"voucher:{row.ref}"),
        may_write=actor.may(WRITE, row.seller_id),
    )


@bp.post("/phieu/<ref>/dong/<line>")
@access.signed_in
def voucher_is_line(actor: Actor, ref: str, line: str) -> ResponseReturnValue:
    """A voucher says what a line of the bank is, so the movement is in the books once."""
    access.get(actor, CashVoucher, ref, WRITE)
    form = pages.Form()
    with form.guard(), transaction():
        told = access.get(actor, BankLine, line, WRITE, lock=True)
        row = access.get(actor, CashVoucher, ref, WRITE, lock=True)
        vouchers.is_line(actor, row, told)
    if form.errors:
        return pages.refused("reconciliation.bank_line", form, ref=line)
    return pages.saved("reconciliation.bank_line", _("Đã ghi, khoản này vào sổ một lần."), ref=line)


@bp.post("/phieu/<ref>/huy")
@access.signed_in
def voucher_undo(actor: Actor, ref: str) -> ResponseReturnValue:
    """A voucher was wrong: a reversing entry undoes it, its number stays."""
    access.get(actor, CashVoucher, ref, WRITE)
    form = pages.form(UndoSchema())
    if not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, CashVoucher, ref, WRITE, lock=True)
            vouchers.undo(actor, row, form.data["why"])
    if form.errors:
        return pages.refused(".voucher", form, ref=ref)
    return pages.saved(".voucher", _("Đã hủy phiếu bằng bút toán đảo."), ref=ref)
