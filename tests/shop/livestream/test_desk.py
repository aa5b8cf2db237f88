"""Comments are read in the platform's order and become claims."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from shop.accounts import access
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.inventory import reservations, stock
from shop.livestream import acts, claims, comments, desk, pins
from shop.livestream.models import (
    Broadcast,
    BroadcastState,
    Buyer,
    Claim,
    Comment,
    Pin,
)
from shop.livestream.understanding import reading
from shop.sellers.models import Seller
from tests import make, make_livestream


@pytest.fixture
def session(database: Any) -> Broadcast:
    """A session with A1 (10 hộp on hand) and NA (10 kg on hand)."""
    ours = make.seller()
    row = make_livestream.broadcast(ours)
    make_livestream.pin(row, "A1", make.variant(make.product(ours), on_hand=10))
    weighed = make.variant(make.product(ours, name="Na Võ Nhai"), unit="kg", pack="1 kg")
    make_livestream.pin(row, "03", weighed, label="Na", unit="kg", aliases=["na"])
    return row


def claimed(on: Broadcast) -> list[tuple[str, str, Decimal, str]]:
    rows = db.session.scalars(select(Claim).where(Claim.broadcast_id == on.id).order_by(Claim.id))
    return [(c.buyer.author_id, c.code, c.quantity, c.state) for c in rows]


def states(on: Broadcast) -> list[tuple[str, str | None]]:
    query = select(Comment.state, Comment.reason).where(Comment.broadcast_id == on.id)
    return [tuple(row) for row in db.session.execute(query.order_by(Comment.posted_at, Comment.id))]


def test_an_order_is_held_for_its_buyer(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("chốt 2 hộp A1"))
    assert claimed(session) == [("lan", "A1", Decimal(2), "held")]
    found = db.session.scalars(select(Claim)).one()
    assert reservations.live(f"claim:{found.ref}") == {found.variant_id: Decimal(2)}


def test_the_reading_is_kept_with_quantities_as_text_and_its_version(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("cho em 1.5kg na"))
    kept = db.session.scalars(select(Comment.reading)).one()
    assert kept is not None
    assert kept["kind"] == "order"
    assert kept["items"] == [
        {"code": "03", "quantity": "1.5", "unit": "kg", "variant": None, "op": None}
    ]
    assert kept["version"]


def test_the_one_who_spoke_first_is_served_first_whatever_came_in_first(
    session: Broadcast,
) -> None:
    late = make_livestream.said("A1 x8", at=1, author="an")
    early = make_livestream.said("A1 x8", at=0, author="binh")
    comments.ingest(session, [late])
    comments.ingest(session, [early])
    desk.serve(session, comments.unread(session, 1000))
    assert claimed(session) == [("binh", "A1", 8, "held"), ("an", "A1", 8, "waiting")]
    assert states(session) == [("claimed", None), ("claimed", "waiting")]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("A1 bao nhiêu tiền vậy shop", "question"),
        ("0900 000 012", "contact"),
        ("❤❤❤", "ignored"),
    ],
)
def test_what_is_no_order_never_makes_a_claim(session: Broadcast, text: str, state: str) -> None:
    make_livestream.hear(session, make_livestream.said(text))
    assert claimed(session) == []
    assert states(session) == [(state, None)]


@pytest.mark.parametrize(
    "text", ["K21", "lấy K21 2 hộp", "06 2 gói", "chốt mã 09", "K21 0900000012"]
)
def test_a_code_of_nobody_is_never_bent_to_another_but_shown_to_a_person(
    session: Broadcast, text: str
) -> None:
    make_livestream.hear(session, make_livestream.said(text))
    assert claimed(session) == []
    assert states(session) == [("review", "unknown_code")]


@pytest.mark.parametrize(
    "text", ["8h30 nha", "hẹn 08/11 nhé", "có mặt lúc 08 giờ", "+09 nhé", "hóng mã 03"]
)
def test_a_time_or_a_day_is_no_code(session: Broadcast, text: str) -> None:
    make_livestream.hear(session, make_livestream.said(text))
    assert states(session)[0][1] != "unknown_code"


def test_a_phone_is_kept_for_the_buyer_alone_or_beside_an_order(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("0900 000 012"))
    make_livestream.hear(session, make_livestream.said("A1 0900000013", author="an", at=1))
    assert make_livestream.buyer(session).phone == "+84900000012"
    assert make_livestream.buyer(session, "an").phone == "+84900000013"


def test_the_same_words_again_are_one_claim(session: Broadcast) -> None:
    said = [make_livestream.said("A1 x2", at=at) for at in range(3)]
    make_livestream.hear(session, *said)
    assert claimed(session) == [("lan", "A1", Decimal(2), "held")]


def test_a_new_quantity_changes_the_claim(session: Broadcast) -> None:
    make_livestream.hear(
        session, make_livestream.said("A1 x2"), make_livestream.said("A1 x5", at=1)
    )
    assert claimed(session) == [("lan", "A1", Decimal(5), "held")]


def test_more_adds_once_for_the_same_words(session: Broadcast) -> None:
    make_livestream.hear(
        session,
        make_livestream.said("A1 x2"),
        make_livestream.said("thêm 1 hộp A1", at=1),
        make_livestream.said("Thêm 1 hộp A1", at=2),
    )
    assert claimed(session) == [("lan", "A1", Decimal(3), "held")]
    assert states(session) == [("claimed", None), ("claimed", None), ("ignored", "repeated")]


def test_set_sets(session: Broadcast) -> None:
    make_livestream.hear(
        session, make_livestream.said("A1 x4"), make_livestream.said("lấy 1 hộp A1 thôi", at=1)
    )
    assert claimed(session) == [("lan", "A1", Decimal(1), "held")]


def test_cancel_of_a_code_gives_back_that_claim_only(session: Broadcast) -> None:
    make_livestream.hear(
        session, make_livestream.said("A1 x2, 2 kg na"), make_livestream.said("hủy A1", at=1)
    )
    assert claimed(session) == [("lan", "A1", 2, "cancelled"), ("lan", "03", 2, "held")]
    variant_id = next(pin.variant_id for pin in session.pins if pin.code == "A1")
    assert variant_id is not None
    assert stock.saleable([variant_id]) == {variant_id: Decimal(10)}


def test_cancel_without_a_code_gives_back_everything(session: Broadcast) -> None:
    make_livestream.hear(
        session, make_livestream.said("A1 x2, 2 kg na"), make_livestream.said("cho em hủy", at=1)
    )
    assert [c[3] for c in claimed(session)] == ["cancelled", "cancelled"]


def test_cancel_of_nothing_changes_nothing(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("hủy A1"))
    assert claimed(session) == []
    assert states(session) == [("ignored", "nothing_to_cancel")]


def test_after_a_cancel_one_may_claim_again(session: Broadcast) -> None:
    words = ["A1 x2", "hủy A1", "A1 x3"]
    make_livestream.hear(session, *[make_livestream.said(w, at=i) for i, w in enumerate(words)])
    assert claimed(session) == [("lan", "A1", 2, "cancelled"), ("lan", "A1", 3, "held")]


def test_what_lies_on_the_table_later_does_not_change_what_was_meant(session: Broadcast) -> None:
    for code, at in [("A1", 0), ("03", 10)]:
        instant = make_livestream.said("", at=at)["posted_at"]
        pins.focus(SYSTEM, session, code, at=instant)
    make_livestream.hear(
        session,
        make_livestream.said("+1", at=12, author="an"),
        make_livestream.said("+1", at=9),
        make_livestream.said("+1", at=-1, author="binh"),
    )
    assert claimed(session) == [("lan", "A1", 1, "held"), ("an", "03", 1, "held")]
    assert states(session)[0] == ("review", "no_code")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A1 3 kg", "unit"),
        ("lấy 1.5 hộp A1", "fraction"),
        ("B2", "no_variant"),
        ("B3 size M", "options"),
        ("A1 x5000", "quantity"),
    ],
)
def test_what_is_unclear_goes_to_a_person(session: Broadcast, text: str, reason: str) -> None:
    make_livestream.pin(session, "B2")
    sized = make.variant(make.product(name="Áo thổ cẩm"), unit="cái", pack="cái")
    make_livestream.pin(session, "B3", sized, unit="cái", variants=["S", "M"])
    make_livestream.hear(session, make_livestream.said(text))
    assert states(session) == [("review", reason)]
    assert [c for c in claimed(session) if c[3] == "held"] == []


def test_out_of_stock_waits_and_holds_nothing(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("A1 x11"))
    assert claimed(session) == [("lan", "A1", Decimal(11), "waiting")]
    assert states(session) == [("claimed", "waiting")]
    found = db.session.scalars(select(Claim)).one()
    assert reservations.live(claims.holder(found)) == {}


def test_a_change_that_cannot_be_held_leaves_what_was_held(session: Broadcast) -> None:
    make_livestream.hear(
        session, make_livestream.said("A1 x2"), make_livestream.said("A1 x11", at=1)
    )
    assert claimed(session) == [("lan", "A1", Decimal(2), "held")]
    assert states(session)[1] == ("review", "out_of_stock")


def test_one_clear_line_is_held_beside_an_unclear_one(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("A1 x2, 3 lạng na"))
    assert claimed(session) == [("lan", "A1", Decimal(2), "held")]
    assert states(session) == [("review", "unit")]


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        (["A1 x2", "A1 x5"], (5, "held")),
        (["A1 x2", "thêm 1 hộp A1"], (3, "held")),
        (["A1 x2", "A1 x4", "hủy A1", "A1 x1"], (1, "held")),
        (["thêm 1 hộp A1", "lấy 4 hộp A1 thôi"], (4, "held")),
    ],
)
def test_comments_that_come_in_one_by_one_in_reverse_mean_the_same(
    session: Broadcast, words: list[str], claim: tuple[int, str]
) -> None:
    for at, text in reversed(list(enumerate(words))):
        make_livestream.hear(session, make_livestream.said(text, at=at))
    live = [c[2:] for c in claimed(session) if c[3] != "cancelled"]
    assert live == [claim]


@pytest.mark.parametrize("cancel", ["hủy A1", "hủy đơn giúp em"])
def test_a_cancel_that_comes_before_its_order_still_counts(session: Broadcast, cancel: str) -> None:
    make_livestream.hear(session, make_livestream.said(cancel, at=20))
    make_livestream.hear(session, make_livestream.said("A1 x2", at=10))
    assert claimed(session) == []
    assert states(session) == [("ignored", "superseded"), ("ignored", "nothing_to_cancel")]
    make_livestream.hear(session, make_livestream.said("A1 x2", at=30))
    assert claimed(session) == [("lan", "A1", 2, "held")]


def test_a_part_given_back_before_its_order_comes_is_taken_off_once(session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("bỏ 1 hộp A1", at=20))
    make_livestream.hear(session, make_livestream.said("A1 x4", at=10))
    assert claimed(session) == [("lan", "A1", 3, "held")]
    assert states(session) == [("claimed", None), ("cancelled", None)]
    make_livestream.hear(session, make_livestream.said("thêm 1 hộp A1", at=5))
    assert claimed(session) == [("lan", "A1", 3, "held")]


def test_what_a_person_made_of_later_words_counts_not_what_was_read_in_them(
    session: Broadcast,
) -> None:
    make_livestream.hear(session, make_livestream.said("chốt 2 hộp", at=20))
    said = make_livestream.comment(session, "chốt 2 hộp")
    staff = access.of(make.member(db.session.get_one(Seller, session.seller_id)))
    acts.confirm(staff, said, [acts.Line("A1", Decimal(2))])
    make_livestream.hear(
        session, make_livestream.said("A1 x5", at=10), make_livestream.said("na 3kg", at=11)
    )
    assert claimed(session) == [("lan", "A1", 2, "held"), ("lan", "03", 3, "held")]


def test_goods_under_two_codes_are_given_back_by_either(session: Broadcast) -> None:
    (a1,) = [pin.variant for pin in session.pins if pin.code == "A1"]
    make_livestream.pin(session, "B2", a1)
    make_livestream.hear(session, make_livestream.said("A1 x2"))
    make_livestream.hear(session, make_livestream.said("B2 x3", at=1))
    make_livestream.hear(session, make_livestream.said("hủy B2", at=2))
    assert claimed(session) == [("lan", "B2", 3, "cancelled")]
    assert states(session)[-1] == ("cancelled", None)
    make_livestream.hear(session, make_livestream.said("B2 x1", at=3))
    make_livestream.hear(session, make_livestream.said("hủy A1", at=4))
    assert states(session)[-1] == ("cancelled", None)


def test_what_is_said_after_the_close_goes_to_a_person(session: Broadcast) -> None:
    session.closed_at = make_livestream.START
    make_livestream.hear(
        session, make_livestream.said("A1", at=-1), make_livestream.said("A1 x3", at=1)
    )
    assert claimed(session) == [("lan", "A1", Decimal(1), "held")]
    assert states(session) == [("claimed", None), ("review", "after_close")]


def read_as(monkeypatch: pytest.MonkeyPatch, confidence: int) -> None:
    """The reader is so sure of what it reads, whatever it reads."""
    read = reading.read
    monkeypatch.setattr(desk, "_read", lambda *said: replace(read(*said), confidence=confidence))


@pytest.mark.parametrize(
    ("confidence", "became", "claim"),
    [
        (70, ("claimed", None), [("lan", "A1", 2, "held")]),
        (69, ("review", "unsure"), []),
        (40, ("review", "unsure"), []),
        (39, ("ignored", "doubtful"), []),
    ],
)
def test_how_sure_the_reader_is_says_who_acts(
    session: Broadcast,
    monkeypatch: pytest.MonkeyPatch,
    confidence: int,
    became: tuple[str, str | None],
    claim: list[Any],
) -> None:
    session.claim_from, session.ask_from = 70, 40
    read_as(monkeypatch, confidence)
    make_livestream.hear(session, make_livestream.said("A1 x2"))
    assert (states(session), claimed(session)) == ([became], claim)


def test_a_cancel_that_is_not_sure_gives_nothing_back(
    session: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_livestream.hear(session, make_livestream.said("A1 x2"))
    session.claim_from, session.ask_from = 70, 40
    read_as(monkeypatch, 60)
    make_livestream.hear(session, make_livestream.said("hủy A1", at=1))
    assert states(session)[1] == ("review", "unsure")
    assert claimed(session) == [("lan", "A1", 2, "held")]


def test_by_itself_a_bare_plus_one_claims_what_is_on_the_table(session: Broadcast) -> None:
    pins.focus(SYSTEM, session, "A1", at=make_livestream.START)
    make_livestream.hear(session, make_livestream.said("+1", at=1))
    assert claimed(session) == [("lan", "A1", 1, "held")]


def test_a_rehearsal_holds_nothing_and_keeps_nobody(session: Broadcast) -> None:
    session.state = BroadcastState.REHEARSING
    make_livestream.hear(
        session, make_livestream.said("A1 x2 0912345678"), make_livestream.said("hủy", at=1)
    )
    assert states(session) == [("claimed", None), ("cancelled", None)]
    assert claimed(session) == []
    assert db.session.scalars(select(Buyer)).all() == []


def test_what_was_said_in_the_rehearsal_holds_nothing_when_it_is_read_on_the_air(
    session: Broadcast,
) -> None:
    session.state = BroadcastState.REHEARSING
    comments.ingest(session, [make_livestream.said("A1 x2")])
    session.state = BroadcastState.LIVE
    make_livestream.hear(session, make_livestream.said("A1 x3", at=5, author="an"))
    assert states(session) == [("claimed", None), ("claimed", None)]
    assert claimed(session) == [("an", "A1", 3, "held")]


def test_a_late_word_from_before_the_one_that_waits_does_not_replace_it(
    session: Broadcast,
) -> None:
    make_livestream.hear(session, make_livestream.said("A1 x11", at=5))
    make_livestream.hear(session, make_livestream.said("A1 x2", at=3))
    assert claimed(session) == [("lan", "A1", 11, "waiting")]
    assert states(session) == [("ignored", "superseded"), ("claimed", "waiting")]


def test_a_code_means_what_it_meant_when_it_was_said(session: Broadcast) -> None:
    change = make_livestream.said("", at=10)["posted_at"]
    (before,) = [p for p in session.pins if p.code == "A1"]
    other = make.variant(make.product(name="Miến dong"), on_hand=10)
    before.until_at = change
    db.session.flush()
    words: dict[str, Any] = {"label": "Miến", "unit": "hộp", "aliases": [], "variants": []}
    after = Pin(broadcast_id=session.id, code="A1", variant=other, from_at=change, **words)
    db.session.add(after)
    db.session.flush()
    make_livestream.hear(
        session, make_livestream.said("A1 x2", at=11), make_livestream.said("A1 x3", at=9)
    )
    found = db.session.scalars(select(Claim).order_by(Claim.id)).all()
    assert [(c.variant_id, c.quantity, c.pin_id) for c in found] == [
        (before.variant_id, 3, before.id),
        (other.id, 2, after.id),
    ]
