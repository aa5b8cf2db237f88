"""The API of a voucher that the bank told of, too: the movement stands in the books once."""

import pytest

from shop import clock
from shop.books.models import CashVoucher
from shop.database import db
from shop.ledger import accounts, entries
from shop.reconciliation import matching
from tests import make, make_money, make_tokens


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user)


def written(program, seller, account):
    voucher = {"seller": seller.ref, "direction": "out", "on": clock.today().isoformat()}
    voucher |= {"amount_vnd": 250_000, "tag": "packing", "text": "Mua túi zip"}
    return program.post("/api/v1/cash-vouchers", voucher | {"money": accounts.bank(account.ref)})


def paid_out(seller, account, **more):
    values = {"direction": "out", "amount_vnd": 250_000, "bank_account_id": account.id}
    line = make_money.bank_line(seller, "Mua tui zip", **values | more)
    matching.match(line)
    db.session.commit()
    return line


def standing(seller):
    return {account: vnd for account, vnd in entries.balances(seller.id).items() if vnd}


def test_a_line_that_comes_after_its_voucher_is_joined_to_it_once(cast, program):
    seller, account = cast.ours.seller, make.bank_account(cast.ours.seller)
    ref = written(program, seller, account).json["ref"]
    line = paid_out(seller, account)
    url = f"/api/v1/cash-vouchers/{ref}/bank-line"
    once = {accounts.bank(account.ref): -250_000, accounts.expense("packing"): 250_000}
    for _time in range(2):
        assert program.put(url, {"line": line.ref}).status_code == 200
        assert standing(seller) == once
    assert db.session.query(CashVoucher).one().bank_line_id == line.id


def test_another_amount_and_another_sellers_line_are_not_it(cast, program):
    seller, account = cast.ours.seller, make.bank_account(cast.ours.seller)
    ref = written(program, seller, account).json["ref"]
    url = f"/api/v1/cash-vouchers/{ref}/bank-line"
    other = paid_out(seller, account, amount_vnd=260_000)
    before = standing(seller)
    assert program.put(url, {"line": other.ref}).status_code == 409
    theirs = paid_out(cast.theirs.seller, make.bank_account(cast.theirs.seller))
    assert program.put(url, {"line": theirs.ref}).status_code == 404
    stranger = make_tokens.program(cast.visitor, cast.theirs.user)
    assert stranger.put(url, {"line": theirs.ref}).status_code == 404
    assert standing(seller) == before
