"""Connecting, pasting and entering by hand, on the pages."""

import io
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from shop.database import db
from shop.livestream import broadcasts, manual, queue
from shop.livestream.desk_models import Listener
from shop.livestream.models import Broadcast, Claim, Comment
from tests import make, make_livestream

HOME = "/ban-hang/livestream"
TOKEN = "EAAB-khoa-cua-trang"


@pytest.fixture
def session(cast: Any) -> Broadcast:
    row = make_livestream.broadcast(cast.ours.seller)
    goods = make.product(cast.ours.seller)
    make_livestream.pin(row, "A1", make.variant(goods))
    make_livestream.pin(row, "03", make.variant(goods, unit="kg"), label="Na", unit="kg")
    make_livestream.live(row)
    db.session.commit()
    return row


def connect(cast: Any, session: Broadcast, **more: str) -> Any:
    fields = {"platform": "facebook", "external_id": "123456", "token": TOKEN} | more
    return cast.ours.post(f"{HOME}/{session.ref}/nguon", fields)


def test_a_platform_is_connected_and_its_token_never_shown_again(
    cast: Any, session: Broadcast
) -> None:
    assert connect(cast, session).status_code == 303
    page = cast.ours.get(f"{HOME}/{session.ref}/nguon").text
    assert "123456" in page
    assert "Chờ lên sóng" in page
    assert TOKEN not in page
    assert db.session.scalars(select(Listener)).one().token == TOKEN.encode()


def test_the_same_video_again_takes_the_new_token(cast: Any, session: Broadcast) -> None:
    connect(cast, session)
    connect(cast, session, token="EAAB-khoa-moi")
    assert db.session.scalars(select(Listener)).one().token == b"EAAB-khoa-moi"


def test_a_form_that_is_wrong_comes_back_without_the_token(cast: Any, session: Broadcast) -> None:
    answer = connect(cast, session, external_id="")
    assert answer.status_code == 422
    assert TOKEN not in answer.text
    assert db.session.scalars(select(Listener.id)).all() == []


def test_disconnecting_forgets_the_token(cast: Any, session: Broadcast) -> None:
    connect(cast, session)
    ref = db.session.scalars(select(Listener.ref)).one()
    assert cast.ours.post(f"{HOME}/nguon/{ref}/bo").status_code == 303
    assert db.session.scalars(select(Listener.id)).all() == []


