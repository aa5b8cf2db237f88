"""The host's screen, and the streams of a session's screens."""

import re
from typing import Any

import pytest
from flask import Flask

from shop import streams
from shop.accounts.models import Membership, Role
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.livestream import claims, notices, screens
from shop.livestream.models import Broadcast, BroadcastState
from shop.orders import checkout
from shop.orders.models import State
from tests import make, make_livestream, make_money
from tests.app_fixtures import Person, sign_in

HOME = "/ban-hang/livestream"


@pytest.fixture(autouse=True)
def drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "DRAW_MS", 1)


@pytest.fixture
def tea(cast: Any) -> Variant:
    return make.variant(make.product(cast.ours.seller), on_hand=10)


@pytest.fixture
def session(cast: Any, tea: Variant) -> Broadcast:
    row = make_livestream.broadcast(cast.ours.seller)
    make_livestream.pin(row, "A1", tea, cap=6)
    make_livestream.pin(row, "B2")
    row.state = BroadcastState.LIVE
    db.session.commit()
    return row


def fragment(person: Person, on: Broadcast, path: str = "san-khau/nay", **more: Any) -> Any:
    # Tests write without saying so.
    with transaction():
        screens.tell(on)
    return person.get(f"{HOME}/{on.ref}/{path}", **more)


def sold(on: Broadcast, tea: Variant, *, paid: bool = True) -> Any:
    order = make_money.order(variant=tea)
    order.source = screens.topic(on)
    if paid:
        make_money.go(order, State.PAID)
    db.session.flush()
    return order


def test_the_host_puts_the_next_code_on_the_table(cast: Any, session: Broadcast) -> None:
    page = cast.ours.post(f"{HOME}/{session.ref}/san-khau/ban", {"code": "A1"})
    assert page.location.endswith(f"/{session.ref}/san-khau")
    shown = cast.ours.get(f"{HOME}/{session.ref}/san-khau").text
    assert '<p class="stage-code">A1</p>' in shown
    assert 'form="to-table" name="code" value="B2"' in shown
    answer = cast.ours.post(
        f"{HOME}/{session.ref}/san-khau/ban", {"code": "Z9"}, follow_redirects=True
    )
    assert "Phiên này chưa có mã “Z9”." in answer.text


def test_what_is_left_counts_the_real_stock_and_the_cap(
    cast: Any, session: Broadcast, tea: Variant
) -> None:
    cast.ours.post(f"{HOME}/{session.ref}/san-khau/ban", {"code": "A1"})
    make_livestream.hear(session, make_livestream.said("A1 x2"))
    db.session.commit()
    # A cap of six with two held leaves four, though eight lie there unpromised.
    assert "<dt>Còn</dt><dd>4</dd>" in fragment(cast.ours, session).text
    make_money.order(variant=tea, quantity=5)
    db.session.commit()
    # Three are left in the store: others bought five there.
    assert "<dt>Còn</dt><dd>3</dd>" in fragment(cast.ours, session).text


def test_big_numbers_say_what_is_held_sold_and_waited_for(
    cast: Any, session: Broadcast, tea: Variant
) -> None:
    cast.ours.post(f"{HOME}/{session.ref}/san-khau/ban", {"code": "A1"})
    said = make_livestream.said
    words = [said("A1 x2"), said("A1 x3", at=1, author="an"), said("A1 x4", at=2, author="chi")]
    make_livestream.hear(session, *words)
    who = checkout.Buyer("Lan", "+84912345678", "Xóm 3, xã Tân Cương")
    claims.confirm(make_livestream.buyer(session), who)
    db.session.commit()
    page = fragment(cast.ours, session).text
    numbers = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert numbers == {"Còn": "1", "Đang giữ": "3", "Đã bán": "2", "Người chờ": "1"}
    assert "Cả phiên: 1 món đang giữ, 1 lượt chờ hàng." in page


