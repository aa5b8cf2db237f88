"""The booths of a market: opened for a trader, changed, left; where their money goes.

Who trades at a booth is a seller. A trader who is new here is entered as a household with a name
and a phone; one who sells already keeps the stock, the accounts and the books they have.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from shop import clock, places, text
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.accounts.models import Delegation, Membership
from shop.database import among, db
from shop.errors import BadInput, NotFound
from shop.markets import registry
from shop.markets.errors import AccountNotYours, NumberTaken
from shop.markets.models import Booth, Market
from shop.orders.models import Order
from shop.payments import feeds
from shop.sellers import addresses, profile
from shop.sellers.models import BankAccount, Seller, SellerKind

# One seller has no more stalls than fit on a page.
MOST_OWN = 50
MOST_TRADERS = 2000


@dataclass(frozen=True)
class Place:
    """What a booth is, whoever trades there."""

    number: str
    kind: str
    goods: str = ""


def number_key(number: str) -> str:
    """A number as it is compared and sorted: "Sạp a-12" and "A 12" are alike, A2 before A12."""
    folded = text.fold(number).removeprefix("so ").removeprefix("sap ")
    parts = re.findall(r"[a-z]+|[0-9]+", folded)
    return ".".join(part.lstrip("0").zfill(6) if part.isdigit() else part for part in parts)


def get(actor: Actor, ref: str, *, lock: bool = False) -> Booth:
    """A booth of a market that the actor keeps. Raises NotFound alike for missing and another's."""
    mine = registry.kept(actor).with_only_columns(Market.id).order_by(None)
    query = select(Booth).where(Booth.ref == ref, Booth.market_id.in_(mine))
    if lock:
        query = query.with_for_update(of=Booth).execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound(ref=ref)
    return row


def printable(actor: Actor, ref: str) -> Booth:
    """A booth whose plate the actor may print: its keeper, or who sells there. Raises NotFound."""
    try:
        return get(actor, ref)
    except NotFound:
        return own(actor, ref, Permission.ORDERS_WRITE)


def own(actor: Actor, ref: str, permission: Permission, *, lock: bool = False) -> Booth:
    """A booth of one of the actor's sellers. Raises NotFound."""
    return access.get(actor, Booth, ref, permission, lock=lock)


def of_order(order: Order) -> Booth:
    """The booth where an order was sold. Raises NotFound for one sold elsewhere."""
    row = db.session.scalar(select(Booth).where(Booth.source == order.source))
    if row is None:
        raise NotFound(ref=order.ref)
    return row


def mine(actor: Actor, permission: Permission) -> Sequence[Booth]:
    """The booths that the actor's own sellers have now; an administrator's are not listed."""
    sellers = [s for s, granted in actor.allowed.items() if s is not None and permission in granted]
    query = select(Booth).where(among(Booth.seller_id, sellers), Booth.closed_on.is_(None))
    query = query.options(joinedload(Booth.market)).order_by(Booth.market_id, Booth.number_key)
    return db.session.scalars(query.limit(MOST_OWN)).all()


def of_market(market: Market, words: str = "") -> Select[Booth]:
    """The booths in use, by number; `words`: of a number, a trader or goods."""
    return _found(market, words, Booth.number, Seller.name, Booth.goods)


def of_market_goods(market: Market, words: str = "") -> Select[Booth]:
    """The same, found by number and goods alone: who trades where is not for everybody."""
    return _found(market, words, Booth.number, Booth.goods)


def _found(market: Market, words: str, *said: Any) -> Select[Booth]:
    query = select(Booth).join(Seller, Seller.id == Booth.seller_id)
    query = query.where(Booth.market_id == market.id, Booth.closed_on.is_(None))
    for word in text.fold(words).split():
        folded = func.fold(func.concat_ws(" ", *said))
        query = query.where(folded.contains(word, autoescape=True))
    return query.options(joinedload(Booth.seller)).order_by(Booth.number_key, Booth.id)


def open(actor: Actor, market: Market, place: Place, seller: Seller) -> Booth:
    """The booth is the seller's from today. Raises NumberTaken."""
    _expect_free(market.id, place.number)
    row = Booth(market_id=market.id, seller_id=seller.id, opened_on=clock.today())
    _fill(row, place)
    db.session.add(row)
    db.session.flush()
    audit.note(actor, "booth.open", row, f"{place.number}, {market.name}")
    return row


def new_trader(actor: Actor, market: Market, name: str, phone: str | None) -> Seller:
    """A trader who is no seller here yet, as a household in the market's commune."""
    seller = profile.create(actor, {"name": name, "kind": SellerKind.HOUSEHOLD})
    seller.phone = phone
    addresses.settle(seller, {}, places.commune(market.commune_code))
    return seller


