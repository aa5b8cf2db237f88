"""Festivals group sessions of many sellers; each seller sees what came of its own."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts import access
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.livestream import broadcasts, festivals
from shop.livestream.errors import FestivalOver
from shop.livestream.models import Broadcast
from shop.livestream.plan_models import Festival
from shop.orders.models import Order, State
from tests import make_livestream

HOME = "/ban-hang/livestream/le-hoi"
DAYS = {"starts_on": date(2026, 11, 27), "ends_on": date(2026, 11, 29)}


def festival(name: str = "Lễ hội na Võ Nhai", **more: Any) -> Festival:
    return festivals.make({"name": name, "area_code": None} | DAYS | more)


def sold(on: Broadcast, seller: Any, boxes: int, state: State = State.AWAITING_PAYMENT) -> None:
    source, amount_vnd = f"livestream:{on.ref}", boxes * 100_000
    who = {"buyer_name": "Lan", "buyer_phone": "+84912345678", "address": "Xóm 5"}
    money = {"goods_vnd": amount_vnd, "total_vnd": amount_vnd}
    key = f"{source}:{boxes}"
    row = Order(seller_id=seller.id, state=state, source=source, source_key=key, **who, **money)
    db.session.add(row)


@pytest.fixture
def fair(cast: Any) -> Festival:
    """A festival with two sessions of ours and one of theirs; one order was cancelled."""
    row = festival(starts_on=clock.today(), ends_on=clock.today())
    for seller, boxes in ((cast.ours.seller, (1, 2)), (cast.ours.seller, (3,))):
        session = make_livestream.broadcast(seller, title=f"Phiên {boxes[0]}")
        broadcasts.change(SYSTEM, session, {"festival": row})
        for count in boxes:
            sold(session, seller, count)
    sold(session, cast.ours.seller, 5, State.CANCELLED)
    other = make_livestream.broadcast(cast.theirs.seller, title="Phiên người khác")
    broadcasts.change(SYSTEM, other, {"festival": row})
    sold(other, cast.theirs.seller, 4)
    sold(make_livestream.broadcast(cast.ours.seller, title="Ngoài lễ"), cast.ours.seller, 7)
    db.session.commit()
    return row


def test_each_session_has_its_orders_and_revenue(cast: Any, fair: Festival) -> None:
    rows = db.session.scalars(festivals.sessions(actor_of(cast.ours), fair)).all()
    found = festivals.results(rows)
    assert {row.title: (found[row.id].orders, found[row.id].revenue_vnd) for row in rows} == {
        "Phiên 1": (2, 300_000),
        "Phiên 3": (1, 300_000),
    }


def actor_of(person: Any) -> access.Actor:
    return access.of(person.user)


def test_a_seller_sees_its_own_results_and_an_operator_all(cast: Any, fair: Festival) -> None:
    ours = festivals.total(actor_of(cast.ours), fair)
    theirs = festivals.total(actor_of(cast.theirs), fair)
    whole = festivals.total(actor_of(cast.administrator), fair)
    seen = [(r.orders, r.revenue_vnd, r.paid_vnd) for r in (ours, theirs, whole)]
    assert seen == [(3, 600_000, 0), (1, 400_000, 0), (4, 1_000_000, 0)]
    page = cast.ours.get(f"{HOME}/{fair.ref}").text
    assert "Phiên 1" in page
    assert "Phiên người khác" not in page
    assert "Phiên người khác" in cast.administrator.get(f"{HOME}/{fair.ref}").text


def test_the_page_asks_as_many_queries_for_many_sessions_as_for_few(
    cast: Any, fair: Festival, query_count: Any
) -> None:
    def queries() -> int:
        db.session.expire_all()
        with query_count() as sent:
            assert cast.ours.get(f"{HOME}/{fair.ref}").status_code == 200
        return len(sent)

    few = queries()
    for number in range(5):
        row = make_livestream.broadcast(cast.ours.seller, title=f"Thêm {number}")
        broadcasts.change(SYSTEM, row, {"festival": fair})
    db.session.commit()
    assert queries() == few


def fields(**more: str) -> dict[str, str]:
    days = {"starts_on": "2026-11-27", "ends_on": "2026-11-29"}
    return {"name": "Lễ hội na Võ Nhai", "area_code": "19", "_once": "a-key"} | days | more


def test_an_operator_makes_a_festival_once(cast: Any) -> None:
    for _turn in range(2):
        assert cast.administrator.post(f"{HOME}/them", fields()).status_code == 303
    (row,) = db.session.scalars(select(Festival)).all()
    assert (row.name, row.area_code, row.starts_on, row.ends_on) == (
        "Lễ hội na Võ Nhai",
        "19",
        *DAYS.values(),
    )
    cast.administrator.post(f"{HOME}/{row.ref}/sua", fields(name="Lễ hội chè"))
    assert row.name == "Lễ hội chè"


def test_days_in_the_wrong_order_are_refused(cast: Any) -> None:
    answer = cast.administrator.post(f"{HOME}/them", fields(ends_on="2026-11-26"))
    assert "Ngày kết thúc phải từ ngày bắt đầu trở đi." in answer.text
    assert db.session.scalars(select(Festival.id)).all() == []


def test_a_seller_makes_and_changes_none(cast: Any, fair: Festival) -> None:
    assert cast.ours.get(f"{HOME}/them").status_code == 404
    assert cast.ours.post(f"{HOME}/them", fields()).status_code == 404
    assert cast.ours.post(f"{HOME}/{fair.ref}/sua", fields()).status_code == 404
    assert [row.name for row in db.session.scalars(select(Festival))] == ["Lễ hội na Võ Nhai"]
    assert fair.starts_on == clock.today()


@pytest.mark.parametrize(
    ("day", "fits"), [(26, False), (27, True), (29, True), (30, False), (None, True)]
)
def test_a_session_belongs_to_a_festival_that_is_on_that_day(
    database: Any, day: int | None, fits: bool
) -> None:
    session, row = make_livestream.broadcast(), festival()
    at = datetime(2026, 11, day, 13, tzinfo=UTC) if day else None
    change = {"festival": row, "starts_at": at}
    with database.test_request_context(), clock.at(datetime(2026, 11, 20, tzinfo=UTC)):
        if fits:
            broadcasts.change(SYSTEM, session, change)
        else:
            with pytest.raises(FestivalOver):
                broadcasts.change(SYSTEM, session, change)


def test_only_festivals_that_are_not_over_can_be_chosen(database: Any) -> None:
    over, on = festival("Cũ"), festival("Mới", ends_on=DAYS["ends_on"] + timedelta(1))
    with clock.at(datetime(2026, 11, 30, tzinfo=UTC)):
        assert festivals.to_come() == [on]
        assert over not in festivals.to_come()
