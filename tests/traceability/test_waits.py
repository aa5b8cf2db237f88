from datetime import UTC, datetime, timedelta

import pytest

from tests import make
from traceability import waits
from traceability.stamp_models import ScanWait
from traceability.waits import Wait

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("waited", "hours"),
    [
        (timedelta(minutes=59), 0),
        (timedelta(hours=23, minutes=59), 23),
        (timedelta(hours=47), 24),
        (timedelta(days=29, hours=23), 29 * 24),
        (timedelta(days=59), 30 * 24),
        (timedelta(days=400), 390 * 24),
    ],
)
def test_a_wait_is_counted_to_the_hour_then_to_the_day_then_to_thirty_days(waited, hours):
    assert waits.step(NOON - waited, NOON) == hours


@pytest.mark.parametrize(
    ("counts", "middle"),
    [
        ([], None),
        ([(3, 1)], 3),
        ([(1, 1), (5, 1), (9, 1)], 5),
        ([(1, 4), (24, 3)], 1),
        ([(1, 3), (24, 4)], 24),
    ],
)
def test_the_middle_stamp_is_found_among_the_counts(counts, middle):
    assert waits.middle(counts) == middle


def test_waits_of_a_day_add_up_by_product(database):
    tea, noodles = make.product().id, make.product().id
    for _ in range(2):
        waits.add([Wait(tea, NOON - timedelta(hours=2), NOON), Wait(noodles, NOON, NOON)])
    rows = ScanWait.query.order_by(ScanWait.product_id).all()
    assert [(row.product_id, row.on, row.hours, row.stamps) for row in rows] == [
        (tea, NOON.date(), 2, 2),
        (noodles, NOON.date(), 0, 2),
    ]
