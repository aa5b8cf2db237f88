"""Codes are pinned, changed while the session runs, and mean by platform time what they meant."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Variant
from shop.database import db
from shop.errors import BadInput
from shop.inventory import stock
from shop.livestream import broadcasts, comments, desk, pins
from shop.livestream.errors import Closed, NoSuchCode, NotWhole
from shop.livestream.models import Broadcast, Claim, Pin
from tests import make, make_livestream
from tests.make_livestream import START

NOON = START + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def page(database: Any) -> Iterator[None]:
    """Refusals are worded in the language of a request."""
    with database.test_request_context():
        yield


@pytest.fixture
def seller(database: Any) -> Any:
    return make.seller()


def goods(seller: Any, name: str, **more: Any) -> Variant:
    return make.variant(make.product(seller, name=name), **more)


@pytest.fixture
def tea(seller: Any) -> Variant:
    return goods(seller, "Chè tôm nõn")


@pytest.fixture
def noodles(seller: Any) -> Variant:
    return goods(seller, "Miến dong")


@pytest.fixture
def session(seller: Any, tea: Variant) -> Broadcast:
    """On the air since START, with tea under A1."""
    with clock.at(START):
        return make_livestream.live(make_livestream.broadcast(seller), variant=tea)


def rows(session: Broadcast) -> list[Pin]:
    query = select(Pin).where(Pin.broadcast_id == session.id)
    return list(db.session.scalars(query.order_by(Pin.id)))


def claimed(session: Broadcast) -> list[tuple[str, int, Decimal]]:
    query = select(Claim).where(Claim.broadcast_id == session.id).order_by(Claim.id)
    return [(c.code, c.variant_id, c.quantity) for c in db.session.scalars(query)]


def test_a_code_pinned_to_other_goods_while_live_ends_the_old_pin_and_begins_a_new_one(
    session: Broadcast, tea: Variant, noodles: Variant
) -> None:
    with clock.at(NOON):
        make_livestream.pin(session, "A1", noodles)
    assert [(p.variant_id, p.from_at, p.until_at) for p in rows(session)] == [
        (tea.id, None, NOON),
        (noodles.id, NOON, None),
    ]
    assert [p.variant_id for p in session.pins] == [noodles.id]


def test_at_each_instant_the_code_is_what_it_was(
    session: Broadcast, tea: Variant, noodles: Variant
) -> None:
    with clock.at(NOON):
        make_livestream.pin(session, "A1", noodles)
    before, after = NOON - timedelta(microseconds=1), NOON
    found = [pins.at(session, "A1", instant) for instant in (before, after)]
    assert [pin and pin.variant_id for pin in found] == [tea.id, noodles.id]
    assert pins.at(session, "B2", after) is None


def test_a_comment_of_before_the_change_that_comes_late_gets_the_old_goods(
    session: Broadcast, tea: Variant, noodles: Variant
) -> None:
    with clock.at(NOON):
        make_livestream.pin(session, "A1", noodles)
    make_livestream.hear(
        session,
        make_livestream.said("A1 x3", at=601, author="binh"),
        make_livestream.said("A1 x2", at=599),
    )
    assert claimed(session) == [("A1", tea.id, 2), ("A1", noodles.id, 3)]
    assert stock.saleable([tea.id, noodles.id]) == {tea.id: 8, noodles.id: 7}


def test_a_late_comment_read_in_a_batch_of_its_own_gets_the_old_goods_too(
    session: Broadcast, tea: Variant, noodles: Variant
) -> None:
    with clock.at(NOON):
        make_livestream.pin(session, "A1", noodles)
    make_livestream.hear(session, make_livestream.said("A1 x3", at=601, author="binh"))
    make_livestream.hear(session, make_livestream.said("A1 x2", at=599))
    assert claimed(session) == [("A1", noodles.id, 3), ("A1", tea.id, 2)]


def test_words_of_before_the_change_count_beside_the_authors_words_of_after_it(
    session: Broadcast, tea: Variant, noodles: Variant
) -> None:
    with clock.at(NOON):
        make_livestream.pin(session, "A1", noodles)
    make_livestream.hear(session, make_livestream.said("A1 x3", at=601))
    make_livestream.hear(session, make_livestream.said("A1 x2", at=599))
    assert claimed(session) == [("A1", noodles.id, 3), ("A1", tea.id, 2)]


@pytest.mark.parametrize(("at", "left"), [(500, "noodles"), (602, "tea")])
def test_a_cancel_gives_back_what_the_code_meant_when_it_was_said(
    session: Broadcast, tea: Variant, noodles: Variant, at: int, left: str
) -> None:
    make_livestream.hear(session, make_livestream.said("A1 x2", at=10))
    with clock.at(NOON):
        make_livestream.pin(session, "A1", noodles)
    make_livestream.hear(session, make_livestream.said("A1 x3", at=601))
    make_livestream.hear(session, make_livestream.said("hủy A1", at=at))
    held = db.session.scalars(select(Claim).where(Claim.state == "held")).all()
    assert [c.variant_id for c in held] == [{"tea": tea.id, "noodles": noodles.id}[left]]


def test_a_cancel_of_a_code_gives_back_what_was_claimed_under_it_before(
    session: Broadcast, noodles: Variant
) -> None:
    make_livestream.hear(session, make_livestream.said("A1 x2", at=10))
    with clock.at(NOON):
        make_livestream.pin(session, "A1", noodles)
    make_livestream.hear(session, make_livestream.said("hủy A1", at=601))
    assert db.session.scalars(select(Claim.state)).all() == ["cancelled"]


def test_an_alias_is_read_as_it_was_said_at_the_time(session: Broadcast, noodles: Variant) -> None:
    with clock.at(NOON):
        make_livestream.pin(session, "A1", noodles, aliases=["miến dong"])
    make_livestream.hear(
        session,
        make_livestream.said("2 miến dong", at=599),
        make_livestream.said("2 miến dong", at=601, author="binh"),
    )
    assert claimed(session) == [("A1", noodles.id, 2)]


def test_a_batch_asks_as_many_queries_for_many_changes_as_for_none(
    session: Broadcast, query_count: Any
) -> None:
    def queries(at: int) -> int:
        said = [make_livestream.said("xin chào", at=at + n) for n in range(5)]
        comments.ingest(session, said)
        batch = comments.unread(session, 100)
        with query_count() as sent:
            desk.serve(session, batch)
        return len(sent)

    none = queries(0)
    for minute in range(1, 6):
        with clock.at(START + timedelta(minutes=minute)):
            make_livestream.pin(session, "A1", rows(session)[0].variant, price_vnd=minute * 1000)
    assert len(rows(session)) == 6
    assert queries(100) == none


@pytest.mark.parametrize(
    "change", [{"price_vnd": 150_000}, {"cap": Decimal(5)}, {"per_buyer": Decimal(1)}]
)
def test_other_terms_of_the_same_goods_hold_from_now_on_while_live(
    session: Broadcast, tea: Variant, change: dict[str, Any]
) -> None:
    with clock.at(NOON):
        make_livestream.pin(session, "A1", tea, **change)
    old, new = rows(session)
    name, value = next(iter(change.items()))
    assert (getattr(old, name), old.until_at) == (None, NOON)
    assert (getattr(new, name), new.from_at) == (value, NOON)


def test_before_the_session_runs_a_code_is_changed_in_place(
    seller: Any, tea: Variant, noodles: Variant
) -> None:
    planned = make_livestream.broadcast(seller)
    make_livestream.pin(planned, "A1", tea)
    make_livestream.pin(planned, "A1", noodles)
    assert [(p.variant_id, p.from_at, p.until_at) for p in rows(planned)] == [
        (noodles.id, None, None)
    ]


def test_the_same_form_sent_twice_changes_nothing_the_second_time(
    session: Broadcast, noodles: Variant
) -> None:
    for second in range(2):
        with clock.at(NOON + timedelta(seconds=second)):
            make_livestream.pin(session, "A1", noodles, price_vnd=30_000)
    assert [p.until_at for p in rows(session)] == [NOON, None]


def test_a_code_pinned_for_the_first_time_while_live_serves_who_was_quicker_than_the_helper(
    session: Broadcast, noodles: Variant
) -> None:
    with clock.at(NOON):
        make_livestream.pin(session, "B2", noodles)
    make_livestream.hear(session, make_livestream.said("B2 x2", at=590))
    assert claimed(session) == [("B2", noodles.id, 2)]


def test_an_unpinned_code_means_nothing_from_then_on_and_is_off_the_table(
    session: Broadcast, tea: Variant, noodles: Variant
) -> None:
    pins.focus(SYSTEM, session, "A1", at=START)
    with clock.at(NOON):
        pins.unpin(SYSTEM, session, "A1")
    assert session.pins == []
    assert broadcasts.table(session).at(NOON) is None
    make_livestream.hear(
        session,
        make_livestream.said("A1 x2", at=599),
        make_livestream.said("A1 x3", at=601, author="binh"),
    )
    assert claimed(session) == [("A1", tea.id, 2)]
    with clock.at(NOON + timedelta(minutes=1)):
        make_livestream.pin(session, "A1", noodles)
    assert pins.at(session, "A1", NOON) is None


def test_a_code_unpinned_before_the_session_was_never_there(seller: Any, tea: Variant) -> None:
    planned = make_livestream.broadcast(seller)
    make_livestream.pin(planned, "A1", tea)
    pins.unpin(SYSTEM, planned, "A1")
    assert rows(planned) == []
    with pytest.raises(NoSuchCode):
        pins.unpin(SYSTEM, planned, "A1")


def test_label_and_unit_are_those_of_the_goods_unless_said(seller: Any, tea: Variant) -> None:
    planned = make_livestream.broadcast(seller)
    row = pins.pin(SYSTEM, planned, {"code": "A1"}, tea)
    assert (row.label, row.unit, row.aliases) == ("Chè tôm nõn", "hộp", [])
    with pytest.raises(BadInput) as refused:
        pins.pin(SYSTEM, planned, {"code": "B2"}, None)
    assert sorted(refused.value.errors) == ["label", "unit"]
    assert [p.code for p in rows(planned)] == ["A1"]


def test_terms_that_are_not_named_stay_while_the_goods_do(
    seller: Any, tea: Variant, noodles: Variant
) -> None:
    planned = make_livestream.broadcast(seller)
    pins.pin(SYSTEM, planned, {"code": "A1", "price_vnd": 150_000, "cap": Decimal(5)}, tea)
    row = pins.pin(SYSTEM, planned, {"code": "A1", "label": "Chè ngon"}, tea)
    assert (row.label, row.price_vnd, row.cap) == ("Chè ngon", 150_000, 5)
    row = pins.pin(SYSTEM, planned, {"code": "A1", "price_vnd": None}, tea)
    assert (row.price_vnd, row.cap) == (None, 5)
    row = pins.pin(SYSTEM, planned, {"code": "A1"}, noodles)
    assert (row.variant_id, row.cap) == (noodles.id, None)


def test_limits_that_make_no_sense_are_refused_and_change_nothing(
    session: Broadcast, tea: Variant
) -> None:
    with pytest.raises(BadInput):
        make_livestream.pin(session, "A1", tea, cap=Decimal(2), per_buyer=Decimal(3))
    with pytest.raises(NotWhole):
        make_livestream.pin(session, "A1", tea, cap=Decimal("2.5"))
    assert [(p.cap, p.per_buyer, p.until_at) for p in rows(session)] == [(None, None, None)]


def test_nothing_is_unpinned_once_the_session_is_over(session: Broadcast) -> None:
    broadcasts.close(SYSTEM, session)
    with pytest.raises(Closed):
        pins.unpin(SYSTEM, session, "A1")
    assert [p.until_at for p in rows(session)] == [None]
