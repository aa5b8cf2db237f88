"""The API of markets: what anybody sees, and the till of one's own booths."""

import pytest
from sqlalchemy import func, select

from shop.database import db
from shop.orders.models import Order
from shop.payments import vietqr
from tests import make, make_markets, make_tokens


@pytest.fixture
def booth(cast):
    return make_markets.booth(seller=cast.ours.seller)


@pytest.fixture
def call(cast, database):
    """A program of ours."""
    word = make_tokens.token(cast.ours.user)[1]

    def called(method, path, **more):
        headers = {"Authorization": f"Bearer {word}"} | more.pop("headers", {})
        return database.test_client().open(f"/api/v1{path}", method=method, headers=headers, **more)

    return called


def test_anybody_reads_markets_and_their_booths_without_accounts_or_takings(cast, booth):
    make.bank_account(booth.seller, account_number="777777")
    hidden = make_markets.trader(name="Người kín", review="draft")
    make_markets.booth(booth.market, number="A2", seller=hidden)
    make_markets.cash(booth, 45_000, key="1")
    listed = cast.visitor.get("/api/v1/markets").json["items"]
    assert [row["name"] for row in listed] == ["Chợ Đu"]
    assert listed[0]["commune"] == "Xã Phú Lương, Tỉnh Thái Nguyên"
    answer = cast.visitor.get(f"/api/v1/markets/{booth.market.ref}/booths")
    assert [(row["number"], row["seller"]) for row in answer.json["items"]] == [
        ("A2", None),
        ("A12", booth.seller.ref),
    ]
    for kept in ("777777", "45000", "Người kín"):
        assert kept not in answer.text
    assert cast.visitor.get("/api/v1/markets/khong-co").status_code == 404


def test_a_program_sells_for_cash_once_and_reads_the_day(call, booth):
    body, key = {"amount_vnd": 45_000, "way": "cash"}, {"Idempotency-Key": "k1"}
    path = f"/booths/{booth.ref}/sales"
    first = call("POST", path, json=body, headers=key)
    again = call("POST", path, json=body, headers=key)
    assert (first.status_code, first.json["state"]) == (201, "delivered")
    assert first.json == again.json
    assert db.session.scalar(select(func.count(Order.id))) == 1
    assert [row["total_vnd"] for row in call("GET", path).json["items"]] == [45_000]
    assert call("GET", f"{path}?on=2026-01-01").json == {"items": []}


def test_a_program_gets_the_code_to_show(call, booth):
    make.bank_account(booth.seller)
    body = {"amount_vnd": 45_000, "way": "transfer"}
    sale = call("POST", f"/booths/{booth.ref}/sales", json=body).json
    read = vietqr.parse(sale["vietqr"])
    assert (read.amount_vnd, read.purpose) == (45_000, sale["ref"])


def test_without_an_account_nothing_is_sold_by_code(call, booth):
    body = {"amount_vnd": 45_000, "way": "transfer"}
    assert call("POST", f"/booths/{booth.ref}/sales", json=body).status_code == 409
    assert db.session.scalar(select(func.count(Order.id))) == 0


def test_ones_own_booths_are_listed_and_no_others(call, booth):
    make_markets.booth(booth.market, number="B1")
    assert [row["ref"] for row in call("GET", "/booths").json["items"]] == [booth.ref]
