import pytest

from shop import limits
from shop.errors import TooMany


def test_turns_come_at_the_pace_of_the_bucket(database):
    waits = [limits.turn("t1", per_second=10, burst=3, longest=10) for _ in range(6)]
    assert waits[:3] == [0, 0, 0]
    assert waits[3] == pytest.approx(0.1, abs=0.03)
    assert waits[5] == pytest.approx(0.3, abs=0.03)


def test_a_turn_that_is_refused_is_not_taken(database):
    limits.turn("t2", per_second=0.5, longest=1)
    for _ in range(3):
        with pytest.raises(TooMany) as refused:
            limits.turn("t2", per_second=0.5, longest=1)
    assert refused.value.facts["retry_after"] == 2


def test_buckets_do_not_know_of_each_other(database):
    assert limits.turn("t3", per_second=0.01, longest=1) == 0
    assert limits.turn("t4", per_second=0.01, longest=1) == 0
