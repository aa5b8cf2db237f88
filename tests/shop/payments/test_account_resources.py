"""Bank accounts, feeds and gateways by the API: never what opens them."""

from datetime import timedelta

import pytest

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import Role
from shop.database import db
from shop.payments import feeds
from shop.reconciliation import pulling
from tests import make, make_gateways, make_tokens


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user, "money:read")


def test_a_program_reads_the_accounts_that_statements_name(cast, program):
    account = make.bank_account(cast.ours.seller)
    make.bank_account(cast.theirs.seller)
    (found,) = program.get("/api/v1/bank-accounts").json["items"]
    assert found == {
        "ref": account.ref,
        "bank_bin": "970436",
        "account_number": account.account_number,
        "account_name": "HTX CHE HAO DAT",
        "main": False,
        "active": True,
        "illustrative": False,
    }


def test_feeds_and_gateways_are_told_without_their_secrets(cast, program):
    account = make.bank_account(cast.ours.seller)
    connection, secret = feeds.connect(SYSTEM, account)
    feeds.keep_list_key(SYSTEM, connection, "khoa-danh-sach-rieng")
    gateway = make_gateways.connection(cast.ours.seller)
    db.session.commit()
    told, at_gateways = program.get("/api/v1/feeds"), program.get("/api/v1/gateways")
    (feed,) = told.json["items"]
    assert (feed["ref"], feed["account"], feed["lists"]) == (connection.ref, account.ref, True)
    (found,) = at_gateways.json["items"]
    assert (found["ref"], found["provider"], found["active"]) == (gateway.ref, "vnpay", True)
    sealed = [connection.sealed_secret, connection.sealed_list_key, gateway.sealed_values]
    for hidden in [secret, "khoa-danh-sach-rieng", *sealed]:
        assert hidden not in told.text + at_gateways.text


def test_feeds_are_asked_at_once_for_what_no_call_told(cast):
    program = make_tokens.program(cast.visitor, cast.ours.user)
    connection, _secret = feeds.connect(SYSTEM, make.bank_account(cast.ours.seller))
    theirs, _secret = feeds.connect(SYSTEM, make.bank_account(cast.theirs.seller))
    assert program.post("/api/v1/bank-lines/pulls", None).json == {"asked": 0}
    for each in (connection, theirs):
        feeds.keep_list_key(SYSTEM, each, "khoa-danh-sach-rieng")
        each.next_pull_at = clock.now() + timedelta(days=1)
    db.session.commit()
    answer = program.post("/api/v1/bank-lines/pulls", None)
    assert (answer.status_code, answer.json) == (202, {"asked": 1})
    assert pulling.due() == [connection.id]
    viewer = make_tokens.program(cast.visitor, make.member(cast.ours.seller, role=Role.VIEWER))
    assert viewer.post("/api/v1/bank-lines/pulls", None).status_code == 403


@pytest.mark.parametrize("path", ["bank-accounts", "feeds", "gateways"])
def test_a_host_reads_none_of_them(cast, path):
    host = make.member(cast.ours.seller, role=Role.HOST)
    program = make_tokens.program(cast.visitor, host)
    assert program.get(f"/api/v1/{path}").status_code == 403
