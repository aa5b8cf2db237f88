"""A cooperative's own words: what they mean, and which are refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.livestream.understanding import own, reading
from shop.livestream.understanding.reading import Item, Own

PINS = (
    reading.PinnedCode("A1", "hộp", ("chè",)),
    reading.PinnedCode("05", "gói", ("miến", "vét")),
)
OURS = Own(order=("vác về", "triển"), cancel=("trả lại nha", "thui"))


def test_own_words_order_and_cancel() -> None:
    ordered = reading.read("vác về 2 hộp A1", PINS, "05", OURS)
    assert (ordered.kind, ordered.items) == ("order", (Item("A1", Decimal(2), "hộp"),))
    assert reading.read("trien 3", PINS, "05", OURS).items == (Item("05", Decimal(3), "gói"),)
    cancelled = reading.read("05 trả lại nha shop", PINS, "A1", OURS)
    assert (cancelled.kind, [i.code for i in cancelled.items]) == ("cancel", ["05"])


def test_without_them_they_mean_nothing() -> None:
    assert reading.read("triển 3", PINS, "05").kind == "noise"
    assert reading.read("05 trả lại nha shop", PINS, "A1").kind != "cancel"


def test_an_own_word_asked_about_is_still_a_question() -> None:
    assert reading.read("triển 2 hộp A1 bao nhiêu tiền", PINS, "05", OURS).kind == "question"


def test_the_name_of_goods_stays_their_name() -> None:
    found = reading.read("vét", PINS, "A1", Own(cancel=("vét",)))
    assert (found.kind, found.items) == ("order", (Item("05", Decimal(1), "gói"),))


def test_the_place_of_an_own_word_is_that_of_the_whole_phrase() -> None:
    said = "ok vác về A1"
    spans = [(s.what, said[s.start : s.end]) for s in reading.read(said, PINS, "05", OURS).spans]
    assert spans == [("verb", "vác về"), ("code", "A1")]


@pytest.mark.parametrize(
    ("kind", "phrase", "why"),
    [
        ("order", "2", "letters"),
        ("order", "A1", "letters"),
        ("order", "c", "letter"),
        ("order", "?", "letters"),
        ("order", "một", "counts"),
        ("order", "hộp", "counts"),
        ("order", "chục", "counts"),
        ("order", "không", "asks"),
        ("order", "còn không", "asks"),
        ("order", "giá", "asks"),
        ("order", "bao nhiêu", "asks"),
        ("order", "ib", "asks"),
        ("order", "k", "letter"),
        ("order", "shop ơi", "plain"),
        ("order", "em", "plain"),
        ("order", "mã", "plain"),
        ("order", "nghìn", "money"),
        ("order", "hôm qua", "said"),
        ("order", "hóng", "said"),
        ("order", "hủy", "other_side"),
        ("order", "bỏ", "other_side"),
        ("cancel", "chốt", "other_side"),
        ("cancel", "lấy", "other_side"),
        ("cancel", "thêm", "other_side"),
        ("order", "một hai ba bốn năm", "long"),
        ("order", "triển", None),
        ("order", "vác về", None),
        ("cancel", "trả lại nha", None),
        ("cancel", "quay xe", None),
    ],
)
def test_a_word_that_would_break_the_hard_line_is_refused(
    kind: str, phrase: str, why: str | None
) -> None:
    assert own.trouble(kind, phrase) == why


@given(st.sampled_from(["order", "cancel"]), st.text())
def test_any_text_is_judged(kind: str, phrase: str) -> None:
    own.trouble(kind, phrase)
