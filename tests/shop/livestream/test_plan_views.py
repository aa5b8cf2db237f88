"""A session is planned on its page, which says what is missing, by its seller's people alone."""

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from shop.accounts.models import Role
from shop.database import db
from shop.livestream import broadcasts, festivals
from shop.livestream.models import Broadcast, Pin
from shop.media.models import Document
from tests import make, make_livestream, make_media
from tests.app_fixtures import Person, sign_in
from tests.shop.livestream.test_festivals import festival

HOME = "/ban-hang/livestream"
DEEDS = "sua ma bo-ma dien-tap thoi-dien-tap tam-dung tiep-tuc xem-lai giay-to da-doc"


@pytest.fixture
def session(cast: Any) -> Broadcast:
    row = make_livestream.broadcast(cast.ours.seller)
    db.session.commit()
    return row


def plan(session: Broadcast, **more: Any) -> dict[str, Any]:
    """Every box of the form as the page fills it."""
    values = {"title": session.title, "platform": "zalo", "starts_at": "2026-12-05T20:00"}
    values |= {"host": "", "festival": "", "voucher_code": "", "hold_minutes": ""}
    return values | {"unpaid": "release", "claim_from": "70", "ask_from": "40"} | more


def test_a_plan_that_is_not_ready_is_saved_and_its_page_says_what_is_missing(
    cast: Any, session: Broadcast
) -> None:
    answer = cast.ours.post(f"{HOME}/{session.ref}/sua", plan(session))
    assert answer.location == f"{HOME}/{session.ref}/chuan-bi"
    assert (session.platform, session.starts_at) == ("zalo", datetime(2026, 12, 5, 13, tzinfo=UTC))
    page = cast.ours.get(answer.location).text
    assert "Còn thiếu 2 việc." in page
    assert f'href="{HOME}/{session.ref}/sua"' in page
    assert f'href="{HOME}/{session.ref}/ma"' in page
    assert f"{HOME}/{session.ref}/len-song" not in page


def test_a_session_that_has_everything_offers_to_go_live(cast: Any, session: Broadcast) -> None:
    make_livestream.ready(session)
    page = cast.ours.get(f"{HOME}/{session.ref}/chuan-bi").text
    assert "Đủ cả rồi, lên sóng được." in page
    assert f'action="{HOME}/{session.ref}/len-song"' in page


