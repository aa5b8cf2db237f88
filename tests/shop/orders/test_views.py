"""Orders in the back office: who sees them, who moves them."""

import re
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp

from shop.accounts import access
from shop.accounts.models import AuditEntry, Role
from shop.database import db
from shop.inventory import stock
from shop.orders import checkout, panels, states
from shop.orders.models import State
from tests import make, make_money
from tests.app_fixtures import Person, sign_in

LIST = "/ban-hang/don-hang"


@pytest.fixture
def joined(cast, database):
    """Somebody of our cooperative with this role."""

    def join(role):
        user = make.member(cast.ours.seller, role=role, name="Hoàng Thị Én")
        return Person(user, sign_in(database, user), cast.ours.seller)

    return join


def test_the_list_finds_by_reference_name_and_state(cast):
    order = make_money.order(cast.ours.seller)
    hidden = make_money.order(cast.theirs.seller)
    for address in (
        LIST,
        f"{LIST}?trang-thai=awaiting_payment&q={order.ref}",
        f"{LIST}?q=chuyen khoan {order.ref.lower()} nhe",
        f"{LIST}?q=thị lan",
    ):
        page = cast.ours.get(address).text
        assert order.ref in page, address
        assert hidden.ref not in page
    for address in (f"{LIST}?trang-thai=paid", f"{LIST}?q=100%25", f"{LIST}?q={hidden.ref}"):
        assert order.ref not in cast.ours.get(address).text, address


def test_the_page_of_an_order_shows_lines_buyer_and_the_steps_that_are_open(cast):
    order = make_money.order(cast.ours.seller, quantity=2)
    page = cast.ours.get(f"{LIST}/{order.ref}").text
    for shown in ("Chè tôm nõn Hảo Đạt", "370.000", "Lê Thị Lan", "12 Lê Lợi, Huế", "Hủy đơn"):
        assert shown in page
    assert "Bắt đầu gói hàng" not in page
    make_money.go(order, State.PAID)
    assert "Bắt đầu gói hàng" in cast.ours.get(f"{LIST}/{order.ref}").text


def test_a_person_takes_a_paid_order_to_its_end_and_it_is_noted(cast):
    order = make_money.order(cast.ours.seller)
    make_money.go(order, State.PAID)
    for to in ("packing", "shipped", "delivered", "completed"):
        assert cast.ours.post(f"{LIST}/{order.ref}/chuyen", {"to": to}).status_code == 303
        assert order.state == to
    notes = db.session.query(AuditEntry).filter_by(action="order.move", subject_ref=order.ref)
    assert [note.actor_name for note in notes] == ["Đào Thanh Hảo"] * 4


def test_nobody_says_by_hand_what_only_the_bank_or_the_clock_may_say(cast):
    order = make_money.order(cast.ours.seller)
    for to in ("paid", "expired", "awaiting_payment", "", "không có"):
        cast.ours.post(f"{LIST}/{order.ref}/chuyen", {"to": to})
        assert order.state == State.AWAITING_PAYMENT
        assert "Không có bước này." in cast.ours.get(f"{LIST}/{order.ref}").text


def test_a_step_out_of_turn_is_refused_in_words(cast):
    order = make_money.order(cast.ours.seller)
    cast.ours.post(f"{LIST}/{order.ref}/chuyen", {"to": "shipped"})
    assert order.state == State.AWAITING_PAYMENT
    assert "Đơn không thể chuyển sang bước này." in cast.ours.get(f"{LIST}/{order.ref}").text


def test_an_order_is_cancelled_with_a_reason_that_the_buyer_reads(cast):
    order = make_money.order(cast.ours.seller)
    for why in ("", " ", "h"):
        cast.ours.post(f"{LIST}/{order.ref}/chuyen", {"to": "cancelled", "why": why})
        assert order.state == State.AWAITING_PAYMENT
    cast.ours.post(f"{LIST}/{order.ref}/chuyen", {"to": "cancelled", "why": "mưa bão, chưa hái"})
    assert order.state == State.CANCELLED
    assert order.events[-1].why == "mưa bão, chưa hái"
    assert "Lý do: mưa bão, chưa hái" in cast.visitor.get(f"/don/{order.token}").text


