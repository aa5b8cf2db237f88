"""A seller's own words: kept, refused, and used when comments are read."""

from typing import Any

import pytest
from sqlalchemy import func, select

from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.livestream import words
from shop.livestream.desk_models import Word
from shop.livestream.models import Claim, Comment
from tests import make, make_livestream

HOME = "/ban-hang/livestream/tu-rieng"


def kept() -> list[tuple[int, str, str]]:
    db.session.expire_all()
    query = select(Word.seller_id, Word.kind, Word.phrase).order_by(Word.id)
    return [tuple(row) for row in db.session.execute(query)]


def fields(cast: Any, **more: str) -> dict[str, str]:
    return {"seller": cast.ours.seller.ref, "kind": "order", "phrase": "  Vác   VỀ "} | more


def test_a_word_is_added_in_small_letters_and_noted(cast: Any) -> None:
    assert cast.ours.post(HOME, fields(cast)).status_code == 303
    assert kept() == [(cast.ours.seller.id, "order", "vác về")]
    query = select(func.count()).where(AuditEntry.action == "livestream.word")
    assert db.session.scalar(query) == 1
    page = cast.ours.get(HOME).text
    assert "vác về" in page


def test_the_same_word_twice_is_refused(cast: Any) -> None:
    cast.ours.post(HOME, fields(cast))
    again = cast.ours.post(HOME, fields(cast, kind="cancel"))
    assert "Đã có từ “vác về”." in again.text
    assert kept() == [(cast.ours.seller.id, "order", "vác về")]


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("A1", "Chỉ dùng chữ, không dùng số hay dấu."),
        ("không", "câu hỏi không bao giờ thành đơn"),
        ("hộp", "máy cần nó để đọc số lượng"),
        ("hủy", "Máy đã hiểu tiếng này theo nghĩa khác."),
    ],
)
def test_a_word_that_would_break_the_hard_line_is_refused(
    cast: Any, phrase: str, said: str
) -> None:
    answer = cast.ours.post(HOME, fields(cast, phrase=phrase))
    assert said in answer.text
    assert kept() == []


def test_a_word_for_another_seller_is_not_found(cast: Any) -> None:
    assert cast.ours.post(HOME, fields(cast, seller=cast.theirs.seller.ref)).status_code == 404
    assert kept() == []


def test_only_its_own_seller_takes_a_word_away(cast: Any) -> None:
    word = words.add(SYSTEM, cast.ours.seller, "cancel", "quay xe")
    db.session.commit()
    assert cast.theirs.post(f"{HOME}/{word.ref}/bo").status_code == 404
    assert "quay xe" not in cast.theirs.get(HOME).text
    assert len(kept()) == 1
    assert cast.ours.post(f"{HOME}/{word.ref}/bo").status_code == 303
    assert kept() == []


def test_a_comment_in_own_words_is_held(database: Any) -> None:
    ours, theirs = make.seller(), make.seller()
    words.add(SYSTEM, ours, "order", "vác về")
    words.add(SYSTEM, ours, "cancel", "quay xe")
    for owner in (ours, theirs):
        session = make_livestream.broadcast(owner)
        make_livestream.pin(session, "A1", make.variant(make.product(owner), on_hand=10))
        make_livestream.hear(session, make_livestream.said("A1 vác về nha shop"))
    rows = db.session.execute(select(Claim.seller_id, Claim.code, Claim.quantity)).all()
    assert [tuple(row) for row in rows] == [(ours.id, "A1", 1)]


def test_an_own_word_cancels(database: Any) -> None:
    ours = make.seller()
    words.add(SYSTEM, ours, "cancel", "quay xe")
    session = make_livestream.broadcast(ours)
    make_livestream.pin(session, "A1", make.variant(make.product(ours), on_hand=10))
    make_livestream.hear(
        session, make_livestream.said("A1 x2"), make_livestream.said("em quay xe nha", at=1)
    )
    states = db.session.scalars(select(Comment.state).order_by(Comment.posted_at)).all()
    assert states == ["claimed", "cancelled"]
    assert db.session.scalars(select(Claim.state)).all() == ["cancelled"]
