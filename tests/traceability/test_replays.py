"""Whoever alters or deletes a row that follows from the record is found, whatever the column."""

from datetime import date
from decimal import Decimal

import pytest

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make_traceability
from traceability import events, exports, lots, publishing, recalls, stamps
from traceability.models import TraceEvent
from traceability.runs import Run
from traceability.stamp_models import StampState

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def lived():
    """A lot that was harvested, published, stamped, called back and let go; one made from it."""
    lot = make_traceability.publishable(make_traceability.lot(code="CHE1"))
    publishing.publish(SYSTEM, lot)
    made = make_traceability.lot(lot.product, code="CHE2")
    make_traceability.worked([lot], [made])
    batch = make_traceability.printed(lot, count=5)
    stamps.activate(SYSTEM, batch)
    stamps.withdraw(SYSTEM, batch, Run(2, 3), StampState.DAMAGED, "Rách")
    stamps.withdraw(SYSTEM, batch, Run(3, 3), StampState.VOID, "Bỏ")
    recalls.recall(SYSTEM, lot, "Nghi mốc")
    recalls.release(SYSTEM, lot, "Đã kiểm nghiệm")
    recalls.recall(SYSTEM, made, "Mốc thật")
    db.session.commit()
    return lot


def altered(sql: str):
    """What the check says after an intruder with every right did this."""
    for statement in (
        "SET session_replication_role = replica",
        *sql.split("; "),
        "SET session_replication_role = origin",
    ):
        db.session.execute(db.text(statement))
    db.session.expire_all()
    return exports.check().fault


def test_what_was_done_through_the_verbs_agrees_with_its_record(lived):
    assert exports.check().fault is None


LOTS = (
    "produced_on = produced_on + 1",
    "produced_on = NULL",
    "expires_on = expires_on + 365",
    "quantity = quantity + 1",
    "unit = 'tạ'",
    "site_id = NULL",
    "household_id = 1",
    "product_id = 0",
    "published_at = NULL",
    "published_at = published_at + interval '1 day'",
    "recalled_at = now(), recall_reason = 'Bịa'",
)


@pytest.mark.parametrize("column", LOTS)
def test_a_column_of_a_lot_altered_in_the_database_is_named(lived, column):
    made = make_traceability.lot(code="KHAC").product
    household = make_traceability.household(lived)
    column = column.replace("product_id = 0", f"product_id = {made.id}")
    column = column.replace("household_id = 1", f"household_id = {household.id}")
    fault = altered(f"UPDATE lots SET {column} WHERE code = 'CHE1'")
    assert fault.record == f"lot {lived.ref}"


@pytest.mark.parametrize(
    "column",
    [
        "recalled_at = NULL, recall_reason = NULL",
        "recall_reason = 'Bịa'",
        "recalled_at = recalled_at - interval '1 day'",
    ],
)
def test_a_recall_taken_off_a_lot_in_the_database_is_named(lived, column):
    assert altered(f"UPDATE lots SET {column} WHERE code = 'CHE2'").record.startswith("lot ")


@pytest.mark.parametrize(
    "claim", ["published_at = now()", "recalled_at = now(), recall_reason = 'Bịa'"]
)
def test_a_lot_without_a_record_claims_nothing(lived, claim):
    silent = make_traceability.lot()
    assert altered(f"UPDATE lots SET {claim} WHERE id = {silent.id}").record == f"lot {silent.ref}"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE recalls SET reason = 'Bịa'",
        "UPDATE recalls SET lot_id = (SELECT id FROM lots WHERE code = 'CHE1')",
        "UPDATE recalls SET released_at = NULL, release_reason = NULL",
        "UPDATE recalls SET released_at = released_at + interval '1 day'",
        "UPDATE recalls SET release_reason = 'Bịa'",
        "DELETE FROM recall_lots WHERE recall_id = (SELECT max(id) FROM recalls)",
        "UPDATE recall_lots SET event_id = (SELECT min(id) FROM trace_events)",
        "DELETE FROM recall_lots; DELETE FROM recalls",
    ],
)
def test_a_recall_altered_or_deleted_in_the_database_is_named(lived, sql):
    assert altered(sql).record.startswith("recall ")