def test_a_wrong_tracking_number_is_corrected_and_the_old_one_logged(cast):
    order = make_money.order(cast.ours.seller)
    url = f"{LIST}/{order.ref}/van-don"
    said = {"carrier": "Viettel Post", "tracking_no": "VT2"}
    cast.ours.post(url, said)
    assert (order.carrier, order.tracking_no) == (None, None), "nothing was sent yet"
    make_money.go(order, State.PAID)
    make_money.go(order, State.PACKING)
    cast.ours.post(f"{LIST}/{order.ref}/gui", said | {"tracking_no": "VT1"})
    assert cast.theirs.post(url, said).status_code == 404
    events = len(order.events)
    for _time in range(2):
        cast.ours.post(url, said)
    db.session.expire_all()
    assert (order.state, order.tracking_no) == (State.SHIPPED, "VT2")
    assert [e.why for e in order.events[events:]] == [
        "Sửa vận đơn: Viettel Post VT1 → Viettel Post VT2"
    ]
    assert "VT2" in cast.visitor.get(f"/don/{order.token}").text


def test_what_is_let_go_is_let_go_with_a_reason(cast):
    order = make_money.order(cast.ours.seller)
    order.paid_vnd = 180_000
    cast.ours.post(f"{LIST}/{order.ref}/bo-qua-phan-thieu", {"why": ""})
    assert (order.written_off_vnd, order.state) == (0, State.AWAITING_PAYMENT)
    cast.ours.post(f"{LIST}/{order.ref}/bo-qua-phan-thieu", {"why": "khách quen"})
    assert (order.written_off_vnd, order.state) == (5_000, State.PAID)
    assert order.events[-1].why == "Bỏ qua phần còn thiếu. khách quen"


def test_who_may_only_read_sees_the_order_and_cannot_move_it(cast, joined):
    order = make_money.order(cast.ours.seller)
    for role in (Role.VIEWER, Role.HOST, Role.ACCOUNTANT):
        person = joined(role)
        page = person.get(f"{LIST}/{order.ref}")
        assert page.status_code == 200
        assert "Hủy đơn" not in page.text
        assert person.post(f"{LIST}/{order.ref}/chuyen", {"to": "cancelled"}).status_code == 404
    assert order.state == State.AWAITING_PAYMENT


def test_an_outsider_and_a_visitor_find_nothing(cast):
    order = make_money.order(cast.ours.seller)
    url = f"{LIST}/{order.ref}"
    assert cast.theirs.get(url).status_code == 404
    assert cast.theirs.post(f"{url}/chuyen", {"to": "cancelled"}).status_code == 404
    assert cast.visitor.get(url).status_code in {302, 303, 401}
    assert order.state == State.AWAITING_PAYMENT


def test_the_list_asks_as_often_for_ten_orders_as_for_one(cast, query_count):
    asked = []
    for more in (1, 9):
        for _order in range(more):
            make_money.order(cast.ours.seller)
        with query_count() as queries:
            assert cast.ours.get(LIST).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_the_overview_counts_what_waits_for_money_and_what_to_pack(cast):
    for paid in (False, True, True):
        order = make_money.order(cast.ours.seller)
        if paid:
            make_money.go(order, State.PAID)
    make_money.order(cast.theirs.seller)
    with cast.visitor.application.test_request_context():
        shown = panels.overview(access.of(cast.ours.user))
    figures = re.findall(r"Đơn cần gói|Đơn chờ tiền|(?<=>)\s*\d+\s*(?=<)", shown)
    assert sorted(figure.strip() for figure in figures) == ["1", "2", "Đơn chờ tiền", "Đơn cần gói"]


def test_money_that_came_for_a_cancelled_order_is_to_be_given_back(cast):
    order = make_money.order(cast.ours.seller)
    order.paid_vnd = 50_000
    states.move(order, State.CANCELLED, who="thử")
    db.session.commit()
    assert "cần hoàn tiền cho khách" in cast.ours.get(f"/ban-hang/don-hang/{order.ref}").text
    assert "cần hoàn tiền" in cast.ours.get("/ban-hang/don-hang").text


