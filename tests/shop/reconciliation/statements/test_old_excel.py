"""The old .xls format: VietinBank's export, and files that take a reader down."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.reconciliation.statements import detect, old_excel
from shop.reconciliation.statements.errors import BadStatement

HERE = Path(__file__).parent
VIETINBANK = (HERE / "vietinbank.xls").read_bytes()


def test_vietinbanks_export_is_read_with_all_its_columns(app):
    statement = detect.read(VIETINBANK, "sao-ke.xls")
    assert statement.account_number == "118000123456"
    came, went = statement.lines
    assert (came.direction, came.amount_vnd, came.bank_reference) == ("in", 185_000, "77A")
    assert came.booked_at == datetime(2026, 10, 31, 2, 15, 30, tzinfo=UTC)
    assert (went.direction, went.amount_vnd, went.bank_reference) == ("out", 15_000, "77")
    assert went.booked_at == datetime(2026, 10, 31, 1, 0, 5, tzinfo=UTC)
    assert not statement.warnings


def test_a_small_file_that_asks_for_terabytes_is_refused_and_we_live(app):
    data = (HERE / "asks_for_terabytes.xls").read_bytes()
    assert len(data) < 6000
    with app.test_request_context(), pytest.raises(BadStatement) as refusal:
        detect.read(data, "sao-ke.xls")
    assert refusal.value.why == "broken"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(8, len(VIETINBANK) - 1), st.integers(0, 255)), max_size=8))
def test_a_damaged_file_is_read_or_refused(changes):
    data = bytearray(VIETINBANK)
    for place, value in changes:
        data[place] = value
    try:
        rows = [row for sheet in old_excel.sheets(bytes(data)) for row in sheet]
    except old_excel.Unreadable:
        return
    assert all(isinstance(row, list) for row in rows)
