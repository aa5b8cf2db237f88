"""Staff note a parcel not taken; its buyer reads of it and appeals; staff decide."""

import html
import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from shop import clock
from shop.database import db
from shop.orders import buyers, returns
from shop.orders.buyer_models import BuyerMark
from shop.orders.models import Order, State
from tests import app_fixtures, make, make_money

WHY = "bưu tá gọi ba lần không nghe"


@pytest.fixture
def refused(cast: Any) -> Order:
    """An order of ours that came back untaken."""
    variant = make.variant(make.product(cast.ours.seller))
    make.bank_account(cast.ours.seller)
    made = make_money.order(variant=variant, quantity=2)
    for step in ("paid", "packing", "shipped"):
        make_money.go(made, State(step))
    came = {made.lines[0].id: Decimal(2)}
    returns.take(made, came, restock=True, who="Kho", why="không nhận", key="r1")
    db.session.commit()
    return made


def page(order: Order) -> str:
    return f"/ban-hang/don-hang/{order.ref}"


def mark() -> BuyerMark | None:
    return db.session.scalars(select(BuyerMark)).one_or_none()


def text(answer: Any) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


def say(cast: Any, order: Order, words: str) -> Any:
    """The buyer, who has no account, appeals."""
    token = app_fixtures.form_token(cast.visitor.get("/tai-khoan/dang-nhap").text)
    fields = {"csrf_token": token, "appeal": words}
    return cast.visitor.post(f"/don/{order.token}/khieu-nai", data=fields)


def test_from_a_mark_over_the_appeal_to_the_answer(cast: Any, refused: Order) -> None:
    assert "Người bán ghi" not in text(cast.visitor.get(f"/don/{refused.token}"))
    assert "Khách không nhận hàng?" in text(cast.ours.get(page(refused)))
    cast.ours.post(f"{page(refused)}/khong-nhan", {"reason": WHY})
    until = clock.vietnam(mark().expires_at).strftime("%d/%m/%Y")
    seen = text(cast.visitor.get(f"/don/{refused.token}"))
    assert f"đơn này đã gửi mà bạn không nhận: {WHY}" in seen
    assert f"Ghi chú tự xóa ngày {until}." in seen
    assert say(cast, refused, "Tôi đã đổi địa chỉ trước").status_code == 303
    seen = text(cast.ours.get(page(refused)))
    assert "Khách khiếu nại: Tôi đã đổi địa chỉ trước" in seen
    assert "Không nhận hàng (bom hàng): 1 lần" in seen
    fields = {"decision": "lift", "answer": "Xin lỗi bác"}
    cast.ours.post(f"{page(refused)}/khong-nhan/xet", fields)
    assert mark().lifted_at is not None
    seen = text(cast.visitor.get(f"/don/{refused.token}"))
    assert "Ghi chú này đã được gỡ và không còn tính." in seen
    assert "Người bán trả lời: Xin lỗi bác" in seen


def test_no_mark_is_made_without_a_reason(cast: Any, refused: Order) -> None:
    cast.ours.post(f"{page(refused)}/khong-nhan", {"reason": " "})
    assert mark() is None


def test_another_sellers_order_is_not_found(cast: Any, refused: Order) -> None:
    fields = {"reason": WHY, "decision": "lift", "answer": "gỡ nhé"}
    for path in ("khong-nhan", "khong-nhan/xet"):
        assert cast.theirs.post(f"{page(refused)}/{path}", fields).status_code == 404
    assert mark() is None


def test_an_unknown_link_appeals_against_nothing(cast: Any, refused: Order) -> None:
    token = app_fixtures.form_token(cast.visitor.get("/tai-khoan/dang-nhap").text)
    fields = {"csrf_token": token, "appeal": "không phải tôi"}
    assert cast.visitor.post("/don/no-such-order/khieu-nai", data=fields).status_code == 404


def test_an_appeal_against_no_mark_is_refused(cast: Any, refused: Order) -> None:
    assert say(cast, refused, "không phải tôi").status_code == 303
    assert "không còn khiếu nại được nữa" in text(cast.visitor.get(f"/don/{refused.token}"))
    assert buyers.mark_of(refused) is None