@pytest.mark.parametrize(
    "sql",
    [
        """UPDATE epcis_statements SET body = body || '{"bizStep": "shipping"}'""",
        "UPDATE epcis_statements SET name = 'ni:///sha-256;00?ver=CBV2.0' || event_id",
        "UPDATE epcis_statements SET hash_id = 'ni:///sha-256;00?ver=CBV2.0'",
        """UPDATE epcis_statements SET namespaces = '{"x": "y"}'""",
        "UPDATE epcis_statements SET marks = '{}'",
        "UPDATE epcis_statements SET signature = '', body = body || '{\"a:b\": 1}'",
        "DELETE FROM epcis_statements",
    ],
)
def test_what_is_told_outside_altered_or_deleted_in_the_database_is_named(lived, sql):
    first = db.session.query(TraceEvent).order_by(TraceEvent.id).first()
    assert altered(sql).record == f"event {first.ref}"


def test_a_statement_from_before_they_were_signed_has_to_be_what_the_record_gives(lived):
    assert altered("UPDATE epcis_statements SET signature = ''") is None


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("state = 'active' WHERE number = 2", 2),
        ("state = 'active' WHERE number = 3", 3),
        ("state = 'void' WHERE number = 4", 4),
        ("code = '7Q2M9K4TXA' WHERE number = 1", 1),
        ("changed_at = now() WHERE number = 5", 5),
        ("number = 6 WHERE number = 5", 6),
    ],
)
def test_a_stamp_altered_in_the_database_is_named(lived, sql, number):
    fault = altered(f"UPDATE stamps SET {sql}")
    assert fault.record.startswith(f"stamp {number} of batch ")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM stamps WHERE number = 4",
        "DELETE FROM stamps; DELETE FROM stamp_batches",
        "UPDATE stamp_batches SET lot_id = (SELECT id FROM lots WHERE code = 'CHE2')",
        "UPDATE stamp_batches SET count = 4; DELETE FROM stamps WHERE number = 5",
        "UPDATE stamp_batches SET gtin = '08936123456788'",
        "UPDATE stamp_batches SET scratch = NOT scratch",
    ],
)
def test_a_batch_of_stamps_altered_or_deleted_in_the_database_is_named(lived, sql):
    assert altered(sql).record.startswith("batch ")


def test_a_quantity_follows_what_was_declared_wrong_and_recorded_anew():
    lot = make_traceability.harvested(kg=20)
    again = make_traceability.harvested(lot, kg=5)
    events.correct(SYSTEM, events.of_lot(again)[0][0], "did_not_occur", "Nhầm")
    assert lot.quantity == Decimal(5)
    assert exports.check().fault is None


def test_a_typed_quantity_stands_until_a_harvest_says_how_much():
    product = make_traceability.lot().product
    told = {"code": "GO1", "produced_on": date(2026, 11, 1), "expires_on": None, "site": None}
    told |= {"household": None, "quantity": Decimal("12.5"), "unit": "kg"}
    lot = lots.enter(SYSTEM, product, told)
    assert exports.check().fault is None
    make_traceability.harvested(lot, kg=7)
    assert (lot.quantity, exports.check().fault) == (Decimal(7), None)
    assert altered("UPDATE lots SET quantity = 9 WHERE code = 'GO1'").record == f"lot {lot.ref}"


def test_one_of_two_recalls_over_each_other_ends_without_a_fault():
    lot = make_traceability.harvested()
    made = make_traceability.lot(lot.product)
    make_traceability.worked([lot], [made])
    recalls.recall(SYSTEM, made, "Mốc")
    with clock.at(clock.now()):
        recalls.recall(SYSTEM, lot, "Cả lô gốc")
        recalls.release(SYSTEM, made, "Nhầm")
    assert exports.check().fault is None
