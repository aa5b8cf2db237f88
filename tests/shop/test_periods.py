"""Periods are whole months, quarters, six or nine months and years, in Vietnamese time."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from shop import clock, periods
from shop.periods import BadPeriod

NOW = datetime(2026, 11, 28, 17, 30, tzinfo=UTC)  # 00:30 on the 29th in Vietnam


@pytest.fixture(autouse=True)
def late_november(app):
    with app.test_request_context(), clock.at(NOW):
        yield


@pytest.mark.parametrize(
    ("word", "first", "last", "name"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30), "Tháng 11 năm 2026"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "Tháng 2 năm 2024"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "Quý 4 năm 2026"),
        ("2023-9T", date(2023, 1, 1), date(2023, 9, 30), "9 tháng đầu năm 2023"),
        ("2025", date(2025, 1, 1), date(2025, 12, 31), "Năm 2025"),
    ],
)
def test_a_word_names_a_period(word, first, last, name):
    period = periods.read(word)
    assert (period.first, period.last, period.name) == (first, last, name)


@pytest.mark.parametrize(
    ("word", "next_word"),
    [
        ("2026-10", "2026-11"),
        ("2025-12", "2026-01"),
        ("2025-Q4", "2026-Q1"),
        ("2025-9T", "2026-9T"),
        ("2025", "2026"),
        ("2026-11", None),
        ("2026-Q4", None),
        ("2026-6T", None),
    ],
)
def test_after_a_period_comes_the_next_of_its_kind_that_has_begun(word, next_word):
    after = periods.read(word).after()
    assert (after and after.word) == next_word
    assert after is None or after.before() == periods.read(word)


def test_a_longer_period_is_made_of_the_months_that_have_begun():
    words = {
        word: [month.word for month in periods.read(word).months()]
        for word in ("2026-11", "2026-Q4", "2026-Q3", "2025-6T")
    }
    assert words == {
        "2026-11": [],
        "2026-Q4": ["2026-10", "2026-11"],
        "2026-Q3": ["2026-07", "2026-08", "2026-09"],
        "2025-6T": [f"2025-0{month}" for month in range(1, 7)],
    }


def test_a_period_begins_and_ends_at_midnight_in_vietnam():
    october = periods.read("2026-10")
    assert october.start == datetime(2026, 9, 30, 17, tzinfo=UTC)
    assert october.end == datetime(2026, 10, 31, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "word", ["", "2026-13", "2026-00", "2026-11-03", "2026-Q5", "2026-7T", "1999", "11/2026", "x"]
)
def test_what_is_no_period_is_refused(word):
    with pytest.raises(BadPeriod):
        periods.read(word)


def test_what_has_not_begun_is_refused():
    with pytest.raises(BadPeriod, match="chưa bắt đầu"):
        periods.read("2026-12")


def test_only_what_is_past_is_over():
    assert periods.read("2026-10").over
    assert not periods.read("2026-11").over


def test_periods_that_overlap_do_not_stand_side_by_side():
    with pytest.raises(BadPeriod, match="Quý 3 năm 2026 và Tháng 9 năm 2026 chồng lên nhau"):
        periods.series(["2026-09", "2026-Q3"])


def test_periods_stand_in_the_order_of_time():
    assert [p.word for p in periods.series(["2026-10", "2025", "2026-Q1"])] == [
        "2025",
        "2026-Q1",
        "2026-10",
    ]


@pytest.mark.parametrize(
    ("word", "before"),
    [("2026-01", "2025-12"), ("2026-Q1", "2025-Q4"), ("2026-9T", "2025-9T"), ("2026", "2025")],
)
def test_the_period_before_is_of_the_same_kind(word, before):
    assert periods.read(word).before() == periods.read(before)


@given(integers(2001, 2025), integers(1, 12))
def test_months_follow_one_another_without_a_gap(year, month):
    with clock.at(NOW):
        this = periods.read(f"{year}-{month:02d}")
        assert this.before().end == this.start


@pytest.mark.parametrize("word", ["٢٠٢٦-١٠", "２０２６-10", "२०२६"])
def test_digits_of_other_scripts_name_no_period(word):
    """Each would be another sheet of the same month."""
    with pytest.raises(BadPeriod):
        periods.read(word)
