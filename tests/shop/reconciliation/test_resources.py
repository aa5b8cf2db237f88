"""The JSON API of bank lines and entries: one's own, for programs that may see money."""

import pytest
from sqlalchemy import select

from shop.accounts.models import AuditEntry, Role
from shop.database import db
from shop.reconciliation import matching
from tests import make, make_money, make_tokens

LINES, ENTRIES = "/api/v1/bank-lines", "/api/v1/entries"


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user, "money:read")


def come(seller):
    order = make_money.order(seller)
    line = make_money.bank_line(seller, order.ref)
    matching.match(line)
    return order, line


def test_a_program_reads_its_lines_with_what_they_pay(cast, program):
    came = [come(cast.ours.seller) for _each in range(3)]
    come(cast.theirs.seller)
    assert make_tokens.walk(program.get, LINES, limit=2) == make.refs(
        [line for _order, line in came]
    )
    order, line = came[0]
    told = program.get(f"{LINES}/{line.ref}").json
    assert (told["state"], told["amount_vnd"], told["direction"]) == ("matched", 185_000, "in")
    assert [each["order"] for each in told["allocations"]] == [order.ref]


def test_a_program_reads_its_entries_with_their_postings(cast, program):
    _order, line = come(cast.ours.seller)
    come(cast.theirs.seller)
    (ref,) = make_tokens.walk(program.get, ENTRIES, limit=2)
    told = program.get(f"{ENTRIES}/{ref}").json
    assert told["subject"] == f"bank_line:{line.ref}"
    assert sum(each["amount_vnd"] for each in told["postings"]) == 0


def test_who_sees_no_money_reads_none(cast, program):
    _order, line = come(cast.theirs.seller)
    assert program.get(f"{LINES}/{line.ref}").status_code == 404
    narrow = make_tokens.program(cast.visitor, cast.ours.user, "orders:read")
    assert narrow.get(LINES).status_code == narrow.get(ENTRIES).status_code == 403
    assert cast.visitor.get(ENTRIES).status_code == 401
    host = make.member(cast.ours.seller, role=Role.HOST)
    allowed = make_tokens.program(cast.visitor, host, "money:read")
    assert allowed.get(LINES).status_code == 403


def test_the_list_asks_as_often_for_ten_lines_as_for_one(cast, program, query_count):
    program.get(LINES)  # the first call of a token notes its use
    asked = []
    for more in (1, 9):
        for _line in range(more):
            come(cast.ours.seller)
        with query_count() as queries:
            assert program.get(LINES).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_whoever_reads_lines_stands_in_the_trail_once_a_piece(cast, program):
    for seller in (cast.ours.seller, cast.ours.seller, cast.theirs.seller):
        make_money.bank_line(seller)
    for _time in range(2):
        program.get(LINES)
    query = select(AuditEntry).where(AuditEntry.action == "bank_line.read")
    entries = db.session.scalars(query).all()
    assert [(row.seller_id, row.subject, row.changes["lines"]) for row in entries] == [
        (cast.ours.seller.id, "API 2", [None, 2])
    ] * 2
    assert "(API:" in entries[0].actor_name
