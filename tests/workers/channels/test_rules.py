from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.channels import rules
from workers.channels.models import Connection


def shop(share=100, buffer=0, threshold=0):
    return Connection(share_percent=share, buffer=buffer, threshold=threshold)


@pytest.mark.parametrize(
    ("saleable", "rule", "offered"),
    [
        ("10", {}, 10),
        ("10.9", {}, 10),
        ("10", {"share": 50}, 5),
        ("9", {"share": 50}, 4),
        ("10", {"share": 50, "buffer": 2}, 3),
        ("3", {"buffer": 5}, 0),
        ("4", {"threshold": 5}, 0),
        ("5", {"threshold": 5}, 5),
        ("10", {"share": 0}, 0),
        ("-2", {}, 0),
    ],
)
def test_what_a_channel_is_offered(saleable, rule, offered):
    assert rules.publishable(shop(**rule), Decimal(saleable)) == offered


@given(
    st.decimals(-1000, 100_000, places=3),
    st.integers(0, 100),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_no_channel_is_ever_offered_more_than_there_is(saleable, share, buffer, threshold):
    offered = rules.publishable(shop(share, buffer, threshold), saleable)
    assert 0 <= offered <= max(saleable, 0)
    assert offered == 0 or offered >= threshold
