"""Days as partners print them."""

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.reconciliation.settlements import days

JUNE_16 = dt.date(2026, 6, 16)


@pytest.mark.parametrize(
    "printed",
    [
        *("16/06/2026", "16-06-2026", "16.6.2026", "16/6/26", "16/06/2026 23:59:59"),
        *("2026-06-16", "2026/06/16", "2026-06-16 08:05", "20260616", "20260616235959"),
        *("16 Jun 2026", "16-Jun-2026", "16 June 2026", "16/06/2026 11:59:59 PM", " 16/06/2026 "),
        *("2026-06-16T08:00:00", "2026-06-16T08:00:00+07:00", "2026-06-15T20:00:00Z"),
        *(46_189, 46_189.75, 20_260_616, JUNE_16, dt.datetime(2026, 6, 16, 23, 59)),
        dt.datetime(2026, 6, 15, 17, 0, tzinfo=dt.UTC),
    ],
)
def test_a_day_is_read_as_a_vietnamese_one(printed):
    assert days.parse(printed) == JUNE_16


@pytest.mark.parametrize(
    "printed",
    [
        *("", "hôm qua", "31/02/2026", "2026-13-01", "06/16/2026", "16/06-2026", "1/1/1999"),
        *("16 Jux 2026", "99999999", "0", "16/06/20261", "2026-06-16T99:00:00", "1e9", "9" * 999),
        *(1, 10**30, 1e300, float("nan"), float("inf"), True, None, dt.timedelta(days=1)),
        *(dt.date(1999, 12, 31), dt.time(8, 0)),
    ],
)
def test_what_is_no_day_of_ours_is_refused(printed):
    with pytest.raises(ValueError, match=r"."):
        days.parse(printed)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_is_understood_in_every_form(day):
    serial = (day - dt.date(1899, 12, 30)).days
    for printed in (f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", serial, day):
        assert days.parse(printed) == day


@given(st.one_of(st.text(max_size=50), st.text("0123456789/-. :TZ", max_size=30), st.floats()))
def test_anything_else_is_a_day_or_refused(cell):
    with suppress(ValueError):
        assert 2000 <= days.parse(cell).year <= 2099