def test_money_and_who_just_bought_are_shown_without_naming_anybody(
    cast: Any, session: Broadcast, tea: Variant
) -> None:
    sold(session, tea)
    sold(session, tea, paid=False)
    gone = sold(session, tea, paid=False)
    make_money.go(gone, State.CANCELLED)
    page = fragment(cast.ours, session).text.replace("\u00a0", " ")
    assert "<strong>370.000 ₫</strong>" in page
    assert "Đã trả 50% · 185.000 ₫ · 1 trên 2 đơn" in page
    assert page.count("<strong>Lan •••678</strong>") == 2
    assert "Lê Thị Lan" not in page
    assert "0912" not in page


def test_a_warning_stands_first_until_the_host_has_read_it(cast: Any, session: Broadcast) -> None:
    from shop.accounts.access import SYSTEM

    said = notices.warn(SYSTEM, session, "Không nói công dụng chữa bệnh")
    db.session.commit()
    assert "Không nói công dụng chữa bệnh" in fragment(cast.ours, session).text
    path = f"{HOME}/{session.ref}/san-khau/da-doc"
    assert cast.theirs.post(path, {"notice": said.ref}).status_code == 404
    assert said.seen_at is None
    cast.ours.post(path, {"notice": said.ref})
    assert said.seen_at is not None
    assert "Không nói công dụng" not in fragment(cast.ours, session).text


def test_a_piece_that_has_not_changed_is_not_sent_again(cast: Any, session: Broadcast) -> None:
    for path in ("san-khau/nay", "bang"):
        first = fragment(cast.ours, session, path)
        tag = {"If-None-Match": first.headers["ETag"]}
        again = fragment(cast.ours, session, path, headers=tag)
        assert (again.status_code, again.data) == (304, b"")
    make_livestream.hear(session, make_livestream.said("A1"))
    db.session.commit()
    assert fragment(cast.ours, session, "bang", headers=tag).status_code == 200


@pytest.mark.parametrize("view", ["bang", "san-khau"])
def test_a_stream_shows_what_the_page_shows_and_holds_no_token(
    cast: Any, session: Broadcast, view: str
) -> None:
    with cast.ours.get(f"{HOME}/{session.ref}/{view}/dong-chay") as answer:
        assert (answer.mimetype, answer.headers["Cache-Control"]) == (
            "text/event-stream",
            "no-store",
        )
        frames = iter(answer.response)
        assert next(frames) == b"retry: 2000\n\n"
        piece = next(frames).decode()
    data = [line.removeprefix("data: ") for line in piece.splitlines() if line.startswith("data")]
    fragment_path = {"bang": "bang", "san-khau": "san-khau/nay"}[view]
    assert data == cast.ours.get(f"{HOME}/{session.ref}/{fragment_path}").text.splitlines()
    assert "csrf_token" not in piece


def test_who_is_no_longer_of_the_seller_loses_the_stream(
    cast: Any, session: Broadcast, database: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BETWEEN_SECONDS", 0)
    helper = make.member(cast.ours.seller, role=Role.HOST, name="Người giúp")
    db.session.commit()
    client = sign_in(database, helper)
    with client.get(f"{HOME}/{session.ref}/bang/dong-chay") as answer:
        frames = iter(answer.response)
        assert b"event: piece" in [next(frames), next(frames)][1]
        db.session.query(Membership).filter_by(user_id=helper.id).delete()
        db.session.commit()
        monkeypatch.setattr(streams, "ADMIT_SECONDS", -1)
        assert list(frames) == []


def test_an_order_of_the_session_that_is_paid_tells_its_screens(
    cast: Any, session: Broadcast, tea: Variant, redis_url: str
) -> None:
    from shop import broker

    order = sold(session, tea, paid=False)
    fragment(cast.ours, session)
    before = broker.connection().get(f"stream:{order.source}")
    with transaction():
        make_money.go(order, State.PAID)
    assert broker.connection().get(f"stream:{screens.topic(session)}") > before


@pytest.mark.parametrize(
    "path", ["san-khau", "san-khau/nay", "san-khau/dong-chay", "bang/dong-chay"]
)
def test_another_cooperatives_session_has_no_screens(
    cast: Any, session: Broadcast, path: str
) -> None:
    assert cast.theirs.get(f"{HOME}/{session.ref}/{path}").status_code == 404