def page_of(order):
    return f"{LIST}/{order.ref}"


def test_an_unpaid_order_is_red_and_a_paid_one_is_sent_with_its_number(cast):
    order = make_money.order(cast.ours.seller)
    assert "chưa gói hàng" in cast.ours.get(page_of(order)).text
    for step in ("paid", "packing"):
        make_money.go(order, State(step))
    db.session.commit()
    assert "chưa gói hàng" not in cast.ours.get(page_of(order)).text
    sent = {"carrier": "Bưu điện", "tracking_no": "EA123VN"}
    for _time in range(2):
        cast.ours.post(f"{page_of(order)}/gui", sent)
    db.session.expire_all()
    assert (order.state, order.carrier, order.tracking_no) == ("shipped", "Bưu điện", "EA123VN")
    assert "EA123VN" in cast.visitor.get(f"/don/{order.token}").text


def test_goods_come_back_by_the_form_once(cast):
    order = make_money.order(cast.ours.seller, quantity=3)
    for step in ("paid", "packing", "shipped"):
        make_money.go(order, State(step))
    db.session.commit()
    line = order.lines[0]
    assert "Khách trả lại hàng" in cast.ours.get(page_of(order)).text
    form = {f"line-{line.id}": "1", "restock": "yes", "why": "khách đổi ý", "_once": "r1"}
    for _time in range(2):
        assert cast.ours.post(f"{page_of(order)}/tra-lai", form).status_code == 303
    db.session.expire_all()
    assert order.state == "partly_returned"
    assert stock.on_hand([line.variant_id])[line.variant_id] == 10 - 3 + 1
    too_many = form | {f"line-{line.id}": "3", "_once": "r2"}
    answer = cast.ours.post(f"{page_of(order)}/tra-lai", too_many)
    assert "nhiều hơn số đã gửi" in cast.ours.get(answer.location).text


@pytest.mark.parametrize("paper", ["nhan", "phieu"])
def test_the_papers_of_a_parcel_name_everything_and_what_to_collect(cast, paper):
    order = make_money.order(cast.ours.seller, quantity=2)
    order.pay_by = "cod"
    db.session.commit()
    answer = cast.ours.get(f"{page_of(order)}/{paper}.pdf")
    assert answer.mimetype == "application/pdf"
    [page] = pypdfium2.PdfDocument(answer.data)
    words = " ".join(page.get_textpage().get_text_range().split())
    for said in (order.ref, "Lê Thị Lan", "0912 345 678", "12 Lê Lợi, Huế", "COD", "370.000"):
        assert said in words, said
    a6 = paper == "nhan"
    assert [round(side / 72 * 25.4) for side in page.get_size()] == (
        [105, 148] if a6 else [148, 210]
    )


def test_the_label_of_a_paid_order_collects_nothing_and_its_code_opens_the_order(cast):
    order = make_money.order(cast.ours.seller)
    order.paid_vnd = order.total_vnd
    db.session.commit()
    [page] = pypdfium2.PdfDocument(cast.ours.get(f"{page_of(order)}/nhan.pdf").data)
    assert "không thu tiền" in page.get_textpage().get_text_range()
    [read] = zxingcpp.read_barcodes(page.render(scale=4).to_pil())
    assert read.text.endswith(f"/don/{order.token}")


def test_a_long_order_is_packed_from_several_pages(cast):
    packs = [make.variant(make.product(cast.ours.seller, name=f"Chè {n}")) for n in range(40)]
    wants = [checkout.Want(pack, Decimal(1)) for pack in packs]
    values = {"source": "make", "source_key": "long", "holders": []}
    order = checkout.place(make_money.BUYER, wants, **values)
    db.session.commit()
    pages = pypdfium2.PdfDocument(cast.ours.get(f"{page_of(order)}/phieu.pdf").data)
    words = "".join(page.get_textpage().get_text_range() for page in pages)
    assert len(pages) > 1
    assert all(f"Chè {n} " in words for n in range(40))