def test_all_that_is_planned_is_kept_and_shown_again(cast: Any, session: Broadcast) -> None:
    host = make_livestream.host(cast.ours.seller)
    fair = festival(starts_on=datetime(2026, 12, 1).date(), ends_on=datetime(2026, 12, 9).date())
    more = {"host": host.ref, "festival": fair.ref, "hold_minutes": "20", "unpaid": "cod"}
    wanted = plan(session, **more, claim_from="80", ask_from="50")
    assert cast.ours.post(f"{HOME}/{session.ref}/sua", wanted).status_code == 303
    assert (session.host, session.festival, session.hold_minutes) == (host, fair, 20)
    assert (session.unpaid, session.claim_from, session.ask_from) == ("cod", 80, 50)
    page = cast.ours.get(f"{HOME}/{session.ref}/sua").text
    assert f'value="{host.ref}" selected' in page
    assert f'value="{fair.ref}" selected' in page
    assert 'value="2026-12-05T20:00"' in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": ""}, "Dài từ 2 đến 160 ký tự."),
        ({"starts_at": "mai"}, "Ghi ngày và giờ, ví dụ 24/11/2026 20:00."),
        ({"hold_minutes": "0"}, "Từ 1 đến 1440."),
        ({"claim_from": "30"}, "không được cao hơn mức"),
        ({"voucher_code": "KHONGCO"}, "Đơn vị chưa có mã giảm giá này."),
    ],
)
def test_a_wrong_plan_is_refused_with_words_and_changes_nothing(
    cast: Any, session: Broadcast, wrong: dict[str, str], said: str
) -> None:
    answer = cast.ours.post(f"{HOME}/{session.ref}/sua", plan(session, **wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert (session.platform, session.starts_at) == ("facebook", None)


def test_another_sellers_host_is_not_found(cast: Any, session: Broadcast) -> None:
    theirs = make_livestream.host(cast.theirs.seller)
    wanted = plan(session, host=theirs.ref)
    assert cast.ours.post(f"{HOME}/{session.ref}/sua", wanted).status_code == 404
    assert (session.host_id, session.platform) == (None, "facebook")


def test_goods_are_pinned_with_price_cap_and_limit(cast: Any, session: Broadcast) -> None:
    variant = make.variant(make.product(cast.ours.seller))
    fields = {"code": "a1", "variant": variant.ref, "price_vnd": "150k", "cap": "30"}
    for _turn in range(2):
        sent = fields | {"per_buyer": "2", "label": "", "unit": ""}
        assert cast.ours.post(f"{HOME}/{session.ref}/ma", sent).status_code == 303
    (pin,) = db.session.scalars(select(Pin)).all()
    assert (pin.code, pin.label, pin.unit) == ("A1", "Chè tôm nõn Hảo Đạt", "hộp")
    assert (pin.price_vnd, pin.cap, pin.per_buyer) == (150_000, Decimal(30), Decimal(2))
    form = cast.ours.get(f"{HOME}/{session.ref}/ma?ma=A1").text
    assert 'value="150.000' in form
    page = cast.ours.get(f"{HOME}/{session.ref}/chuan-bi").text
    assert "bán tối đa 30" in page
    assert "mỗi người 2" in page
    cast.ours.post(f"{HOME}/{session.ref}/bo-ma", {"code": "A1"})
    assert db.session.scalars(select(Pin.id)).all() == []


def test_the_states_are_walked_by_buttons(cast: Any, session: Broadcast) -> None:
    make_livestream.ready(session)
    walked = []
    for deed in ("dien-tap", "thoi-dien-tap", "dien-tap", "len-song", "tam-dung", "tiep-tuc"):
        for _turn in range(2):
            cast.ours.post(f"{HOME}/{session.ref}/{deed}")
        walked.append(session.state)
        assert cast.ours.get(f"{HOME}/{session.ref}/chuan-bi").status_code == 200
    assert walked == ["rehearsing", "planned", "rehearsing", "live", "paused", "live"]


def test_a_move_out_of_turn_is_said_and_changes_nothing(cast: Any, session: Broadcast) -> None:
    answer = cast.ours.post(f"{HOME}/{session.ref}/tam-dung", follow_redirects=True)
    assert "Phiên đang ở tình trạng khác." in answer.text
    assert session.state == "planned"


def test_where_the_recording_is_can_be_said_and_only_an_address_is_taken(
    cast: Any, session: Broadcast
) -> None:
    url = "https://www.facebook.com/watch/?v=123"
    cast.ours.post(f"{HOME}/{session.ref}/dong")
    for sent in (url, "javascript:alert(1)"):
        cast.ours.post(f"{HOME}/{session.ref}/xem-lai", {"replay_url": sent})
    assert session.replay_url == url
    assert f'href="{url}"' in cast.ours.get(f"{HOME}/{session.ref}/chuan-bi").text
    cast.ours.post(f"{HOME}/{session.ref}/xem-lai", {"replay_url": ""})
    assert session.replay_url == ""


def paper(product: str = "", kind: str = "alcohol") -> dict[str, Any]:
    return {"kind": kind, "product": product, "file": (BytesIO(make_media.pdf()), "giay.pdf")}


def wine(cast: Any, session: Broadcast) -> Any:
    made = make.product(cast.ours.seller, name="Rượu dâu")
    make_livestream.pin(session, "B2", make.variant(made))
    db.session.commit()
    return made


@pytest.mark.parametrize("on", ["product", "broadcast"])
def test_a_paper_is_sent_once_for_the_goods_or_for_the_session_and_the_gate_opens(
    cast: Any, session: Broadcast, on: str
) -> None:
    made = wine(cast, make_livestream.ready(session))
    page = cast.ours.get(f"{HOME}/{session.ref}/chuan-bi").text
    assert "Giấy phép sản xuất rượu / Giấy phép bán buôn, bán lẻ rượu cho “Rượu dâu”" in page
    ref = made.ref if on == "product" else ""
    for _turn in range(2):
        answer = cast.ours.post(f"{HOME}/{session.ref}/giay-to", paper(ref))
        assert answer.location == f"{HOME}/{session.ref}/chuan-bi#giay-to"
    holder = {"product": f"product:{made.ref}", "broadcast": f"broadcast:{session.ref}"}[on]
    (kept,) = db.session.scalars(select(Document)).all()
    assert (kept.holder, kept.kind, kept.public) == (holder, "alcohol", False)
    assert "Đủ cả rồi" in cast.ours.get(f"{HOME}/{session.ref}/chuan-bi").text
    if on == "broadcast":
        removed = cast.ours.post(f"/ban-hang/giay-to/{kept.ref}/xoa")
        assert removed.location == f"{HOME}/{session.ref}/chuan-bi#giay-to"


def test_a_paper_for_another_sellers_goods_is_not_found(cast: Any, session: Broadcast) -> None:
    theirs = make.product(cast.theirs.seller)
    answer = cast.ours.post(f"{HOME}/{session.ref}/giay-to", paper(theirs.ref))
    assert answer.status_code == 404
    assert db.session.scalars(select(Document.id)).all() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "chuan-bi"),
        ("get", "sua"),
        ("get", "ma"),
        *[
            ("post", path)
            for path in [
                "sua",
                "ma",
                "bo-ma",
                "dien-tap",
                "thoi-dien-tap",
                "tam-dung",
                "tiep-tuc",
                "xem-lai",
            ]
        ],
        ("post", "giay-to"),
        ("post", "da-doc"),
    ],
)
def test_another_sellers_session_is_not_found(
    cast: Any, session: Broadcast, method: str, path: str
) -> None:
    before = (session.state, session.title, session.replay_url)
    assert getattr(cast.theirs, method)(f"{HOME}/{session.ref}/{path}").status_code == 404
    assert (session.state, session.title, session.replay_url) == before


