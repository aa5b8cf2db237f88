"""The slips of a session: those that may be packed, who paid first comes first."""

import re
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest

from shop.database import db
from shop.livestream import screens
from shop.livestream.models import Broadcast
from shop.orders.models import Order, State
from tests import make, make_livestream, make_money

HOME = "/ban-hang/livestream"


@pytest.fixture
def session(cast: Any) -> Broadcast:
    row = make_livestream.broadcast(cast.ours.seller)
    db.session.commit()
    return row


def sold(on: Broadcast, owner: Any, *, paid: bool = True) -> Order:
    variant = make.variant(make.product(owner))
    order = make_money.order(owner, variant=variant)
    order.source = screens.topic(on)
    if paid:
        make_money.go(order, State.PAID)
    db.session.flush()
    return order


def printed(person: Any, on: Broadcast, key: str, **more: str) -> list[str]:
    fields = {"_once": key, "paper": "80mm"} | more
    answer = person.post(f"{HOME}/{on.ref}/phieu-giao", fields)
    assert answer.mimetype == "application/pdf", answer.text
    pages = pypdfium2.PdfDocument(answer.data)
    return [page.get_textpage().get_text_bounded() for page in pages]


def test_paid_orders_are_printed_in_one_run_who_paid_first_comes_first(
    cast: Any, session: Broadcast
) -> None:
    late, early = (sold(session, cast.ours.seller) for _each in range(2))
    late.paid_at += timedelta(minutes=3)
    unpaid = sold(session, cast.ours.seller, paid=False)
    elsewhere = make_money.order(cast.ours.seller)
    theirs = sold(session, cast.theirs.seller)
    pages = printed(cast.ours, session, "a")
    assert [re.search(r"OCP\w+", page)[0] for page in pages] == [early.ref, late.ref]
    counted = [o.slips_printed for o in (early, late, unpaid, elsewhere, theirs)]
    assert counted == [1, 1, 0, 0, 0]


def test_a_form_sent_twice_prints_the_same_slips_and_counts_once(
    cast: Any, session: Broadcast
) -> None:
    order = sold(session, cast.ours.seller)
    first = printed(cast.ours, session, "a")
    sold(session, cast.ours.seller)
    assert printed(cast.ours, session, "a") == first
    assert order.slips_printed == 1


def test_what_is_printed_again_says_so_and_what_is_new_does_not(
    cast: Any, session: Broadcast
) -> None:
    sold(session, cast.ours.seller)
    printed(cast.ours, session, "a")
    sold(session, cast.ours.seller)
    [new] = printed(cast.ours, session, "b")
    assert "IN LẠI" not in new
    again = printed(cast.ours, session, "c", which="all")
    assert ["IN LẠI lần 1" in page for page in again] == [True, True]


def test_nothing_to_print_is_said(cast: Any, session: Broadcast) -> None:
    fields = {"_once": "a", "paper": "a6"}
    page = cast.ours.post(f"{HOME}/{session.ref}/phieu-giao", fields, follow_redirects=True).text
    assert "Không có phiếu nào cần in." in page
    assert "Chưa có đơn nào để gói" in page


def test_another_cooperatives_session_has_no_slips(cast: Any, session: Broadcast) -> None:
    order = sold(session, cast.ours.seller)
    for method in (cast.theirs.get, cast.theirs.post):
        assert method(f"{HOME}/{session.ref}/phieu-giao").status_code == 404
    assert order.slips_printed == 0
