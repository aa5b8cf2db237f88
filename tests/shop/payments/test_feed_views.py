"""Casso and payOS: the seller copies their key to us, and their notices pay orders."""

import hashlib
import hmac
import json
import re

import pytest

from shop.database import db
from shop.orders.models import State
from shop.payments import requests
from shop.payments.models import FeedConnection
from tests import make, make_money

KEY = "khoa-cua-dich-vu"


@pytest.fixture
def asked(cast):
    """An order with its code, and the account it is paid into."""
    account = make.bank_account(cast.ours.seller)
    order = make_money.order(cast.ours.seller)
    requests.open(order)
    db.session.commit()
    return order, account


def connect(cast, account, provider):
    page = f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/nguon-bao-co"
    assert cast.ours.post(page, {"provider": provider, "secret": KEY}).status_code == 303
    shown = cast.ours.get(page).text
    assert KEY not in shown
    return re.search(rf"http[^<\"]+(/webhooks/{provider}/[^<\"]+)", shown)[1]


def casso(order, account):
    movement = {
        "id": 1234,
        "reference": "FT1",
        "description": f"MBVCB.1.2.{order.ref}.CT tu",
        "amount": order.total_vnd,
        "transactionDateTime": "2026-11-23 09:00:00",
        "accountNumber": account.account_number,
    }
    body = {"error": 0, "data": movement}
    signed = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    mac = hmac.new(KEY.encode(), f"1781403400123.{signed}".encode(), hashlib.sha512).hexdigest()
    return json.dumps(body).encode(), {"X-Casso-Signature": f"t=1781403400123,v1={mac}"}


def payos(order, account):
    data = {
        "orderCode": 1,
        "amount": order.total_vnd,
        "description": order.ref,
        "accountNumber": account.account_number,
        "reference": "FT1",
        "transactionDateTime": "2026-11-23 09:00:00",
        "currency": "VND",
        "code": "00",
        "counterAccountName": None,
    }
    signed = "&".join(f"{key}={'' if data[key] is None else data[key]}" for key in sorted(data))
    mac = hmac.new(KEY.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return json.dumps({"code": "00", "success": True, "data": data, "signature": mac}).encode(), {}


@pytest.mark.parametrize("tell", [casso, payos])
def test_a_notice_pays_the_order_once_however_often_it_comes(cast, asked, tell, run_tasks):
    order, account = asked
    address = connect(cast, account, tell.__name__)
    raw, headers = tell(order, account)
    for _time in range(2):
        answer = cast.visitor.post(address, data=raw, headers=headers)
        assert (answer.status_code, answer.json) == (200, {"success": True})
        run_tasks()
    db.session.refresh(order)
    assert (order.state, order.paid_vnd) == (State.PAID, 185_000)


@pytest.mark.parametrize("tell", [casso, payos])
def test_what_was_changed_on_the_way_is_refused(cast, asked, tell):
    order, account = asked
    address = connect(cast, account, tell.__name__)
    raw, headers = tell(order, account)
    answer = cast.visitor.post(address, data=raw.replace(b"185000", b"195000"), headers=headers)
    assert answer.status_code == 401


def test_the_same_movement_told_by_two_feeds_is_counted_once(cast, asked, run_tasks):
    order, account = asked
    for tell in (casso, payos):
        address = connect(cast, account, tell.__name__)
        raw, headers = tell(order, account)
        cast.visitor.post(address, data=raw, headers=headers)
    run_tasks()
    db.session.refresh(order)
    assert order.paid_vnd == 185_000


def test_a_service_that_gives_no_key_or_is_unknown_is_not_connected_so(cast, asked):
    _order, account = asked
    page = f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/nguon-bao-co"
    for sent in ({"provider": "sepay", "secret": KEY}, {"provider": "casso", "secret": ""}):
        assert cast.ours.post(page, sent).status_code == 422
    assert db.session.query(FeedConnection).count() == 0
    assert cast.visitor.post("/webhooks/nobody/X", data=b"{}").status_code == 404
