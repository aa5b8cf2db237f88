"""The helpers' screen: one thing at a time, and what was done can be undone."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select

from shop import clock, money, outbox, phones
from shop.accounts import access
from shop.accounts.models import Role
from shop.database import db
from shop.livestream import claims, comments, desk
from shop.livestream.desk_models import Act, Listener
from shop.livestream.models import Broadcast, Claim, Comment
from shop.orders import buyers, returns
from shop.orders.models import State
from tests import app_fixtures, make, make_livestream, make_money
from tests.make_livestream import said


@pytest.fixture
def session(cast: Any) -> Broadcast:
    make.bank_account(cast.ours.seller)
    row = make_livestream.broadcast(cast.ours.seller)
    make_livestream.pin(row, "A1", make.variant(make.product(cast.ours.seller)))
    db.session.commit()
    return row


def hear(on: Broadcast, *batch: dict[str, Any]) -> None:
    make_livestream.hear(on, *batch)
    db.session.commit()


def home(on: Broadcast) -> str:
    return f"/ban-hang/livestream/{on.ref}/viec"


def text(answer: Any) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


def comment(on: Broadcast, words: str) -> Comment:
    return make_livestream.comment(on, words)


def test_a_helper_takes_a_thing_and_sees_it_with_what_was_recognised(
    cast: Any, session: Broadcast
) -> None:
    hear(session, said("A1 giá sao ạ, sđt 0912345678"))
    page = cast.ours.get(home(session))
    assert "Nhận việc tiếp theo" in page.text
    assert cast.ours.post(f"{home(session)}/nhan").status_code == 303
    page = cast.ours.get(home(session))
    assert '<u class="seen-code">A1</u>' in page.text
    assert '<u class="seen-phone">09•••••678</u>' in page.text
    assert "0912345678" not in page.text


def test_what_the_reader_made_of_it_says_how_sure_it_is(cast: Any, session: Broadcast) -> None:
    hear(session, said("A1 3 kg"))
    cast.ours.post(f"{home(session)}/nhan")
    shown = text(cast.ours.get(home(session)))
    assert "Máy hiểu: A1 × 3 kg , chắc 90% (đơn vị khác với đơn vị bán)" in shown


def test_who_bought_before_is_known_by_counts_and_no_name(cast: Any, session: Broadcast) -> None:
    before = make_money.order(variant=session.pins[0].variant, quantity=2)
    for to in (State.PAID, State.PACKING, State.SHIPPED):
        make_money.go(before, to)
    came = {before.lines[0].id: Decimal(2)}
    returns.take(before, came, restock=True, who="Kho", why="không nhận", key="r1")
    buyers.mark(access.of(cast.ours.user), before, "gọi ba lần không nghe")
    hear(session, said("A1 x2"))
    make_livestream.buyer(session).phone = before.buyer_phone
    db.session.commit()
    cast.ours.post(f"{home(session)}/nhan")
    known = text(cast.ours.get(home(session))).partition("Đã mua ở đây")[2]
    assert known.startswith(" Đặt 1 đơn, ")
    assert "Không nhận hàng (bom hàng): 1 lần" in known
    for hidden in (before.ref, before.buyer_name, phones.show(before.buyer_phone)):
        assert hidden not in known


def test_looking_at_it_is_being_at_work_on_it(cast: Any, session: Broadcast) -> None:
    hear(session, said("A1 bao tiền ạ?"))
    cast.ours.post(f"{home(session)}/nhan")
    row = comment(session, "A1 bao tiền ạ?")
    later = row.taken_until - timedelta(seconds=5)
    with clock.at(later):
        cast.ours.get(home(session))
    db.session.refresh(row)
    assert row.taken_until == later + timedelta(minutes=2)


def test_what_was_understood_is_claimed_with_one_press(cast: Any, session: Broadcast) -> None:
    session.claim_from, session.ask_from = 100, 0
    hear(session, said("chốt 2 hộp A1"))
    cast.ours.post(f"{home(session)}/nhan")
    page = cast.ours.get(home(session))
    assert "Chốt A1 × 2 hộp" in text(page)
    row = comment(session, "chốt 2 hộp A1")
    fields = {"row": row.ref, "code": "A1", "goods": "", "quantity": "2", "_once": "k1"}
    for _time in range(2):
        assert cast.ours.post(f"{home(session)}/chot", fields).status_code == 303
    (claim,) = db.session.scalars(select(Claim)).all()
    assert (claim.state, claim.quantity, claim.made_by) == ("held", 2, cast.ours.user.id)
    assert db.session.scalars(select(Act.kind)).all() == ["confirm"]
    page = text(cast.ours.get(home(session)))
    assert "Vừa làm: Chốt Lan Hoàn tác" in page
    assert "Tin gửi người mua" in page  # the next thing came by itself


def test_several_lines_are_claimed_and_empty_ones_left_out(cast: Any, session: Broadcast) -> None:
    other = make.variant(make.product(cast.ours.seller, name="Trà nụ"))
    make_livestream.pin(session, "B2", other)
    session.claim_from, session.ask_from = 100, 0
    hear(session, said("chốt 2 hộp A1"))
    row = comment(session, "chốt 2 hộp A1")
    fields = {
        "row": row.ref,
        "code": ["A1", "B2", "A1"],
        "goods": ["", other.ref, ""],
        "quantity": ["2", "3", ""],
    }
    cast.ours.post(f"{home(session)}/chot", fields)
    rows = db.session.execute(select(Claim.code, Claim.quantity).order_by(Claim.code)).all()
    assert [tuple(each) for each in rows] == [("A1", 2), ("B2", 3)]


@pytest.mark.parametrize(
    ("quantity", "why"), [("", "Ghi mã và số lượng."), ("nhiều", "số"), ("0", "")]
)
def test_a_wrong_line_says_so_and_claims_nothing(
    cast: Any, session: Broadcast, quantity: str, why: str
) -> None:
    hear(session, said("chốt 2 hộp"))
    row = comment(session, "chốt 2 hộp")
    fields = {"row": row.ref, "code": "A1", "goods": "", "quantity": quantity}
    cast.ours.post(f"{home(session)}/chot", fields)
    assert why in text(cast.ours.get(home(session)))
    assert (row.state, db.session.scalars(select(Claim)).all()) == ("review", [])


def test_only_who_has_the_buyer_in_hand_is_given_the_message(cast: Any, session: Broadcast) -> None:
    hear(session, said("A1 x2 0912345678"))
    row = comment(session, "A1 x2 0912345678")
    cast.ours.post(f"{home(session)}/nhan", {"row": row.ref, "work": "hide"})
    page = text(cast.ours.get(home(session)))
    assert "Đã ẩn trên nền tảng" in page
    assert "Tin gửi người mua" not in page
    assert "Hủy món" not in page


def test_the_message_for_the_buyer_is_ready_to_copy(cast: Any, session: Broadcast) -> None:
    hear(session, said("A1 x2"))
    cast.ours.post(f"{home(session)}/nhan")
    buyer = make_livestream.buyer(session)
    (claim,) = claims.live(buyer)
    until = clock.vietnam(claim.held_until)
    page = cast.ours.get(home(session)).text
    message = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[1]
    assert html.unescape(message).split("\n") == [
        "Chào Lan, HTX Chè Hảo Đạt đã giữ cho bạn:",
        f"- A1 {claim.variant.product.name} × 2 hộp: {money.show(370_000)}",
        f"Tổng tiền hàng: {money.show(370_000)}",
        f"Giữ hàng đến {until:%H:%M} ngày {until:%d/%m}.",
        "Mời bạn xem lại, điền địa chỉ và trả tiền ở đây:",
        f"http://localhost/chot/{buyer.token}",
    ]
    cast.ours.post(f"{home(session)}/da-gui", {"row": buyer.token})
    db.session.refresh(buyer)
    assert buyer.told_by == cast.ours.user.id


def test_every_deed_has_its_button(cast: Any, session: Broadcast) -> None:
    hear(session, said("A1 bao tiền ạ?", at=1), said("chốt 2 hộp", at=2, author="an"))
    hear(session, said("A1 x2 0912345678", at=3, author="binh"))
    asked, unclear = comment(session, "A1 bao tiền ạ?"), comment(session, "chốt 2 hộp")
    shown = comment(session, "A1 x2 0912345678")
    for address, row in (("tra-loi", asked), ("bo-qua", unclear), ("da-an", shown)):
        assert cast.ours.post(f"{home(session)}/{address}", {"row": row.ref}).status_code == 303
    assert (asked.state, asked.handled_by) == ("question", cast.ours.user.id)
    assert (unclear.state, unclear.handled_by) == ("ignored", cast.ours.user.id)
    assert shown.hidden_at is not None


def test_a_claim_is_changed_cancelled_and_put_back(cast: Any, session: Broadcast) -> None:
    hear(session, said("A1 x2"))
    buyer = make_livestream.buyer(session)
    (claim,) = claims.live(buyer)
    fields = {"buyer": buyer.token, "claim": claim.ref}
    cast.ours.post(f"{home(session)}/mon", fields | {"quantity": "4"})
    assert claim.quantity == 4
    cast.ours.post(f"{home(session)}/mon", fields | {"quantity": "0"})
    assert claim.state == "cancelled"
    act = db.session.scalars(select(Act).order_by(Act.id.desc())).first()
    assert "Vừa làm: Hủy món Lan" in text(cast.ours.get(home(session)))
    cast.ours.post(f"{home(session)}/hoan-tac", {"act": act.ref})
    assert (claim.state, claim.quantity) == ("held", 4)


def test_two_helpers_see_who_has_what(cast: Any, session: Broadcast, database: Any) -> None:
    mai = make.member(cast.ours.seller, role=Role.HOST, name="Mai")
    second = app_fixtures.Person(mai, app_fixtures.sign_in(database, mai))
    hear(session, said("A1 bao tiền ạ?"))
    cast.ours.post(f"{home(session)}/nhan")
    page = second.get(home(session))
    assert f"{cast.ours.user.name} đang làm" in text(page)
    row = comment(session, "A1 bao tiền ạ?")
    answer = second.post(
        f"{home(session)}/nhan", {"row": row.ref, "work": "question"}, follow_redirects=True
    )
    assert f"{cast.ours.user.name} đang làm việc này." in text(answer)
    assert row.taken_by == cast.ours.user.id
    cast.ours.post(f"{home(session)}/nghi")
    second.post(f"{home(session)}/nhan", {"row": row.ref, "work": "question"})
    assert row.taken_by == mai.id


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("get", "/dem"),
        *[("post", f"/{name}") for name in ("nhan", "nghi", "chot", "bo-qua", "tra-loi")],
        *[("post", f"/{name}") for name in ("da-an", "da-gui", "mon", "hoan-tac")],
    ],
)
def test_another_sellers_session_is_not_found(
    cast: Any, session: Broadcast, method: str, path: str
) -> None:
    hear(session, said("A1 bao tiền ạ?"))
    row = comment(session, "A1 bao tiền ạ?")
    arguments = [{"row": row.ref}] if method == "post" else []
    assert getattr(cast.theirs, method)(home(session) + path, *arguments).status_code == 404
    assert (row.handled_at, row.taken_by) == (None, None)


def test_a_row_of_another_session_is_not_found(cast: Any, session: Broadcast) -> None:
    theirs = make_livestream.broadcast(cast.theirs.seller)
    hear(theirs, said("giá bao nhiêu ạ?"))
    row = comment(theirs, "giá bao nhiêu ạ?")
    for path in ("nhan", "tra-loi", "bo-qua", "da-an"):
        assert cast.ours.post(f"{home(session)}/{path}", {"row": row.ref}).status_code == 404
    assert (row.handled_at, row.taken_by, row.hidden_at) == (None, None, None)


def test_who_only_looks_at_sessions_does_not_work_in_them(
    cast: Any, session: Broadcast, database: Any
) -> None:
    viewer = make.member(cast.ours.seller, role=Role.VIEWER, name="Khách")
    assert app_fixtures.sign_in(database, viewer).get(home(session)).status_code == 404


def test_the_counts_are_a_piece_that_keeps_itself_fresh(cast: Any, session: Broadcast) -> None:
    hear(session, said("A1 bao tiền ạ?", at=1), said("chốt 2 hộp", at=2))
    assert f'data-refresh="{home(session)}/dem"' in cast.ours.get(home(session)).text
    assert text(cast.ours.get(f"{home(session)}/dem")) == "Cần xác nhận: 1 Cần trả lời: 1"


@pytest.mark.parametrize("heard_on", ["facebook", "bridge"])
def test_the_platform_sends_the_link_where_it_can_be_asked_to(
    cast: Any, session: Broadcast, heard_on: str
) -> None:
    token = {"platform": "facebook", "external_id": "1", "token": b"x"}
    db.session.add(Listener(seller_id=session.seller_id, broadcast_id=session.id, **token))
    comments.ingest(session, [said("A1 x2")], source=heard_on)
    desk.serve(session, comments.unread(session, 10))
    db.session.execute(delete(outbox.Task))
    db.session.commit()
    cast.ours.post(f"{home(session)}/nhan")
    offered = "Gửi tin riêng trên Facebook" in cast.ours.get(home(session)).text
    assert offered == (heard_on == "facebook")
    buyer = make_livestream.buyer(session)
    for _twice in range(2):
        cast.ours.post(f"{home(session)}/gui-tin", data={"row": buyer.token})
    asked = select(outbox.Task.arguments).where(outbox.Task.job.endswith("send_link"))
    told = {"buyer_id": buyer.id, "user_id": cast.ours.user.id}
    assert db.session.scalars(asked).all() == [told]
    assert buyer.told_at is None
