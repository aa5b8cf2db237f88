"""Asking for money: one code per order, on the seller's own account."""

import pytest
from sqlalchemy import func, select

from shop.database import db
from shop.payments import requests, vietqr
from shop.payments.errors import NoAccount
from shop.payments.models import PaymentRequest
from tests import make, make_money


def test_the_code_names_the_sellers_account_the_amount_and_the_reference(database):
    seller = make.seller()
    account = make.bank_account(seller, account_number="0071000123456")
    make.bank_account(make.seller(name="HTX khác"))
    order = make_money.order(seller, quantity=2)
    asked = requests.open(order)
    read = vietqr.parse(asked.payload)
    assert (read.bin, read.account_number) == ("970436", "0071000123456")
    assert (read.amount_vnd, read.purpose) == (370_000, order.ref)
    assert (asked.amount_vnd, asked.bank_account_id) == (370_000, account.id)


def test_an_order_has_one_request_however_often_it_is_opened(database):
    seller = make.seller()
    make.bank_account(seller)
    order = make_money.order(seller)
    assert requests.open(order) is requests.open(order)
    assert db.session.scalar(select(func.count()).select_from(PaymentRequest)) == 1


def test_the_first_account_in_use_receives_the_money(database):
    seller = make.seller()
    make.bank_account(seller, active=False)
    first = make.bank_account(seller)
    make.bank_account(seller)
    assert requests.open(make_money.order(seller)).bank_account_id == first.id


def test_an_open_request_keeps_its_account_when_the_seller_changes_it(database):
    seller = make.seller()
    account = make.bank_account(seller)
    order = make_money.order(seller)
    payload = requests.open(order).payload
    account.active = False
    make.bank_account(seller)
    assert requests.open(order).payload == payload


def test_without_an_account_the_seller_is_named(database):
    seller = make.seller()
    make.bank_account(seller, active=False)
    with pytest.raises(NoAccount, match="HTX Chè Hảo Đạt chưa có tài khoản nhận tiền"):
        requests.open(make_money.order(seller))
