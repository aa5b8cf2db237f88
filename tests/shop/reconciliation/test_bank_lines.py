"""A bank line is recorded once, whatever told of it, and nothing else passes for it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from shop.database import db
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation import bank_lines
from shop.reconciliation.models import BankLine, LineState, Reason, StatementImport
from tests import make

LINE = FeedLine(
    account_number="0071000123456",
    direction="in",
    amount_vnd=185_000,
    content="OCPW5T7RN",
    bank_reference="FT26165000",
    booked_at=datetime(2026, 6, 14, 2, 15, 3, tzinfo=UTC),
    counterparty="LE THI LAN",
)


@pytest.fixture
def account(database):
    return make.bank_account(make.seller(), account_number="0071000123456")


def count():
    return db.session.scalar(select(func.count()).select_from(BankLine))


def test_a_line_keeps_what_the_bank_said(account):
    row = bank_lines.record(account, LINE)
    assert (row.seller_id, row.bank_account_id) == (account.seller_id, account.id)
    assert (row.direction, row.amount_vnd, row.content) == ("in", 185_000, "OCPW5T7RN")
    assert (row.bank_reference, row.counterparty) == ("FT26165000", "LE THI LAN")
    assert (row.booked_at, row.state, row.reason) == (LINE.booked_at, LineState.NEW, None)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"content": "OCPW5T7RN GD 174242"},
        {"counterparty": ""},
        {"booked_at": datetime(2026, 6, 14, 16, 59, tzinfo=UTC)},
    ],
    ids=["the same", "other words", "no name", "other hour of the same Vietnamese day"],
)
def test_the_same_movement_told_again_is_the_same_line(account, told):
    first = bank_lines.record(account, LINE)
    assert bank_lines.record(account, replace(LINE, **told)).id == first.id
    assert count() == 1


@pytest.mark.parametrize(
    "told",
    [
        {"bank_reference": "FT26165001"},
        {"amount_vnd": 185_001},
        {"direction": "out"},
        {"booked_at": datetime(2026, 6, 16, 17, 0, tzinfo=UTC)},
    ],
    ids=["other reference", "other amount", "other direction", "three days later"],
)
def test_another_movement_is_another_line(account, told):
    bank_lines.record(account, LINE)
    bank_lines.record(account, replace(LINE, **told))
    assert count() == 2


def test_a_movement_told_on_either_side_of_midnight_is_one(account):
    first = bank_lines.record(account, LINE)
    after = replace(LINE, booked_at=datetime(2026, 6, 14, 17, 0, tzinfo=UTC))
    assert bank_lines.record_all(account, [after], [1], an_import(account)) == [(first.id, False)]


@pytest.mark.parametrize(
    "told",
    [
        {"bank_reference": "FT26165000\\BNK"},
        {"bank_reference": "X1", "content": "MBVCB.1.OCPW5T7RN.CT tu"},
        {"bank_reference": "X1", "booked_at": datetime(2026, 6, 14, 17, 0, tzinfo=UTC)},
    ],
    ids=["a suffix", "the same order", "the next day"],
)
def test_what_another_source_told_in_other_words_waits_for_a_person(account, told):
    bank_lines.record(account, LINE)
    told = replace(LINE, **told)
    ((line_id, new),) = bank_lines.record_all(account, [told], [1], an_import(account))
    assert (new, db.session.get_one(BankLine, line_id).reason) == (True, Reason.LOOKS_LIKE)


def test_one_source_telling_of_two_equal_payments_is_believed(account):
    first = bank_lines.record(account, LINE)
    second = bank_lines.record(account, replace(LINE, bank_reference="FT26165777"))
    assert (first.reason, second.reason) == (None, None)
    statement = [LINE, replace(LINE, bank_reference="FT26165777")]
    told = bank_lines.record_all(account, statement, [1, 1], an_import(account))
    assert told == [(first.id, False), (second.id, False)]


def test_a_line_that_is_known_is_no_reason_to_doubt_its_equal(account):
    first = bank_lines.record(account, LINE)
    statement = [LINE, replace(LINE, bank_reference="FT26165777")]
    told = bank_lines.record_all(account, statement, [1, 1], an_import(account))
    assert told[0] == (first.id, False)
    assert db.session.get_one(BankLine, told[1][0]).reason is None


def an_import(account):
    file = {"digest": "x", "filename": "x.csv", "path": "x", "by": "Ai đó"}
    row = StatementImport(seller_id=account.seller_id, bank_account_id=account.id, **file)
    db.session.add(row)
    db.session.flush()
    return row.id


def test_the_same_movement_on_another_account_is_another_line(account):
    bank_lines.record(account, LINE)
    bank_lines.record(make.bank_account(make.seller(), account_number="0071000123457"), LINE)
    assert count() == 2


def test_without_a_bank_reference_the_words_tell_lines_apart(account):
    bare = replace(LINE, bank_reference="")
    first = bank_lines.record(account, bare)
    assert bank_lines.record(account, bare).id == first.id
    bank_lines.record(account, replace(bare, content="OCPG8N2PX"))
    assert count() == 2
    # Words are never taken for a reference: the two stand in different places.
    assert bank_lines.identity(account, bare) != bank_lines.identity(
        account, replace(LINE, bank_reference="OCPW5T7RN")
    )
