"""Reconciliation terms, a statement's columns and what a settlement lacks, by the API."""

import base64

import pytest
from sqlalchemy import select

from shop.database import db
from shop.reconciliation import terms
from shop.reconciliation.models import StatementImport
from tests import make, make_gateways, make_money, make_tokens

CSV = """a,b,c
25/11/2026,185000,CK mua che
"""


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user)


def test_a_program_says_what_is_let_go_of(cast, program):
    url = f"/api/v1/sellers/{cast.ours.seller.ref}/reconciliation"
    first = program.get(url)
    assert first.json == {"tolerance_vnd": 0, "quiet_hours": 72}
    body = {"tolerance_vnd": 2_000, "quiet_hours": None}
    assert program.put(url, body, If_Match=first.headers["ETag"]).json == body
    assert program.put(url, body, If_Match=first.headers["ETag"]).status_code == 412
    assert program.put(url, {"tolerance_vnd": 200_000}, If_Match="*").status_code == 422
    assert terms.of(cast.ours.seller.id).tolerance_vnd == 2_000


def test_a_program_names_the_columns_of_a_statement(cast, program, run_tasks):
    account = make.bank_account(cast.ours.seller)
    content = base64.b64encode(CSV.encode()).decode()
    body = {"account": account.ref, "filename": "a.csv", "content": content}
    url = f"/api/v1/statements/{program.post('/api/v1/statements', body).json['ref']}"
    run_tasks()
    assert program.get(url).json["state"] == "refused"
    columns = {"header": 1, "date": 0, "amount": 1, "content": 2}
    assert program.put(f"{url}/columns", {"header": 1, "date": 0}).status_code == 422
    assert program.put(f"{url}/columns", columns).status_code == 202
    run_tasks()
    told = program.get(url).json
    assert (told["state"], told["lines"]) == ("ready", 1)
    assert db.session.scalars(select(StatementImport)).one().found["in"] == [1, 185_000]


def test_a_program_reads_what_a_settlement_lacks(cast, program):
    batch = make_gateways.settlement(cast.ours.seller)
    late = make_gateways.captured(cast.ours.seller, make_money.order(cast.ours.seller))
    db.session.commit()
    (missing,) = program.get(f"/api/v1/settlements/{batch.ref}/missing").json["missing"]
    assert (missing["order"], missing["amount_vnd"]) == (late.order.ref, late.amount_vnd)
