"""Back office: the booths of a market, as who keeps it enters and changes them."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access, delegation
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.markets import booths, registry, words
from shop.markets.booths import Place
from shop.markets.models import Booth, Market
from shop.markets.schemas import AccountSchema, BoothSchema, PlaceSchema, UseSchema
from shop.payments import banks
from shop.sellers.models import BankAccount, Seller

bp = Blueprint("booths", __name__, url_prefix="/ban-hang")

BANK = Permission.BANK_MANAGE


@bp.route("/cho/<ref>/sap/them", methods=["GET", "POST"])
@access.signed_in
def booth_new(actor: Actor, ref: str) -> ResponseReturnValue:
    """A new booth: its number, and who trades there."""
    market = registry.get(actor, ref)
    form = pages.form(BoothSchema(), {"kind": "sap"})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            row = booths.open(actor, market, _place(form.data), _seller(actor, market, form.data))
            pages.claim(form, ".booth", ref=row.ref)
            made = row.ref
        if not form.errors:
            return pages.saved(".booth", _("Đã thêm sạp."), ref=made)
    return pages.page(
        "booths/booth_new.html",
        form=form,
        market=market,
        kinds=list(words.BOOTHS.items()),
        sellers=_sellers(actor),
    )


def _place(data: dict[str, Any]) -> Place:
    return Place(data["number"], data["kind"], data["goods"])


def _seller(actor: Actor, market: Market, data: dict[str, Any]) -> Seller:
    if data["seller"]:
        return booths.trader(actor, data["seller"])
    return booths.new_trader(actor, market, data["trader"], data["phone"])


def _sellers(actor: Actor) -> list[tuple[str, str]]:
    """Sellers to choose from beside a new trader, for who may change any."""
    if not actor.may(Permission.SELLER_WRITE):
        return []
    found = db.session.scalars(booths.traders(actor).limit(booths.MOST_TRADERS))
    return [("", _("Người bán mới, ghi tên ở dưới")), *((row.ref, row.name) for row in found)]


@bp.get("/sap/<ref>")
@access.signed_in
def booth(actor: Actor, ref: str) -> ResponseReturnValue:
    """One booth: who trades there, where the money goes, its plates, changing it."""
    return _page(actor, booths.get(actor, ref), pages.Form(prefix="account"))


def _page(actor: Actor, row: Booth, account_form: pages.Form) -> ResponseReturnValue:
    account = booths.payee(row)
    return pages.page(
        "booths/booth.html",
        booth=row,
        market=row.market,
        kinds=list(words.BOOTHS.items()),
        words=words,
        account=account,
        bank=banks.bank(account.bank_bin) if account else None,
        account_kind=words.ACCOUNTS[banks.kind(account.bank_bin)] if account else "",
        form=pages.Form(values={"number": row.number, "kind": row.kind, "goods": row.goods}),
        account_form=account_form,
        banks=bank_choices(),
        may_enter=actor.may(BANK, row.seller_id) or booths.may_enter(actor, row),
        signs_in=delegation.has_people(row.seller_id),
        may_let_in=actor.may(Permission.OPERATE),
        may_see_seller=actor.may(Permission.SELLER_READ, row.seller_id),
    )


def bank_choices() -> list[tuple[str, str]]:
    """Banks, wallets and Mobile Money by name, each with what it is."""
    every = sorted(banks.all(), key=lambda bank: (banks.kind(bank.bin) == banks.Kind.BANK,))
    named = [
        (bank.bin, f"{bank.short_name} – {words.ACCOUNTS[banks.kind(bank.bin)]}") for bank in every
    ]
    return [("", _("Chọn ngân hàng hoặc ví")), *named]


@bp.post("/sap/<ref>/sua")
@access.signed_in
def booth_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Another number, kind or goods."""
    booths.get(actor, ref)
    form = pages.form(PlaceSchema())
    if form.data:
        with form.guard(), transaction():
            booths.change(actor, booths.get(actor, ref, lock=True), _place(form.data))
    if form.errors:
        return pages.refused(".booth", form, ref=ref)
    return pages.saved(".booth", _("Đã lưu."), ref=ref)


@bp.post("/sap/<ref>/tra-cho")
@access.signed_in
def booth_close(actor: Actor, ref: str) -> ResponseReturnValue:
    """The trader leaves; the number is free for the next one."""
    with transaction():
        row = booths.get(actor, ref, lock=True)
        booths.close(actor, row)
        market_ref = row.market.ref
    return pages.saved("markets.market", _("Đã trả chỗ."), ref=market_ref)


@bp.post("/sap/<ref>/tai-khoan")
@access.signed_in
def booth_account(actor: Actor, ref: str) -> ResponseReturnValue:
    """The first account of a trader, entered for them; the page says when that may be."""
    row = booths.get(actor, ref)
    form = pages.form(AccountSchema())
    form.prefix = "account"
    if form.data:
        with form.guard(), transaction():
            booths.enter_account(actor, booths.get(actor, ref, lock=True), form.data)
    if form.errors and booths.payee(row):
        return pages.refused(".booth", form, ref=ref)
    if form.errors:
        return _page(actor, row, form)
    return pages.saved(".booth", _("Đã ghi tài khoản nhận tiền."), ref=ref)


@bp.post("/sap/<ref>/nhan-tien")
@access.signed_in
def booth_payee(actor: Actor, ref: str) -> ResponseReturnValue:
    """The trader says which of the seller's accounts this booth is paid into."""
    booths.own(actor, ref, BANK)
    form = pages.form(UseSchema())
    if not form.errors:
        with form.guard(), transaction():
            chosen = form.data["account"]
            account = access.get(actor, BankAccount, chosen, BANK) if chosen else None
            booths.use_account(actor, booths.own(actor, ref, BANK, lock=True), account)
    if form.errors:
        return pages.refused("till.setup", form, ref=ref)
    return pages.saved("till.setup", _("Đã lưu."), ref=ref)