def test_who_only_reads_sees_the_plan_without_buttons(
    cast: Any, session: Broadcast, database: Any
) -> None:
    user = make.member(cast.ours.seller, role=Role.VIEWER, name="Người xem")
    viewer = Person(user, sign_in(database, user))
    page = viewer.get(f"{HOME}/{session.ref}/chuan-bi")
    assert page.status_code == 200
    assert f"{HOME}/{session.ref}/dien-tap" not in page.text
    assert viewer.get(f"{HOME}/{session.ref}/sua").status_code == 404
    assert viewer.post(f"{HOME}/{session.ref}/dien-tap").status_code == 404
    assert session.state == "planned"


def test_the_page_asks_as_many_queries_for_many_codes_as_for_few(
    cast: Any, session: Broadcast, query_count: Any
) -> None:
    def queries() -> int:
        db.session.expire_all()
        with query_count() as sent:
            assert cast.ours.get(f"{HOME}/{session.ref}/chuan-bi").status_code == 200
        return len(sent)

    wine(cast, session)
    few = queries()
    for number in range(5):
        goods = make.variant(make.product(cast.ours.seller, name=f"Rượu {number}"))
        make_livestream.pin(session, f"C{number}", goods)
    db.session.commit()
    assert queries() == few


def test_a_session_of_a_festival_is_listed_there(cast: Any, session: Broadcast) -> None:
    fair = festival()
    session.festival = fair
    db.session.commit()
    assert broadcasts.codes(session).pins == []
    assert fair in db.session.scalars(festivals.every()).all()
    assert session.title in cast.ours.get(f"{HOME}/le-hoi/{fair.ref}").text
