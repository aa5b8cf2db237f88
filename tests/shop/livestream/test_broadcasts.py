"""Sessions are planned, pinned, run and closed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Status
from shop.database import db
from shop.errors import BadInput
from shop.livestream import broadcasts, comments, console, hosts, pins
from shop.livestream.errors import CannotPin, Closed, NoSuchCode, NotNow, NotReady
from shop.livestream.models import Buyer, Claim, Comment
from shop.orders.models import Voucher
from shop.sellers.models import Seller
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


def test_a_session_is_planned_otherwise_and_what_is_not_named_stays(database: Any) -> None:
    session = make_livestream.broadcast(title="Chè tối")
    voucher(session, "TET30")
    broadcasts.change(SYSTEM, session, {"hold_minutes": 20, "voucher_code": "tet30"})
    broadcasts.change(SYSTEM, session, {"unpaid": "cod", "claim_from": 80, "ask_from": 50})
    assert (session.title, session.hold_minutes, session.voucher_code) == ("Chè tối", 20, "TET30")
    assert (session.unpaid, session.claim_from, session.ask_from) == ("cod", 80, 50)


def voucher(session: Any, code: str) -> None:
    days = {"starts_at": clock.now(), "ends_at": clock.now() + timedelta(days=1)}
    db.session.add(Voucher(seller_id=session.seller_id, code=code, amount_vnd=30_000, **days))


@pytest.mark.parametrize(
    "change", [{"voucher_code": "KHONGCO"}, {"claim_from": 30, "ask_from": 60}]
)
def test_a_plan_that_cannot_be_is_refused(database: Any, change: dict[str, Any]) -> None:
    session = make_livestream.broadcast()
    with pytest.raises(BadInput):
        broadcasts.change(SYSTEM, session, change)


def test_another_sellers_host_or_one_who_stopped_cannot_be_chosen(database: Any) -> None:
    session = make_livestream.broadcast()
    gone = make_livestream.host(db.session.get_one(Seller, session.seller_id))
    hosts.end(SYSTEM, gone)
    for host in (make_livestream.host(make.seller()), gone):
        with pytest.raises(BadInput) as refused:
            broadcasts.change(SYSTEM, session, {"host": host})
        assert list(refused.value.errors) == ["host"]
    assert session.host is None


def test_in_a_rehearsal_comments_are_read_and_shown_and_nothing_is_held(database: Any) -> None:
    session = make_livestream.ready(make_livestream.broadcast())
    broadcasts.rehearse(SYSTEM, session)
    make_livestream.hear(
        session,
        make_livestream.said("A1 x2 0912345678"),
        make_livestream.said("còn hàng không shop?", at=1, author="binh"),
    )
    heard = db.session.scalars(select(Comment).order_by(Comment.posted_at)).all()
    assert [(c.state, c.rehearsal) for c in heard] == [("claimed", True), ("question", True)]
    assert heard[0].reading is not None
    assert heard[0].reading["items"][0]["code"] == "A1"
    assert db.session.scalars(select(Claim.id)).all() == []
    assert db.session.scalars(select(Buyer.id)).all() == []


@pytest.mark.parametrize("then", ["end", "live"])
def test_what_was_said_to_a_rehearsal_is_no_order_however_late_it_comes(
    database: Any, then: str
) -> None:
    start = make_livestream.START
    session = make_livestream.ready(make_livestream.broadcast())
    with clock.at(start):
        broadcasts.rehearse(SYSTEM, session)
    comments.ingest(session, [make_livestream.said("A1 x2", at=5)])
    with clock.at(start + timedelta(minutes=5)):
        if then == "end":
            broadcasts.end_rehearsal(SYSTEM, session)
        else:
            broadcasts.go_live(SYSTEM, session)
    make_livestream.hear(session, make_livestream.said("A1 x3", at=299, author="binh"))
    assert db.session.scalars(select(Claim.id)).all() == []
    assert set(db.session.scalars(select(Comment.rehearsal))) == {True}
    make_livestream.hear(session, make_livestream.said("A1 x4", at=300, author="chi"))
    assert db.session.scalars(select(Claim.quantity)).all() == [4]


def test_a_rehearsal_is_shown_while_it_is_on_and_leaves_nothing_to_do(database: Any) -> None:
    session = make_livestream.ready(make_livestream.broadcast())
    with clock.at(make_livestream.START):
        broadcasts.rehearse(SYSTEM, session)
    make_livestream.hear(session, make_livestream.said("A1 giá bao nhiêu?", at=1))
    open_comments = select(Comment.id).where(Comment.handled_at.is_(None))
    assert len(console.snapshot(session).lines) == 1
    assert len(db.session.scalars(open_comments).all()) == 1
    with clock.at(make_livestream.START + timedelta(seconds=10)):
        broadcasts.go_live(SYSTEM, session)
    make_livestream.hear(session, make_livestream.said("còn hàng không?", at=2, author="binh"))
    assert console.snapshot(session).lines == []
    assert db.session.scalars(open_comments).all() == []


def test_the_same_words_after_the_rehearsal_count(database: Any) -> None:
    session = make_livestream.ready(make_livestream.broadcast())
    with clock.at(make_livestream.START):
        broadcasts.rehearse(SYSTEM, session)
    make_livestream.hear(session, make_livestream.said("A1 x2", at=5))
    with clock.at(make_livestream.START + timedelta(seconds=10)):
        broadcasts.go_live(SYSTEM, session)
    make_livestream.hear(session, make_livestream.said("thêm 1 A1", at=15))
    assert db.session.scalars(select(Claim.quantity)).all() == [1]


def test_a_session_pauses_and_goes_on_and_keeps_when_it_went_live(database: Any) -> None:
    with clock.at(make_livestream.START):
        session = make_livestream.live(make_livestream.broadcast())
    broadcasts.pause(SYSTEM, session)
    broadcasts.pause(SYSTEM, session)
    assert session.state == "paused"
    make_livestream.hear(session, make_livestream.said("A1 x2"))
    assert db.session.scalars(select(Claim.quantity)).all() == [2]
    broadcasts.go_on(SYSTEM, session)
    broadcasts.go_on(SYSTEM, session)
    assert (session.state, session.live_at) == ("live", make_livestream.START)


@pytest.mark.parametrize("move", ["pause", "go_on"])
def test_a_planned_session_neither_pauses_nor_goes_on(database: Any, move: str) -> None:
    session = make_livestream.broadcast()
    with pytest.raises(NotNow):
        getattr(broadcasts, move)(SYSTEM, session)
    assert session.state == "planned"


def test_a_session_on_the_air_is_not_rehearsed(database: Any) -> None:
    session = make_livestream.live(make_livestream.broadcast())
    with pytest.raises(NotNow):
        broadcasts.rehearse(SYSTEM, session)
    assert session.state == "live"


def test_going_live_before_all_is_there_changes_nothing(database: Any) -> None:
    session = make_livestream.broadcast()
    broadcasts.rehearse(SYSTEM, session)
    with pytest.raises(NotReady) as refused:
        broadcasts.go_live(SYSTEM, session)
    assert refused.value.facts["missing"] == [
        "Người dẫn đã được đối chiếu danh tính",
        "Ít nhất một mã đã gắn hàng",
    ]
    assert (session.state, session.live_at) == ("rehearsing", None)
    assert session.rehearsal_ended_at is None