@pytest.mark.parametrize("path", ["nguon", "dan", "nhap-tay"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_cooperatives_session_is_not_found(
    cast: Any, session: Broadcast, path: str, method: str
) -> None:
    fields = {"platform": "facebook", "external_id": "123", "token": TOKEN, "name": "Lan"}
    more = {"data": fields} if method == "post" else {}
    assert getattr(cast.theirs, method)(f"{HOME}/{session.ref}/{path}", **more).status_code == 404
    assert db.session.scalars(select(Listener.id)).all() == []
    assert db.session.scalars(select(Comment.id)).all() == []


def test_another_cooperatives_listener_is_not_found(cast: Any, session: Broadcast) -> None:
    connect(cast, session)
    ref = db.session.scalars(select(Listener.ref)).one()
    assert cast.theirs.post(f"{HOME}/nguon/{ref}/bo").status_code == 404
    assert len(db.session.scalars(select(Listener.id)).all()) == 1


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return unescape(found[1])


def paste(cast: Any, session: Broadcast, **fields: Any) -> Any:
    return cast.ours.post(f"{HOME}/{session.ref}/dan", fields)


def test_a_dump_is_shown_first_and_then_taken_in_once(
    cast: Any, session: Broadcast, run_tasks: Any
) -> None:
    said = {**make_livestream.said("A1"), "author_name": "Lan"}
    make_livestream.hear(session, said)
    db.session.commit()
    page = paste(cast, session, words="Lan: A1\nBình 0912345678: 2 hộp A1\nxin chào").text
    assert "1 bình luận mới, 1 đã có." in page
    assert "2 câu không có giờ" in page
    assert "Dòng 3: xin chào" in page
    shown = page[: page.index('name="rows"')] + page[page.index("<ol") : page.index("</ol>")]
    assert "0912345678" not in shown
    assert db.session.scalars(select(Comment.text)).all() == ["A1"]
    fields = {"rows": hidden(page, "rows"), "_once": hidden(page, "_once")}
    first, second = paste(cast, session, **fields), paste(cast, session, **fields)
    assert first.status_code == second.status_code == 303
    assert sorted(db.session.scalars(select(Comment.text))) == ["2 hộp A1", "A1"]
    run_tasks()
    assert [c.quantity for c in db.session.scalars(select(Claim).order_by(Claim.id))] == [1, 2]


def test_a_file_is_read_like_what_is_pasted(cast: Any, session: Broadcast) -> None:
    raw = "Người;Nội dung;Thời gian\nLan;A1 x2;24/11/2026 20:05\n".encode("utf-8-sig")
    page = paste(cast, session, words="", file=(io.BytesIO(raw), "binh-luan.csv")).text
    assert "1 bình luận mới, 0 đã có." in page
    assert "A1 x2" in page


def test_what_is_no_comment_is_refused_with_words(cast: Any, session: Broadcast) -> None:
    answer = paste(cast, session, words="xin chào")
    assert answer.status_code == 422
    assert "Không thấy bình luận nào." in answer.text


def test_rows_that_were_tampered_with_bring_nothing(cast: Any, session: Broadcast) -> None:
    assert paste(cast, session, rows="[1]").status_code == 303
    assert db.session.scalars(select(Comment.id)).all() == []


def by_hand(cast: Any, session: Broadcast, **fields: str) -> Any:
    return cast.ours.post(f"{HOME}/{session.ref}/nhap-tay", {"name": "Lan Nguyễn"} | fields)


def test_an_order_entered_by_hand_is_claimed_once_however_often_it_is_sent(
    cast: Any, session: Broadcast, run_tasks: Any
) -> None:
    fields = {"qty_A1": "2", "qty_03": "1,5", "phone": "0912 345 678", "_once": "mot-lan"}
    assert by_hand(cast, session, **fields).status_code == 303
    assert by_hand(cast, session, **fields).status_code == 303
    run_tasks()
    kept = db.session.scalars(select(Comment)).one()
    assert (kept.source, kept.author_name) == ("manual", "Lan Nguyễn")
    claims = db.session.scalars(select(Claim).order_by(Claim.code)).all()
    assert [(c.code, c.quantity) for c in claims] == [("03", Decimal("1.5")), ("A1", 2)]
    assert claims[0].buyer.phone == "+84912345678"


def test_a_phone_entered_by_hand_stands_on_no_platform_to_be_hidden(
    cast: Any, session: Broadcast, run_tasks: Any
) -> None:
    by_hand(cast, session, qty_A1="2", phone="0912 345 678")
    run_tasks()
    assert db.session.scalars(select(Comment.shows_phone)).all() == [False]
    assert queue.counts(session)[queue.Work.HIDE] == 0


def test_an_order_by_hand_joins_the_buyer_of_that_name(
    cast: Any, session: Broadcast, run_tasks: Any
) -> None:
    make_livestream.hear(session, make_livestream.said("A1", author="lan"))
    by_hand(cast, session, name="LAN", qty_03="1")
    run_tasks()
    assert {c.buyer.author_id for c in db.session.scalars(select(Claim))} == {"lan"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Xin bấm số lượng của ít nhất một mã."),
        ({"qty_A1": "nhiều"}, "Số lượng phải là số."),
        ({"qty_A1": "-1"}, "Số lượng từ 0 đến 1.000."),
        ({"qty_A1": "nan"}, "Số lượng từ 0 đến 1.000."),
        ({"qty_A1": "1", "phone": "12"}, "Số điện thoại"),
    ],
)
def test_what_cannot_be_entered_is_refused_with_words(
    cast: Any, session: Broadcast, fields: dict[str, str], words: str
) -> None:
    answer = by_hand(cast, session, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalars(select(Comment.id)).all() == []


def test_nothing_is_entered_by_hand_after_the_session(cast: Any, session: Broadcast) -> None:
    broadcasts.close(make_livestream.SYSTEM, session)
    db.session.commit()
    assert by_hand(cast, session, qty_A1="1").status_code == 422
    assert db.session.scalars(select(Comment.id)).all() == []


@pytest.mark.parametrize("code", ["A1", "05", "12", "B", "KG1"])
@pytest.mark.parametrize("quantity", ["1", "2", "10", "12"])
def test_the_reader_sees_exactly_what_was_tapped(
    session: Broadcast, code: str, quantity: str
) -> None:
    pin = make_livestream.pin(session, code, label="Hàng", unit="hộp")
    db.session.flush()
    wanted = [manual.Wanted(pin, Decimal(quantity))]
    manual.enter(session, "Lan", "+84912345678", wanted, key="k")
    assert db.session.scalars(select(Comment.text)).one() == f"{code} x{quantity} 0912345678"


def test_a_code_that_the_reader_would_take_for_something_else_is_refused(
    cast: Any, session: Broadcast
) -> None:
    make_livestream.pin(session, "10K", label="Hàng", unit="hộp")
    db.session.commit()
    answer = by_hand(cast, session, qty_10K="2")
    assert answer.status_code == 422
    assert "Máy không đọc được đúng “10K x2”." in answer.text
    assert db.session.scalars(select(Comment.id)).all() == []


@pytest.mark.parametrize(
    ("platform", "typed", "kept"),
    [
        ("facebook", "https://www.facebook.com/htxche/videos/1234567890/", "1234567890"),
        ("facebook", "https://www.facebook.com/watch/live/?ref=x&v=987654", "987654"),
        ("youtube", "https://youtu.be/dQw4w9WgXcQ?t=3", "dQw4w9WgXcQ"),
        ("youtube", "https://youtube.com/live/dQw4w9WgXcQ?feature=share", "dQw4w9WgXcQ"),
        ("youtube", "dQw4w9WgXcQ", "dQw4w9WgXcQ"),
    ],
)
def test_the_address_of_a_video_is_as_good_as_its_id(
    cast: Any, session: Broadcast, platform: str, typed: str, kept: str
) -> None:
    connect(cast, session, platform=platform, external_id=typed)
    assert db.session.scalars(select(Listener.external_id)).all() == [kept]


def test_an_address_without_a_video_is_refused_with_words(cast: Any, session: Broadcast) -> None:
    answer = connect(cast, session, external_id="https://www.facebook.com/htxche")
    assert answer.status_code == 422
    assert "Không thấy mã video trong địa chỉ này." in answer.text
    assert db.session.scalars(select(Listener.id)).all() == []
