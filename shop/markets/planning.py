"""What a spreadsheet of booths means to its market as it stands, and doing that.

A trader is known by name and phone within the market: one with two booths is one seller. A name
alone may be somebody else's too, so without a phone each booth gets a trader of its own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop import phones, text
from shop.accounts import audit, delegation
from shop.accounts.access import Actor
from shop.database import among, db
from shop.markets import booths, sheets
from shop.markets.booths import Place
from shop.markets.models import Booth, Market
from shop.markets.sheets import Fault, Line, Table
from shop.payments import banks, feeds
from shop.sellers.models import BankAccount, Seller

Key = tuple[str, str]
Account = dict[str, Any]


@dataclass
class Plan:
    """What a table would do. `said`: [number, words] of each; `faults`: why it may not."""

    new: list[Line] = field(default_factory=list)
    changed: list[tuple[Line, Booth]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    said: list[list[str]] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """Of all that it would do."""
        return hashlib.sha256(repr(self.said).encode()).hexdigest()


@dataclass
class _There:
    """The market as it stands: booths by number, traders by name and phone, their accounts."""

    booths: dict[str, Booth]
    traders: dict[Key, Seller]
    accounts: dict[int, list[BankAccount]]
    # The accounts that lines of this table give to traders who have none.
    given: dict[Key, Account] = field(default_factory=dict)


def plan(actor: Actor, market: Market, table: Table) -> Plan:
    """Compare the table with the market; nothing is changed. `actor`: who would write it."""
    made = Plan(faults=list(table.faults))
    if made.faults:
        return made
    there = _there(market)
    for line in table.lines:
        booth = there.booths.get(booths.number_key(line.place.number))
        if booth is None:
            _add(made, line, there)
        else:
            _compare(actor, made, line, booth, there)
    return made


def _there(market: Market) -> _There:
    query = select(Booth).where(Booth.market_id == market.id).options(joinedload(Booth.seller))
    every = db.session.scalars(query.order_by(Booth.id)).all()
    accounts: dict[int, list[BankAccount]] = {}
    owned = select(BankAccount).where(among(BankAccount.seller_id, {b.seller_id for b in every}))
    for account in db.session.scalars(owned.order_by(BankAccount.id)):
        accounts.setdefault(account.seller_id, []).append(account)
    return _There(
        {booth.number_key: booth for booth in every if booth.closed_on is None},
        {_key(b.seller.name, b.seller.phone): b.seller for b in every if b.seller.phone},
        accounts,
    )


def _key(name: str, phone: str | None) -> Key:
    return text.fold(name), phone or ""


def _add(made: Plan, line: Line, there: _There) -> None:
    key = _key(line.trader, line.phone)
    known = there.traders.get(key) if line.phone else None
    if line.account is not None and line.phone:
        owned = there.accounts.get(known.id, []) if known else []
        given = there.given.setdefault(key, line.account)
        if (owned and not _same(line.account, owned)) or (not owned and given != line.account):
            made.faults.append(_other_account(line))
            return
    said = [str(_("mở mới cho %(name)s", name=line.trader))]
    if line.phone:
        said.append(phones.show(line.phone))
    if line.account is not None:
        said.append(_account_said(line.account))
    made.new.append(line)
    made.said.append([line.place.number, "; ".join(said)])


def _account_said(account: Account) -> str:
    """The account that would be entered, for whoever agrees to read it back."""
    bank = banks.bank(account["bank_bin"])
    words = {"number": account["account_number"], "name": account["account_name"]}
    named = bank.short_name if bank else account["bank_bin"]
    return str(_("thêm tài khoản %(number)s %(bank)s, %(name)s", bank=named, **words))


def _other_account(line: Line) -> Fault:
    why = _("người này đã có tài khoản khác: chỉ chủ sạp đổi được, xin bỏ trống ba cột này.")
    return Fault(line.row, sheets.COLUMNS["account_number"][0], str(why))


def _helped(line: Line) -> Fault:
    why = _("bạn từng làm giúp người này nên không ghi tài khoản thay: xin bỏ trống ba cột này.")
    return Fault(line.row, sheets.COLUMNS["account_number"][0], str(why))


def _compare(actor: Actor, made: Plan, line: Line, booth: Booth, there: _There) -> None:
    if text.fold(booth.seller.name) != text.fold(line.trader):
        why = _("đang của %(name)s: trả chỗ trước, rồi nhập người mới.", name=booth.seller.name)
        made.faults.append(Fault(line.row, sheets.COLUMNS["trader"][0], str(why)))
        return
    changes = []
    if (booth.kind, booth.goods) != (line.place.kind, line.place.goods or booth.goods):
        changes.append(_("đổi loại hoặc mặt hàng"))
    if _lacks_phone(line, booth):
        changes.append(_("thêm điện thoại"))
    owned = there.accounts.get(booth.seller_id, [])
    if line.account is not None and not _same(line.account, owned):
        if not booths.may_enter_account(booth):
            made.faults.append(_other_account(line))
            return
        if not booths.may_enter(actor, booth):
            made.faults.append(_helped(line))
            return
        changes.append(_account_said(line.account))
    if changes:
        made.changed.append((line, booth))
        made.said.append([booth.number, "; ".join(map(str, changes))])


def _lacks_phone(line: Line, booth: Booth) -> bool:
    """Whether the trader's number is the keeper's to add: who signs in says it alone."""
    lacking = bool(line.phone) and not booth.seller.phone
    return lacking and not delegation.has_people(booth.seller_id)


def _same(account: Account, owned: Sequence[BankAccount]) -> bool:
    wanted = (account["bank_bin"], account["account_number"])
    return wanted in {(row.bank_bin, row.account_number) for row in owned}


def write(actor: Actor, market: Market, made: Plan) -> None:
    """Do what was planned; the market is locked. Raises NumberTaken."""
    traders = _there(market).traders
    for line in made.new:
        key = _key(line.trader, line.phone)
        seller = traders.get(key) if line.phone else None
        if seller is None:
            seller = booths.new_trader(actor, market, line.trader, line.phone)
            if line.phone:
                traders[key] = seller
        booth = booths.open(actor, market, line.place, seller)
        _enter_first(actor, booth, line)
    for line, booth in made.changed:
        place = Place(booth.number, line.place.kind, line.place.goods or booth.goods)
        booths.change(actor, booth, place)
        if _lacks_phone(line, booth):
            booth.seller.phone = line.phone
            audit.note(actor, "seller.update", cast(Any, booth.seller), booth.seller.name)
        _enter_first(actor, booth, line)


def _enter_first(actor: Actor, booth: Booth, line: Line) -> None:
    """An account for a trader who has none; the plan has seen that no other is meant."""
    if line.account is not None and booths.may_enter(actor, booth):
        seller = db.session.get_one(Seller, booth.seller_id)
        feeds.add_account(actor, seller, line.account)
