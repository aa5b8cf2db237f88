"""Bank accounts of a seller, and the feeds that report their movements."""

import secrets
from collections.abc import Collection, Sequence
from functools import cache
from types import ModuleType
from typing import Any

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError

from shop import clock, vault
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import among_given, db
from shop.payments.bank_feeds import casso, payos, sepay
from shop.payments.errors import AccountClosed, AccountTaken
from shop.payments.models import FeedConnection
from shop.sellers.models import BankAccount, Seller

FEEDS: dict[str, ModuleType] = {feed.name: feed for feed in (sepay, casso, payos)}


def add_account(actor: Actor, seller: Seller, data: dict[str, Any]) -> BankAccount:
    """A new account, or one that was closed in use again; in a demo it is marked illustrative.

    Raises AccountTaken when the seller has it.
    """
    account = _same(seller, data)
    if account is not None and account.active:
        raise AccountTaken
    if account is None:
        account = BankAccount(
            seller_id=seller.id,
            bank_bin=data["bank_bin"],
            account_number=data["account_number"],
            illustrative=current_app.config["SETTINGS"].demo,
        )
        db.session.add(account)
    account.account_name, account.active = data["account_name"], True
    try:
        db.session.flush()
    except IntegrityError:  # somebody added it between the question and now
        raise AccountTaken from None
    audit.note(actor, "bank_account.add", account, account.account_name)
    return account


def _same(seller: Seller, data: dict[str, Any]) -> BankAccount | None:
    query = select(BankAccount).where(
        BankAccount.seller_id == seller.id,
        BankAccount.bank_bin == data["bank_bin"],
        BankAccount.account_number == data["account_number"],
    )
    return db.session.scalar(query.with_for_update())


def use(actor: Actor, account: BankAccount) -> None:
    """New orders are paid into this one from now on; requests that are out keep theirs.

    Raises AccountClosed.
    """
    if not account.active:
        raise AccountClosed
    for other in _all(account.seller_id):
        other.main = other.id == account.id
    audit.note(actor, "bank_account.use", account, account.account_name)


def close(actor: Actor, account: BankAccount) -> None:
    """No new order is paid into it; money that still comes is matched. Twice is once."""
    if account.active:
        account.active = account.main = False
        audit.note(actor, "bank_account.close", account, account.account_name)


def _all(seller_id: int) -> Sequence[BankAccount]:
    query = select(BankAccount).where(BankAccount.seller_id == seller_id).order_by(BankAccount.id)
    return db.session.scalars(query.with_for_update()).all()


def active(seller_id: int) -> Sequence[BankAccount]:
    """The accounts of a seller that may be paid into, oldest first."""
    query = select(BankAccount).where(BankAccount.seller_id == seller_id, BankAccount.active)
    return db.session.scalars(query.order_by(BankAccount.id)).all()


def in_use(seller_ids: Collection[int]) -> dict[int, BankAccount]:
    """Seller id → the account that its new orders are paid into; one query."""
    accounts = db.session.scalars(_main(), {"seller_ids": list(seller_ids)})
    return {account.seller_id: account for account in accounts}


@cache
def _main() -> Select[BankAccount]:
    theirs = among_given(BankAccount.seller_id, "seller_ids")
    query = select(BankAccount).where(theirs, BankAccount.active)
    query = query.ext(distinct_on(BankAccount.seller_id))
    return query.order_by(BankAccount.seller_id, BankAccount.main.desc(), BankAccount.id)


def connect(
    actor: Actor, account: BankAccount, provider: str = sepay.name, key: str = ""
) -> tuple[FeedConnection, str]:
    """A feed of an account with its secret, shown only now; the old secret ends.

    `key`: the one the provider gave, where it gives one; else a fresh secret is made.
    """
    secret = key if FEEDS[provider].gives_key else secrets.token_urlsafe(32)
    sealed = vault.seal(secret, _vault_key())
    connection = db.session.scalar(
        select(FeedConnection).where(
            FeedConnection.provider == provider, FeedConnection.bank_account_id == account.id
        )
    )
    if connection is None:
        connection = FeedConnection(
            seller_id=account.seller_id, provider=provider, bank_account_id=account.id
        )
        db.session.add(connection)
    connection.sealed_secret = sealed
    db.session.flush()
    audit.note(actor, "feed.connect", connection, account.account_name)
    return connection, secret


def keep_list_key(actor: Actor, connection: FeedConnection, key: str) -> None:
    """The API key with which the feed's list is asked for from now on; empty: no more."""
    connection.sealed_list_key = vault.seal(key, _vault_key()) if key else None
    connection.next_pull_at = clock.now() if key else None
    connection.pull_failed, connection.pull_failures = "", 0
    audit.note(actor, "feed.list_key", connection, connection.bank_account.account_name)


def list_key(connection: FeedConnection) -> str:
    """That key, opened to be used and dropped; empty where there is none."""
    sealed = connection.sealed_list_key
    return str(vault.open_sealed(sealed, _vault_key())) if sealed else ""


def host(provider: str) -> str:
    """Where a feed's list is: its own address, or the one that the settings name instead."""
    named: dict[str, str] = current_app.config["SETTINGS"].gateway_hosts
    return named.get(provider) or str(FEEDS[provider].host)


def reported(account_id: int) -> bool:
    """Whether some feed tells of an account's money by itself."""
    query = select(FeedConnection.id).where(FeedConnection.bank_account_id == account_id)
    return db.session.scalar(query.limit(1)) is not None


def _vault_key() -> str:
    return str(current_app.config["SETTINGS"].vault_key)
