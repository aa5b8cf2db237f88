"""Slips on paper: what stands on them, and that every print is counted once."""

import re
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from shop.accounts.models import AuditEntry, Role
from shop.database import db
from shop.orders.models import Order, State
from tests import make, make_money
from tests.app_fixtures import Person, sign_in

LIST = "/ban-hang/don-hang"
MM = 72 / 25.4
LONG = "Nguyễn Phước Bảo Quý Công Tằng Tôn Nữ Thị " + "Kim" * 20


def words_of(data: bytes) -> list[str]:
    """The words of each page, in one line each."""
    pages = pypdfium2.PdfDocument(data)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pages]


def printed(person: Person, order: Order, **more: str) -> Any:
    return person.post(f"{LIST}/{order.ref}/phieu-giao", {"_once": "a", "paper": "a6"} | more)


@pytest.mark.parametrize("paper", ["a6", "80mm"])
def test_a_slip_says_what_goes_where_and_what_to_collect(cast: Any, paper: str) -> None:
    order = make_money.order(cast.ours.seller, quantity=2)
    make_money.go(order, State.PAID)
    answer = printed(cast.ours, order, paper=paper)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    [words] = words_of(answer.data)
    for said in (
        order.ref,
        "Đến: Lê Thị Lan",
        "0912 345 678",
        "12 Lê Lợi, Huế",
        "Chè tôm nõn Hảo Đạt",
        "Tổng tiền: 370.000",
        "Đã trả đủ, không thu tiền",
    ):
        assert said in words
    assert "IN LẠI" not in words


def test_receipt_paper_is_as_long_as_its_slip_and_nothing_of_a_long_name_is_lost(
    cast: Any,
) -> None:
    order = make_money.order(cast.ours.seller)
    short = pypdfium2.PdfDocument(printed(cast.ours, order, paper="80mm").data)[0]
    order.buyer_name = LONG
    long = pypdfium2.PdfDocument(printed(cast.ours, order, paper="80mm", _once="b").data)[0]
    assert [round(page.get_width() / MM) for page in (short, long)] == [80, 80]
    assert long.get_height() > short.get_height()
    words = re.sub(r"\s", "", long.get_textpage().get_text_bounded())
    assert re.sub(r"\s", "", LONG) in words


def test_an_a6_slip_that_is_too_long_goes_on_on_another_sheet(cast: Any) -> None:
    order = make_money.order(cast.ours.seller)
    order.note = "Gói kỹ giúp em nhé. " * 60
    pages = words_of(printed(cast.ours, order).data)
    assert len(pages) == 2
    assert pages[1].startswith(f"{order.ref} (tiếp)")
    assert "CHƯA TRẢ TIỀN, còn 185.000" in pages[1]


def test_from_the_second_print_on_a_slip_says_so(cast: Any) -> None:
    order = make_money.order(cast.ours.seller)
    printed(cast.ours, order)
    [second] = words_of(printed(cast.ours, order, _once="b").data)
    [third] = words_of(printed(cast.ours, order, _once="c").data)
    assert "IN LẠI lần 1 (bản in thứ 2)" in second
    assert "IN LẠI lần 2 (bản in thứ 3)" in third
    assert order.slips_printed == 3
    assert "Đã in 3 lần." in cast.ours.get(f"{LIST}/{order.ref}").text


def test_the_same_form_sent_twice_counts_one_print_and_gives_the_paper_twice(cast: Any) -> None:
    order = make_money.order(cast.ours.seller)
    papers = [printed(cast.ours, order).data for _twice in range(2)]
    assert papers[0] == papers[1]
    assert order.slips_printed == 1
    noted = select(AuditEntry.action).where(AuditEntry.action == "order.slip")
    assert len(db.session.scalars(noted).all()) == 1


def test_nobody_prints_who_may_not_pack(cast: Any, database: Any) -> None:
    order = make_money.order(cast.ours.seller)
    viewer = make.member(cast.ours.seller, role=Role.VIEWER, name="Người xem")
    for person in (cast.theirs, Person(viewer, sign_in(database, viewer))):
        assert printed(person, order).status_code == 404
    assert order.slips_printed == 0


def test_another_paper_is_refused_and_counts_nothing(cast: Any) -> None:
    order = make_money.order(cast.ours.seller)
    assert printed(cast.ours, order, paper="a3").status_code == 303
    assert order.slips_printed == 0
