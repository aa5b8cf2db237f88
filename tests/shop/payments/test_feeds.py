"""Accounts of a seller and the feeds that report on them."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from shop import vault
from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.payments import feeds
from shop.payments.errors import AccountClosed, AccountTaken
from shop.payments.models import FeedConnection
from tests import make

DATA = {"bank_bin": "970436", "account_number": "0071000123456", "account_name": "HTX CHE HAO DAT"}


@pytest.mark.parametrize("demo", [True, False])
def test_an_account_of_a_demonstration_is_marked_illustrative(database, monkeypatch, demo):
    ours = replace(database.config["SETTINGS"], demo=demo)
    monkeypatch.setitem(database.config, "SETTINGS", ours)
    account = feeds.add_account(SYSTEM, make.seller(), DATA)
    assert (account.illustrative, account.active) == (demo, True)
    assert db.session.scalars(select(AuditEntry.action)).all() == ["bank_account.add"]


def test_a_seller_has_an_account_once_and_says_nothing_of_anothers(database):
    ours = make.seller()
    feeds.add_account(SYSTEM, ours, DATA)
    with pytest.raises(AccountTaken):
        feeds.add_account(SYSTEM, ours, DATA)
    assert feeds.add_account(SYSTEM, make.seller(name="HTX khác"), DATA).id


def test_new_orders_are_paid_into_the_account_in_use(database):
    seller = make.seller()
    first, second = make.bank_account(seller), make.bank_account(seller)
    assert feeds.in_use([seller.id]) == {seller.id: first}
    feeds.use(SYSTEM, second)
    assert feeds.in_use([seller.id]) == {seller.id: second}
    feeds.close(SYSTEM, second)
    assert feeds.in_use([seller.id]) == {seller.id: first}
    feeds.close(SYSTEM, first)
    assert feeds.in_use([seller.id]) == {}
    with pytest.raises(AccountClosed):
        feeds.use(SYSTEM, first)


def test_an_account_that_was_closed_is_taken_into_use_again(database):
    seller = make.seller()
    account = feeds.add_account(SYSTEM, seller, DATA)
    feeds.close(SYSTEM, account)
    again = feeds.add_account(SYSTEM, seller, DATA | {"account_name": "HTX CHE"})
    assert (again.id, again.active, again.account_name) == (account.id, True, "HTX CHE")


def test_the_secret_is_kept_sealed_and_connecting_again_ends_the_old_one(database):
    account = make.bank_account(make.seller())
    key = database.config["SETTINGS"].vault_key
    connection, first = feeds.connect(SYSTEM, account)
    assert first not in connection.sealed_secret
    assert vault.open_sealed(connection.sealed_secret, key) == first
    again, second = feeds.connect(SYSTEM, account)
    assert (again.id, again.ref) == (connection.id, connection.ref)
    assert len({first, second}) == 2
    assert vault.open_sealed(again.sealed_secret, key) == second
    assert db.session.scalar(select(func.count()).select_from(FeedConnection)) == 1


def test_no_secret_stands_in_the_audit_trail(database):
    _connection, secret = feeds.connect(SYSTEM, make.bank_account(make.seller()))
    for entry in db.session.scalars(select(AuditEntry)):
        assert secret not in f"{entry.subject}{entry.changes}"
