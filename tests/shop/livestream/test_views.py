"""The console, and who may run it."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from shop.catalogue.models import Variant
from shop.database import db
from shop.livestream import broadcasts, claims
from shop.livestream.models import Broadcast, Claim, Focus
from shop.orders import checkout
from tests import make, make_livestream

HOME = "/ban-hang/livestream"
HOA = checkout.Buyer("Chị Hoa", "+84912345678", "Xóm 3, xã Tân Cương")


@pytest.fixture
def session(cast: Any) -> Broadcast:
    row = make_livestream.broadcast(cast.ours.seller)
    make_livestream.pin(row, "A1", make.variant(make.product(cast.ours.seller)))
    db.session.commit()
    return row


def pin_fields(**more: str) -> dict[str, str]:
    values = {"code": " b2 ", "label": "Miến dong", "unit": "gói", "aliases": "miến, miến dong"}
    return values | more


def test_a_session_is_created_once_however_often_its_form_is_sent(cast: Any) -> None:
    fields = {
        "seller": cast.ours.seller.ref,
        "title": "Chè tối thứ Bảy",
        "platform": "facebook",
        "_once": "a-key",
    }
    first = cast.ours.post(f"{HOME}/them", fields)
    second = cast.ours.post(f"{HOME}/them", fields)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert db.session.scalars(select(Broadcast.title)).all() == ["Chè tối thứ Bảy"]


def test_a_session_for_another_seller_is_not_found(cast: Any) -> None:
    fields = {"seller": cast.theirs.seller.ref, "title": "Chè", "platform": "facebook"}
    assert cast.ours.post(f"{HOME}/them", fields).status_code == 404
    assert db.session.scalars(select(Broadcast.id)).all() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("get", "/bang"),
        ("post", "/ma"),
        ("post", "/ban"),
        ("post", "/len-song"),
        ("get", "/dong"),
        ("post", "/dong"),
        ("post", "/thu"),
    ],
)
def test_another_cooperatives_session_is_not_found(
    cast: Any, session: Broadcast, method: str, path: str
) -> None:
    assert getattr(cast.theirs, method)(f"{HOME}/{session.ref}{path}").status_code == 404
    assert session.state == "planned"


def test_goods_are_pinned_under_a_code(cast: Any, session: Broadcast) -> None:
    variant = make.variant(make.product(cast.ours.seller, name="Miến dong"), unit="gói")
    db.session.commit()
    answer = cast.ours.post(f"{HOME}/{session.ref}/ma", pin_fields(variant=variant.ref))
    assert answer.status_code == 303
    db.session.expire_all()
    pin = session.pins[1]
    assert (pin.code, pin.aliases, pin.variant_id) == ("B2", ["miến", "miến dong"], variant.id)


def test_only_the_administrator_pins_the_goods_of_another_seller(
    cast: Any, session: Broadcast
) -> None:
    theirs: Variant = make.variant(make.product(cast.theirs.seller))
    db.session.commit()
    fields = pin_fields(variant=theirs.ref)
    assert cast.ours.post(f"{HOME}/{session.ref}/ma", fields).status_code == 404
    db.session.expire_all()
    assert [p.code for p in session.pins] == ["A1"]
    assert cast.administrator.post(f"{HOME}/{session.ref}/ma", fields).status_code == 303
    db.session.expire_all()
    assert [p.variant_id for p in session.pins][1] == theirs.id


def test_a_bad_code_is_refused_with_words(cast: Any, session: Broadcast) -> None:
    fields = pin_fields(code="mã đỏ!")
    page = cast.ours.post(f"{HOME}/{session.ref}/ma", fields, follow_redirects=True).text
    assert "Mã gồm 1 đến 8 chữ cái không dấu hoặc chữ số." in page


def test_the_table_is_set_and_cleared(cast: Any, session: Broadcast) -> None:
    cast.ours.post(f"{HOME}/{session.ref}/ban", {"code": "a1"})
    cast.ours.post(f"{HOME}/{session.ref}/ban", {"code": ""})
    assert db.session.scalars(select(Focus.code).order_by(Focus.id)).all() == ["A1", None]


def test_a_code_that_is_not_pinned_does_not_come_on_the_table(
    cast: Any, session: Broadcast
) -> None:
    answer = cast.ours.post(f"{HOME}/{session.ref}/ban", {"code": "Z9"}, follow_redirects=True)
    assert "Phiên này chưa có mã “Z9”." in answer.text
    assert db.session.scalars(select(Focus.id)).all() == []


def test_a_session_goes_live_and_closes(cast: Any, session: Broadcast) -> None:
    make_livestream.ready(session)
    cast.ours.post(f"{HOME}/{session.ref}/len-song")
    assert session.state == "live"
    make_livestream.hear(session, make_livestream.said("A1 x2"))
    assert f'href="{HOME}/{session.ref}/dong"' in cast.ours.get(f"{HOME}/{session.ref}").text
    closed = cast.ours.post(f"{HOME}/{session.ref}/dong")
    assert session.state == "closed"
    assert closed.location == f"{HOME}/{session.ref}/ket-qua"
    assert "Đã đóng phiên. 1 món chưa đặt đã nhả ra." in cast.ours.get(closed.location).text


def test_whoever_is_about_to_close_sees_what_is_open_and_nothing_happens_yet(
    cast: Any, session: Broadcast
) -> None:
    ask = f"{HOME}/{session.ref}/dong"
    assert "Không còn gì: không món nào đang giữ" in cast.ours.get(ask).text
    make_livestream.ready(session)
    cast.ours.post(f"{HOME}/{session.ref}/len-song")
    for author in ("Lan", "Hoa"):
        make_livestream.hear(session, make_livestream.said("A1 x2", author=author))
    claims.confirm(make_livestream.buyer(session, "Hoa"), HOA)
    make_livestream.hear(session, make_livestream.said("lấy em 2", author="Mai"))
    page = cast.ours.get(ask).text
    assert "1 món đang giữ mà khách chưa đặt: sẽ nhả ra." in page
    assert "1 đơn chưa trả tiền: hết hạn khi quá giờ giữ." in page
    assert "1 bình luận còn chờ người xem." in page
    assert "1 người mua chưa được gửi liên kết." in page
    held = select(Claim.state).order_by(Claim.state)
    assert db.session.scalars(held).all() == ["held", "ordered"]
    assert session.state == "live"
    cast.ours.post(ask)
    assert cast.ours.get(ask).location == f"{HOME}/{session.ref}/ket-qua"


def test_a_closed_session_leads_to_its_results_and_offers_what_can_still_be_done(
    cast: Any, session: Broadcast
) -> None:
    address = f"{HOME}/{session.ref}"
    assert f'href="{address}/chuan-bi"' in cast.ours.get(HOME).text
    before = cast.ours.get(address).text
    assert f'href="{address}/ket-qua"' not in before
    assert f'href="{address}/nhap-tay"' in before
    cast.ours.post(f"{address}/dong")
    assert f'href="{address}/ket-qua"' in cast.ours.get(HOME).text
    after = cast.ours.get(address).text
    assert f'href="{address}/nhap-tay"' not in after
    for path in ("ket-qua", "dan", "viec"):
        assert f'href="{address}/{path}"' in after


def test_going_live_too_early_leads_to_what_is_missing(cast: Any, session: Broadcast) -> None:
    answer = cast.ours.post(f"{HOME}/{session.ref}/len-song")
    assert answer.location == f"{HOME}/{session.ref}/chuan-bi"
    page = cast.ours.get(answer.location).text
    assert "Chưa lên sóng được, còn thiếu: Người dẫn đã được đối chiếu danh tính." in page
    assert session.state == "planned"


def test_the_key_is_shown_to_those_who_run_sessions_only(cast: Any, session: Broadcast) -> None:
    from shop.accounts.models import Role
    from tests.app_fixtures import sign_in

    key = broadcasts.ingest_key(session)
    viewer = make.member(cast.ours.seller, role=Role.VIEWER, name="Người xem")
    db.session.commit()
    assert f'data-ingest-key="{key}"' in cast.ours.get(f"{HOME}/{session.ref}").text
    from flask import current_app

    page = sign_in(current_app, viewer).get(f"{HOME}/{session.ref}")
    assert page.status_code == 200
    assert key not in page.text


def test_the_board_shows_numbers_comments_and_links_with_phones_hidden(
    cast: Any, session: Broadcast
) -> None:
    make_livestream.hear(
        session,
        make_livestream.said("A1 x2 0912345678"),
        make_livestream.said("A1 x50", at=1, author="binh 0387654321"),
        make_livestream.said("<b>giá?</b>", at=2, author="an"),
        make_livestream.said("A1 3 kg", at=3, author="chi"),
    )
    db.session.commit()
    page = cast.ours.get(f"{HOME}/{session.ref}/bang").text
    words = re.sub(r"</?mark[^>]*>", "", page)
    assert "A1 x2 09•••••678" in words
    assert '<mark class="seen-code">A1</mark>' in page
    assert "0912345678" not in page
    assert "0387654321" not in page
    assert re.findall(r"chắc \d+%", page) == ["chắc 90%"] * 3
    said = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "A1 × 3 kg chắc 90% (đơn vị khác với đơn vị bán)" in said
    assert "&lt;b&gt;giá?&lt;/b&gt;" in words
    assert f"/chot/{make_livestream.buyer(session).token}" in page
    assert re.findall(r'figure-value">(.*?)<', page) == ["0", "0\u00a0₫", "1", "1"]
    assert "1 bình luận cần người xem" in page
    assert "<html" not in page


def test_the_tester_shows_what_the_reader_sees_and_keeps_nothing(
    cast: Any, session: Broadcast
) -> None:
    page = cast.ours.post(f"{HOME}/{session.ref}/thu", {"text": "chốt 2 hộp A1 0912345678"}).text
    assert "chốt đơn" in page
    assert "A1 × 2 hộp" in page
    assert "<u>chốt</u><small>chốt, hủy</small>" in page
    assert "<u>2</u><small>số lượng</small>" in page
    assert "<u>A1</u><small>mã</small>" in page
    assert "95%: tự giữ hàng" in page
    weighed = cast.ours.post(f"{HOME}/{session.ref}/thu", {"text": "chốt nửa ký A1"}).text
    assert "95%: cần người xem (đơn vị khác với đơn vị bán)" in weighed
    nobodys = cast.ours.post(f"{HOME}/{session.ref}/thu", {"text": "chốt A9 2 hộp"}).text
    assert "cần người xem (mã này chưa ghim)" in nobodys
    assert cast.ours.post(f"{HOME}/{session.ref}/thu", {"text": ""}).status_code == 422


def test_the_console_asks_as_many_queries_for_many_comments_as_for_few(
    cast: Any, session: Broadcast, query_count: Any
) -> None:
    def queries() -> int:
        db.session.expire_all()
        with query_count() as sent:
            assert cast.ours.get(f"{HOME}/{session.ref}").status_code == 200
        return len(sent)

    make_livestream.hear(session, make_livestream.said("A1"))
    db.session.commit()
    few = queries()
    others = [make_livestream.said("A1", at=i, author=f"người {i}") for i in range(1, 9)]
    make_livestream.hear(session, *others)
    for number in range(2, 6):
        goods = make.variant(make.product(cast.ours.seller, name=f"Chè {number}"))
        make_livestream.pin(session, f"A{number}", goods)
    db.session.commit()
    assert queries() == few
    assert few <= 18


def test_the_list_asks_as_many_queries_for_many_sessions_as_for_few(
    cast: Any, session: Broadcast, query_count: Any
) -> None:
    def queries() -> int:
        db.session.expire_all()
        with query_count() as sent:
            assert cast.ours.get(HOME).status_code == 200
        return len(sent)

    few = queries()
    for number in range(5):
        row = make_livestream.broadcast(cast.ours.seller, title=f"Phiên {number}")
        make_livestream.pin(row, "A1")
    db.session.commit()
    assert queries() == few
    assert few <= 6
