"""What a session came to: every figure is the sum of its rows, and the chain adds up."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from shop import clock, spreadsheets
from shop.accounts import access
from shop.accounts.access import SYSTEM
from shop.accounts.models import Role
from shop.database import db
from shop.livestream import acts, claims, closing, session_lists, session_rows
from shop.livestream.models import Broadcast, Claim
from shop.orders import checkout, dues, receipts, returns, states
from shop.orders.models import Order, PayBy, State
from tests import make, make_livestream

HOME = "/ban-hang/livestream"


@pytest.fixture
def session(cast: Any) -> Broadcast:
    """Lan bought and paid 2 hộp, Binh ordered 1, An holds 3, Chi cancelled, one asked."""
    make.bank_account(cast.ours.seller)
    row = make_livestream.broadcast(cast.ours.seller)
    tea = make.variant(make.product(cast.ours.seller), on_hand=10, price_vnd=100_000)
    make_livestream.pin(row, "A1", tea)
    said = make_livestream.said
    make_livestream.hear(
        row,
        said("A1 x2", author="lan"),
        said("A1", author="binh", at=5),
        said("A1 x3", author="an", at=70),
        said("A1", author="chi", at=75),
        said("hủy A1", author="chi", at=80),
        said("A1 giá bao nhiêu", author="em", at=90),
        said("chào shop", author="em", at=95),
        said("0900000012", author="an", at=100),
    )
    for author in ("lan", "binh"):
        buyer = make_livestream.buyer(row, author)
        who = checkout.Buyer(author.title(), "+84900000012", "thôn 3, xã Tân Cương")
        claims.confirm(buyer, who)
    db.session.commit()
    return row


def orders() -> list[Order]:
    return list(db.session.query(Order).order_by(Order.id))


def told(report: closing.Report, *names: str) -> list[tuple[int, int]]:
    return [(report[name].count, report[name].amount_vnd) for name in names]


def test_every_claim_is_somewhere_and_every_difference_has_a_name(session: Broadcast) -> None:
    report = closing.report(session)
    assert told(report, "claims", "claims_ordered", "claims_held", "claims_cancelled") == [
        (4, 700_000),
        (2, 300_000),
        (1, 300_000),
        (1, 100_000),
    ]
    for _title, names in closing.CHAIN:
        *parts, whole = (report[name].amount_vnd for name in names)
        assert sum(parts) == whole


def test_money_that_comes_and_goes_is_told_to_the_dong(session: Broadcast) -> None:
    paid, other = orders()
    paid_vnd = paid.total_vnd
    receipts.pay(paid, paid_vnd, who="máy", why="chuyển khoản")
    states.move(other, State.CANCELLED, who="máy", why="khách đổi ý")
    report = closing.report(session)
    assert told(report, "placed", "void", "standing", "paid", "open") == [
        (2, paid_vnd + other.total_vnd),
        (1, other.total_vnd),
        (1, paid_vnd),
        (1, paid_vnd),
        (0, 0),
    ]
    assert (report["buyers"].count, report["buyers_bought"].count) == (4, 1)
    assert report.bought_percent == 25


def _adds_up(report: closing.Report) -> bool:
    sums = ([report[name].amount_vnd for name in names] for _title, names in closing.CHAIN)
    return all(sum(parts[:-1]) == parts[-1] for parts in sums)


def _send(order: Order) -> None:
    for step in (State.PACKING, State.SHIPPED):
        states.move(order, step, who="kho", why="đóng gói")


def _give_back(order: Order, quantity: int) -> None:
    came = {order.lines[0].id: Decimal(quantity)}
    returns.take(order, came, restock=True, who="kho", why="khách trả", key="phieu-1")


def test_goods_that_came_back_after_the_close_are_told_to_the_dong(
    cast: Any, session: Broadcast
) -> None:
    paid, other = orders()
    receipts.pay(paid, paid.total_vnd, who="máy", why="chuyển khoản")
    _send(paid)
    closing.close(SYSTEM, session)
    _give_back(paid, 1)
    report = closing.report(session)
    assert told(report, "standing", "paid", "returned", "to_give_back", "shipped") == [
        (2, 200_000 + other.total_vnd),
        (1, 200_000),
        (1, 100_000),
        (1, -100_000),
        (1, 200_000),
    ]
    assert told(report, "lines_returned") == [(1, 100_000)]
    (goods,) = report.goods
    assert (goods.ordered, goods.shipped, goods.returned) == (3, 2, 1)
    assert _adds_up(report)
    db.session.commit()
    home = f"{HOME}/{session.ref}/ket-qua"
    for row in (f"/lines_returned?hang={goods.ref}", "/returned", "/to_give_back"):
        page = cast.ours.get(home + row).text
        assert "1 dòng, cộng " in page
        assert paid.ref in page
    book = load_workbook(BytesIO(cast.ours.get(f"{home}/excel").data))
    assert [cell.value for cell in book["Theo hàng"][2]][2:6] == [7, 3, 2, 1]
    assert "trong đó 100.000 ₫ trả lại" in cast.ours.get(home).text.replace("\xa0", " ")


def test_the_fee_of_goods_that_all_came_back_unpaid_is_owed_by_nobody(session: Broadcast) -> None:
    order, _other = orders()
    order.pay_by, order.fee_vnd, order.total_vnd = PayBy.COD, 30_000, order.total_vnd + 30_000
    states.move(order, State.CONFIRMED, who="kho", why="đã gọi")
    _send(order)
    _give_back(order, 2)
    assert (order.state, dues.open_vnd(order)) == (State.RETURNED, 0)
    report = closing.report(session)
    assert told(report, "open_cod", "returned", "not_asked") == [
        (0, 0),
        (1, 200_000),
        (1, 30_000),
    ]
    assert _adds_up(report)


def test_comments_are_counted_by_kind(session: Broadcast) -> None:
    report = closing.report(session)
    counts = [report[name].count for name in ("comments", *closing.KINDS)]
    assert counts == [8, 4, 1, 1, 1, 1]


def test_the_best_minute_is_the_one_with_most_claims(session: Broadcast) -> None:
    db.session.execute(
        update(Claim).where(Claim.quantity == 2).values(said_at=make_livestream.START)
    )
    report = closing.report(session)
    assert sum(count for _at, count in report.minutes) == 4
    assert report.best == max(report.minutes, key=lambda each: each[1])


def test_each_product_has_what_was_claimed_ordered_and_sent(session: Broadcast) -> None:
    (goods,) = closing.report(session).goods
    assert (goods.claimed, goods.ordered, goods.shipped, goods.returned) == (7, 3, 0, 0)
    assert goods.amount_vnd == 300_000


def test_the_time_to_pay_is_that_of_half_and_of_nine_in_ten(session: Broadcast) -> None:
    assert closing.report(session).pay_seconds is None
    for number, order in enumerate(orders(), 1):
        receipts.pay(order, order.total_vnd, who="máy", why="chuyển khoản")
        order.paid_at = order.placed_at + timedelta(seconds=60 * number)
    assert closing.report(session).pay_seconds == (90, 114)


@pytest.mark.parametrize("name", list(closing.LABELS))
def test_a_figure_is_the_count_and_sum_of_its_rows(session: Broadcast, name: str) -> None:
    query = session_lists.rows(session, name, session_lists.Narrow())
    listed = db.session.execute(query).all()
    figure = closing.report(session)[name]
    assert (figure.count, figure.amount_vnd) == (len(listed), sum(row.amount_vnd for row in listed))
    count, _quantity, amount_vnd = session_lists.summed(query)
    assert (count, amount_vnd) == (figure.count, figure.amount_vnd)


def test_every_figure_has_rows_and_a_label() -> None:
    assert list(session_rows.NAMES) == list(closing.LABELS)


def test_rows_can_be_those_of_one_minute_product_and_helper(session: Broadcast) -> None:
    found = db.session.query(Claim).first()
    assert found is not None
    narrow = session_lists.Narrow(variant_id=found.variant_id, by_itself=True)
    assert session_lists.summed(session_lists.rows(session, "claims", narrow)) == (
        4,
        Decimal(7),
        700_000,
    )
    nobody = session_lists.Narrow(helper_id=0)
    assert session_lists.summed(session_lists.rows(session, "claims", nobody))[0] == 0
    before = session_lists.Narrow(minute=make_livestream.START - timedelta(hours=1))
    assert session_lists.summed(session_lists.rows(session, "claims", before))[0] == 0


def test_each_helper_has_the_claims_they_made_and_the_comments_they_saw_to(
    cast: Any, session: Broadcast
) -> None:
    mai = access.of(make.member(cast.ours.seller, role=Role.HOST, name="Mai"))
    hao = access.of(cast.ours.user)
    make_livestream.hear(session, make_livestream.said("B2 x2", author="lan", at=110))
    unknown = make_livestream.comment(session, "B2 x2")
    asked = make_livestream.comment(session, "A1 giá bao nhiêu")
    (tea,) = session.pins
    acts.confirm(mai, unknown, [acts.Line(tea.code, Decimal(2))])
    acts.answer(hao, asked)
    report = closing.report(session)
    told = [(h.name, h.claims, h.amount_vnd, h.comments) for h in report.helpers]
    assert told == [
        ("", 4, 700_000, 0),
        ("Mai", 1, 200_000, 1),
        (cast.ours.user.name, 0, 0, 1),
    ]
    narrow = session_lists.Narrow(helper_id=mai.user_id)
    assert session_lists.summed(session_lists.rows(session, "claims", narrow))[0] == 1


def test_closing_lets_go_of_what_nobody_confirmed(session: Broadcast) -> None:
    closing.close(SYSTEM, session)
    closing.close(SYSTEM, session)
    report = closing.report(session)
    assert told(report, "claims_held", "claims_lapsed") == [(0, 0), (1, 300_000)]
    assert session.closed_at is not None
    assert session.closed_at <= clock.now()


def test_a_report_takes_the_same_number_of_queries_whatever_was_said(
    session: Broadcast, query_count: Any
) -> None:
    closing.report(session)
    with query_count() as few:
        closing.report(session)
    make_livestream.hear(
        session, *(make_livestream.said("A1", author=f"b{n}", at=200 + n) for n in range(5))
    )
    db.session.flush()
    with query_count() as many:
        closing.report(session)
    assert len(few) == len(many) == 7


# The pages.


def test_the_results_say_what_the_figures_say(cast: Any, session: Broadcast) -> None:
    page = cast.ours.get(f"{HOME}/{session.ref}/ket-qua").text
    assert "Phiên chưa đóng: số liệu tạm tính đến lúc này." in page
    assert "50%" in page
    assert "2 trên 4 người" in page
    assert "8 bình luận theo loại" in page
    assert "<svg" in page
    closing.close(SYSTEM, session)
    db.session.commit()
    assert "số liệu tạm tính" not in cast.ours.get(f"{HOME}/{session.ref}/ket-qua").text


def test_an_empty_session_has_results_too(cast: Any) -> None:
    row = make_livestream.broadcast(cast.ours.seller)
    db.session.commit()
    page = cast.ours.get(f"{HOME}/{row.ref}/ket-qua")
    assert page.status_code == 200
    assert "Chưa có lời chốt nào." in page.text


@pytest.mark.parametrize("name", list(closing.LABELS))
def test_every_figure_opens_its_rows(cast: Any, session: Broadcast, name: str) -> None:
    page = cast.ours.get(f"{HOME}/{session.ref}/ket-qua/{name}")
    assert page.status_code == 200
    count = closing.report(session)[name].count
    assert f"{count} dòng" in page.text


def test_rows_of_orders_say_whose_they_are_and_leave_out_what_they_have_not(
    cast: Any, session: Broadcast
) -> None:
    page = cast.ours.get(f"{HOME}/{session.ref}/ket-qua/standing").text
    names = re.findall(r'data-label="Nội dung".*?</a> (\w+)<', page, re.DOTALL)
    assert sorted(names) == ["Binh", "Lan"]
    assert page.count('data-label="Số lượng" class="number blank"') == 2


def test_comments_that_wait_are_one_tap_from_the_queue(cast: Any, session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("K21 x2", author="em", at=110))
    db.session.commit()
    page = cast.ours.get(f"{HOME}/{session.ref}/ket-qua").text
    assert "Còn 1 bình luận cần người xem" in page
    assert f'href="{HOME}/{session.ref}/viec"' in page


def test_rows_open_narrowed(cast: Any, session: Broadcast) -> None:
    (goods,) = closing.report(session).goods
    address = f"{HOME}/{session.ref}/ket-qua/claims"
    assert "4 dòng" in cast.ours.get(f"{address}?hang={goods.ref}").text
    assert "4 dòng" in cast.ours.get(f"{address}?nguoi=may").text
    assert "0 dòng" in cast.ours.get(f"{address}?phut=2020-01-01T10:00").text
    elsewhere = make.variant(make.product(cast.theirs.seller))
    db.session.commit()
    for wrong in (f"hang={elsewhere.ref}", f"nguoi={cast.theirs.user.ref}", "phut=hôm-qua"):
        assert cast.ours.get(f"{address}?{wrong}").status_code == 404


def test_phones_in_rows_are_hidden(cast: Any, session: Broadcast) -> None:
    page = cast.ours.get(f"{HOME}/{session.ref}/ket-qua/said_phone").text
    assert "0900000012" not in page
    assert "09•••••012" in page


@pytest.mark.parametrize("path", ["", "/claims", "/excel"])
def test_another_cooperative_sees_nothing_of_it(cast: Any, session: Broadcast, path: str) -> None:
    assert cast.theirs.get(f"{HOME}/{session.ref}/ket-qua{path}").status_code == 404


def test_an_unknown_figure_is_not_found(cast: Any, session: Broadcast) -> None:
    assert cast.ours.get(f"{HOME}/{session.ref}/ket-qua/nothing").status_code == 404


def test_the_spreadsheet_holds_figures_and_rows_in_safe_cells(
    cast: Any, session: Broadcast
) -> None:
    buyer = make_livestream.buyer(session, "an")
    buyer.name = "=1+1"
    db.session.commit()
    answer = cast.ours.get(f"{HOME}/{session.ref}/ket-qua/excel")
    assert answer.content_type == spreadsheets.XLSX
    book = load_workbook(BytesIO(answer.data))
    names = ["Tổng kết", "Theo hàng", "Theo người", "Theo phút", "Lời chốt", "Đơn"]
    assert book.sheetnames == [*names, "Hàng trong đơn"]
    figures = {row[0].value: (row[1].value, row[2].value) for row in book["Tổng kết"]}
    assert figures["Tất cả lời chốt"] == (4, 700_000)
    said = [(row[2].value, row[2].data_type) for row in book["Lời chốt"]]
    assert ("=1+1", "s") in said


def test_a_page_of_results_takes_the_same_number_of_queries_whatever_was_said(
    cast: Any, session: Broadcast, query_count: Any
) -> None:
    address = f"{HOME}/{session.ref}/ket-qua"
    cast.ours.get(address)
    with query_count() as few:
        cast.ours.get(address)
    make_livestream.hear(
        session, *(make_livestream.said("A1", author=f"b{n}", at=200 + n) for n in range(5))
    )
    db.session.commit()
    with query_count() as many:
        cast.ours.get(address)
    assert len(few) == len(many)