def change(actor: Actor, row: Booth, place: Place) -> None:
    """Another number, kind or goods of a locked booth. Raises NumberTaken."""
    if number_key(place.number) != row.number_key:
        _expect_free(row.market_id, place.number)
    _fill(row, place)
    if audit.changes(row):
        audit.note(actor, "booth.change", row, place.number)


def close(actor: Actor, row: Booth, on: date | None = None) -> None:
    """The trader leaves the locked booth after `on` (today). Twice is once."""
    if row.closed_on is None:
        row.closed_on = max(on or clock.today(), row.opened_on)
        audit.note(actor, "booth.close", row, row.number)


def _fill(row: Booth, place: Place) -> None:
    row.number, row.number_key = place.number, number_key(place.number)
    row.kind, row.goods = place.kind, place.goods
    if not row.number_key:
        raise BadInput({"number": [_("Ghi số sạp bằng chữ hoặc số.")]})


def _expect_free(market_id: int, number: str) -> None:
    # Two people may enter the same number at once; the index in the table would be an error page.
    key = func.hashtextextended(f"booths:{market_id}", 0)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))
    there = select(Booth.id).where(
        Booth.market_id == market_id,
        Booth.number_key == number_key(number),
        Booth.closed_on.is_(None),
    )
    if db.session.scalar(there) is not None:
        raise NumberTaken(number)


def payees(rows: Collection[Booth]) -> dict[int, BankAccount]:
    """Booth id → the account that its money goes to, for those that have one; two queries."""
    main = feeds.in_use({row.seller_id for row in rows}) if rows else {}
    named = {row.bank_account_id for row in rows if row.bank_account_id is not None}
    query = select(BankAccount).where(among(BankAccount.id, named), BankAccount.active)
    apart = {row.id: row for row in db.session.scalars(query)} if named else {}
    found = {row.id: apart.get(row.bank_account_id or 0) or main.get(row.seller_id) for row in rows}
    return {row_id: account for row_id, account in found.items() if account is not None}


def payee(row: Booth) -> BankAccount | None:
    """The account that the booth's money goes to."""
    return payees([row]).get(row.id)


def enter_account(actor: Actor, row: Booth, data: dict[str, Any]) -> BankAccount:
    """A keeper enters the first account of a trader whom nobody signs in for.

    A second one, or one of a trader who does so themselves, is theirs alone to enter: whoever
    changed it would have their money. So is the first of a seller whom the keeper helped: a
    consent never reaches money. Raises AccountNotYours.
    """
    # Two keepers at once: the second finds the account of the first.
    seller = db.session.get_one(Seller, row.seller_id, with_for_update=True)
    if not actor.may(Permission.BANK_MANAGE, row.seller_id) and not may_enter(actor, row):
        raise AccountNotYours
    return feeds.add_account(actor, seller, data)


def may_enter(actor: Actor, row: Booth) -> bool:
    """Whether this keeper may: `may_enter_account`, and they never helped the trader."""
    helped = select(Delegation.id).where(
        Delegation.seller_id == row.seller_id, Delegation.user_id == actor.user_id
    )
    return may_enter_account(row) and db.session.scalar(helped.limit(1)) is None


def may_enter_account(row: Booth) -> bool:
    """Whether a keeper may: there is no account, and nobody who could enter it."""
    signs_in = select(Membership.id).where(Membership.seller_id == row.seller_id)
    there = select(BankAccount.id).where(BankAccount.seller_id == row.seller_id)
    return db.session.scalar(select(signs_in.exists() | there.exists())) is False


def use_account(actor: Actor, row: Booth, account: BankAccount | None) -> None:
    """Money of the locked booth goes to this account of its seller; None: as other orders'.

    Raises NotFound for an account of somebody else.
    """
    if account is not None and (account.seller_id != row.seller_id or not account.active):
        raise NotFound(ref=account.ref)
    row.bank_account_id = account.id if account else None
    audit.note(actor, "booth.account", row, row.number)


def traders(actor: Actor) -> Select[Any]:
    """Sellers that a keeper may give a booth to beside a new one: those the actor may change."""
    mine = access.rows(actor, Seller, Permission.SELLER_WRITE).where(Seller.left_at.is_(None))
    return cast(Select[Any], mine.order_by(Seller.sort_key, Seller.id))


def trader(actor: Actor, ref: str) -> Seller:
    """One of those sellers. Raises NotFound."""
    return profile.present(actor, ref, Permission.SELLER_WRITE)
