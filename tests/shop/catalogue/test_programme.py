"""The programme's dated facts."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis.strategies import dates, decimals

from shop.catalogue import programme

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("score", "star"),
    [
        ("0", None),
        ("49.99", None),
        ("50", 3),
        ("69.5", 3),
        ("69.99", 3),
        ("70", 4),
        ("89.99", 4),
        ("90", 5),
        ("100", 5),
    ],
)
@pytest.mark.parametrize("on", [date(2021, 4, 6), date(2026, 5, 21), TODAY])
def test_a_band_holds_its_least_score_and_not_the_next_ones(score, star, on):
    assert programme.star(Decimal(score), on) == star


@given(decimals(0, 100, places=2), decimals(0, 100, places=2), dates())
def test_more_points_never_give_fewer_stars(one, other, on):
    low, high = sorted((one, other))
    assert (programme.star(low, on) or 0) <= (programme.star(high, on) or 0)


def test_there_are_26_sets_of_six_industries_today():
    sets = programme.criteria_sets(TODAY)
    assert [each.code for each in sets] == [f"QD26-{number:02d}" for number in range(1, 27)]
    assert {name: len(found) for name, found in programme.industries(TODAY).items()} == {
        "Thực phẩm": 13,
        "Đồ uống": 4,
        "Dược liệu và sản phẩm từ dược liệu": 3,
        "Hàng thủ công mỹ nghệ": 2,
        "Sinh vật cảnh": 3,
        "Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch": 1,
    }
    tea = sets[10]
    assert (tea.name, tea.group, tea.industry_code, tea.ministries, tea.source) == (
        "Chè tươi, chè chế biến",
        "Chè",
        "I",
        ("Bộ Nông nghiệp và Môi trường",),
        "26/2026/QĐ-TTg",
    )
    assert [each.code for each in programme.groups(TODAY)["Chè"]] == ["QD26-11", "QD26-12"]
    assert (sets[25].samples, sets[0].samples) == (0, 5)


def test_earlier_decisions_are_known_on_their_days():
    def codes(on):
        return {each.code.split("-")[0] for each in programme.criteria_sets(on)}

    assert codes(date(2019, 8, 20)) == set()
    assert codes(date(2019, 8, 21)) == codes(date(2023, 2, 23)) == {"QD1048"}
    assert codes(date(2023, 2, 24)) == codes(date(2026, 5, 21)) == {"QD148"}
    # The old one lapsed 60 days after the new one came.
    assert codes(date(2026, 5, 22)) == codes(date(2026, 7, 20)) == {"QD148", "QD26"}
    assert codes(date(2026, 7, 21)) == {"QD26"}
    assert programme.set_name("QD148") == "Bộ tiêu chí năm 2023 (Quyết định 148/QĐ-TTg)"
    assert (programme.set_name("QD99"), programme.set_name(None)) == ("QD99", "")


@pytest.mark.parametrize(
    ("star", "on", "levels"),
    [
        (3, date(2023, 2, 23), ("province",)),
        (3, date(2023, 2, 24), ("province", "district")),
        (3, date(2025, 6, 30), ("province", "district")),
        (3, date(2025, 7, 1), ("province",)),
        (4, date(2024, 1, 1), ("province",)),
        (5, date(2024, 1, 1), ("ministry",)),
        (5, TODAY, ("ministry",)),
    ],
)
def test_who_certifies_is_a_matter_of_stars_and_days(star, on, levels):
    assert programme.levels(star, on) == levels


@pytest.mark.parametrize(
    ("issued", "expires"),
    [
        (date(2025, 6, 26), date(2028, 6, 26)),
        (date(2024, 2, 29), date(2027, 2, 28)),
        (date(2025, 12, 31), date(2028, 12, 31)),
    ],
)
def test_a_certificate_holds_36_months_unless_it_says_otherwise(issued, expires):
    assert programme.expiry(issued) == expires


def test_periods_leave_no_day_out_and_none_twice():
    found = programme.periods()
    assert (found[0].since, found[-1].until) == (date.min, date.max)
    for before, after in pairwise(found):
        assert after.since == before.until + timedelta(1)


@pytest.mark.parametrize(
    ("days_left", "stage"),
    [
        (211, None),
        (210, 210),
        (181, 210),
        (180, 180),
        (150, 150),
        (121, 150),
        (120, 120),
        (0, 120),
        (-1, None),
    ],
)
def test_the_reminder_that_is_due(days_left, stage):
    assert programme.renewal(TODAY).stage(days_left) == stage


def test_renewal_is_filed_180_to_120_days_before_the_end():
    window = programme.renewal(TODAY).window(date(2027, 6, 30))
    assert window == (date(2027, 1, 1), date(2027, 3, 2))
