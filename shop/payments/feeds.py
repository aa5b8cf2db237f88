"""Bank accounts of a seller, and the feeds that report their movements."""

import secrets
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from shop import vault
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.payments.bank_feeds import sepay
from shop.payments.errors import AccountTaken
from shop.payments.models import FeedConnection
from shop.sellers.models import BankAccount, Seller


def add_account(actor: Actor, seller: Seller, data: dict[str, Any]) -> BankAccount:
    """A new account; in a demo it is marked illustrative. Raises AccountTaken."""
    same = select(BankAccount.id).where(
        BankAccount.bank_bin == data["bank_bin"],
        BankAccount.account_number == data["account_number"],
    )
    if db.session.scalar(same) is not None:
        raise AccountTaken
    account = BankAccount(
        seller_id=seller.id,
        bank_bin=data["bank_bin"],
        account_number=data["account_number"],
        account_name=data["account_name"],
        illustrative=current_app.config["SETTINGS"].demo,
    )
    db.session.add(account)
    try:
        db.session.flush()
    except IntegrityError:  # somebody added it between the question and now
        raise AccountTaken from None
    audit.note(actor, "bank_account.add", account, account.account_name)
    return account


def connect(actor: Actor, account: BankAccount) -> tuple[FeedConnection, str]:
    """The SePay feed of an account with a fresh secret; the old secret ends. Shown only now."""
    secret = secrets.token_urlsafe(32)
    sealed = vault.seal(secret, current_app.config["SETTINGS"].vault_key)
    connection = db.session.scalar(
        select(FeedConnection).where(
            FeedConnection.provider == sepay.name, FeedConnection.bank_account_id == account.id
        )
    )
    if connection is None:
        connection = FeedConnection(
            seller_id=account.seller_id, provider=sepay.name, bank_account_id=account.id
        )
        db.session.add(connection)
    connection.sealed_secret = sealed
    db.session.flush()
    audit.note(actor, "feed.connect", connection, account.account_name)
    return connection, secret
