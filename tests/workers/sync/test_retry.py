from datetime import timedelta

from workers.sync import retry


def test_nothing_is_said_again_within_a_second_nor_later_than_a_quarter_of_an_hour():
    for tries in range(1, 9):
        for _ in range(50):
            longest = min(timedelta(minutes=15), timedelta(seconds=5 * 2 ** (tries - 1)))
            assert timedelta(seconds=1) <= retry.delay(tries, None) <= longest


def test_what_the_marketplace_asked_for_comes_first():
    assert retry.delay(1, 42) == timedelta(seconds=42)
