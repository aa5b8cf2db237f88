import time
from datetime import timedelta

import pytest

from shop import clock
from workers.channels import pace
from workers.channels.models import Connection
from workers.marketplaces.protocol import Later


def test_calls_are_spread_over_the_allowed_pace(database):
    wait = pace.keeper("shopee:spread", per_second=50)
    started = time.monotonic()
    for _ in range(35):
        wait()
    # Ten at once after a rest, 25 more at fifty a second.
    assert 0.45 < time.monotonic() - started < 1.5


def test_every_process_shares_the_turns_of_one_shop(database):
    first, second = (pace.keeper("shopee:shared", per_second=20) for _ in range(2))
    started = time.monotonic()
    for _ in range(7):
        first()
        second()
    assert time.monotonic() - started > 0.45


def test_a_turn_that_is_far_off_is_not_waited_for(database):
    wait = pace.keeper("shopee:slow", per_second=0.1)
    wait()
    with pytest.raises(Later) as raised:
        wait()
    assert 2 < raised.value.seconds <= 10


def unanswered(connection, times):
    for _ in range(times):
        pace.unanswered(connection)


def test_after_five_calls_without_an_answer_the_marketplace_is_left_alone():
    connection = Connection(failures=0)
    now = clock.now()
    with clock.at(now):
        unanswered(connection, 4)
        assert not pace.paused(connection)
        unanswered(connection, 1)
        assert connection.paused_until == now + timedelta(seconds=60)
    with clock.at(now + timedelta(seconds=61)):
        assert not pace.paused(connection)
        # One call is tried; its failure begins a pause twice as long.
        unanswered(connection, 1)
        assert connection.paused_until == clock.now() + timedelta(seconds=120)


def test_a_pause_is_never_longer_than_half_an_hour():
    connection = Connection(failures=0)
    with clock.at(clock.now()):
        unanswered(connection, 40)
        assert connection.paused_until == clock.now() + timedelta(minutes=30)


def test_an_answer_ends_it():
    connection = Connection(failures=0)
    unanswered(connection, 6)
    pace.answered(connection)
    assert (connection.failures, connection.paused_until) == (0, None)
