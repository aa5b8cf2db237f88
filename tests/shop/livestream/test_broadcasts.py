"""Sessions are planned, pinned, run and closed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shop.accounts.access import SYSTEM
from shop.catalogue.models import Status
from shop.livestream import broadcasts, pins
from shop.livestream.errors import CannotPin, Closed, NoSuchCode
from tests import make, make_livestream


@pytest.fixture(autouse=True)
def page(database: Any) -> Iterator[None]:
    """Refusals are worded in the language of a request."""
    with database.test_request_context():
        yield


def test_each_session_has_an_ingest_key_of_its_own_and_keeps_it_sealed(database: Any) -> None:
    one, other = make_livestream.broadcast(), make_livestream.broadcast()
    assert broadcasts.ingest_key(one) != broadcasts.ingest_key(other)
    assert broadcasts.ingest_key(one) not in one.sealed_ingest_key


def test_pinning_a_code_again_changes_what_is_under_it(database: Any) -> None:
    session = make_livestream.broadcast()
    make_livestream.pin(session, "A1", label="Chè đinh", unit="Gói")
    make_livestream.pin(session, "A1", label="Chè tôm nõn", unit="ký")
    assert [(p.code, p.label) for p in session.pins] == [("A1", "Chè tôm nõn")]
    assert broadcasts.pinned(session)[0].unit == "kg"


def test_only_published_goods_can_be_pinned(database: Any) -> None:
    session = make_livestream.broadcast()
    draft = make.variant(make.product(status=Status.DRAFT))
    with pytest.raises(CannotPin):
        make_livestream.pin(session, "A1", draft)
    assert session.pins == []


def test_only_a_pinned_code_can_lie_on_the_table(database: Any) -> None:
    with pytest.raises(NoSuchCode):
        pins.focus(SYSTEM, make_livestream.broadcast(), "A1", at=make_livestream.START)


def test_the_table_knows_what_lay_on_it_when(database: Any) -> None:
    session, start = make_livestream.broadcast(), make_livestream.START
    make_livestream.pin(session, "A1")
    pins.focus(SYSTEM, session, "A1", at=start)
    pins.focus(SYSTEM, session, None, at=start + timedelta(seconds=5))
    table = broadcasts.table(session)
    seconds = [timedelta(seconds=s) for s in (-1, 0, 4, 5)]
    assert [table.at(start + s) for s in seconds] == [None, "A1", "A1", None]


def test_a_closed_session_takes_no_more_pins(database: Any) -> None:
    session = make_livestream.live(make_livestream.broadcast())
    broadcasts.close(SYSTEM, session)
    closed_at = session.closed_at
    broadcasts.close(SYSTEM, session)
    assert session.closed_at == closed_at
    with pytest.raises(Closed):
        make_livestream.pin(session, "A1")
    with pytest.raises(Closed):
        broadcasts.go_live(SYSTEM, session)
