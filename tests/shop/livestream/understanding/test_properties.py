"""What holds for every comment, whatever it says."""

import json
import re
from decimal import Decimal
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from shop import text
from shop.livestream.understanding import reading, tokens

DEMO = json.loads(files("shop.livestream").joinpath("data/demo_comments.json").read_text("utf-8"))
PINS = tuple(
    reading.PinnedCode(c["code"], c["unit"], tuple(c["aliases"]), tuple(c.get("variants", ())))
    for c in DEMO["session"]["codes"]
)
SPOKEN = re.findall(
    r"\S+",
    "chốt lấy cho em thêm bỏ hủy không được đổi sang thành thôi nữa mấy bao nhiêu ship nếu "
    "rồi hôm qua A1 01 10 B2 M L na miến mật hộp quà K21 mã size 2 3 12 0 2,5 x2 +3 hai "
    "chục tá nửa rưỡi hộp gói kg ký k đ 185k ? , . ❤️ 0900000012 0900.000.034 số ngõ mỗi "
    "thứ shop ơi ạ nhé kìa ai 1/2 = - + : x à nhầm lộn ý là chứ phải trong còn bớt vẫn bịch giờ ",
)
SAID = st.lists(st.sampled_from(SPOKEN), max_size=12).map(" ".join)
ANYTHING = st.one_of(st.text(), SAID, st.lists(st.sampled_from(SPOKEN), max_size=6).map("".join))
FOCUS = st.sampled_from(["01", "B2", None, "of nobody"])
PHONES = st.from_regex(r"0[35789][0-9]{8}", fullmatch=True)


def meaning(found: reading.Reading) -> object:
    return found.kind, found.items, found.phone


@given(ANYTHING, FOCUS)
def test_any_comment_is_read_and_only_orders_and_cancels_have_lines(
    said: str, focus: str | None
) -> None:
    found = reading.read(said, PINS, focus)
    assert found.kind in {"order", "cancel"} or not found.items
    assert found.kind != "order" or found.items
    assert 0 <= found.confidence <= 100
    assert all(0 <= s.start < s.end <= len(text.nfc(said)) for s in found.spans)


@given(ANYTHING, FOCUS)
def test_a_line_has_a_pinned_code_or_that_of_the_table_and_a_sensible_quantity(
    said: str, focus: str | None
) -> None:
    known = {pin.code for pin in PINS} | {focus}
    for item in reading.read(said, PINS, focus).items:
        assert item.code in known
        assert item.quantity is None or item.quantity > 0
        assert (item.quantity is None) <= (item.op == "remove" or item.op is None)


@given(ANYTHING, FOCUS)
def test_one_code_and_variant_has_one_line(said: str, focus: str | None) -> None:
    found = reading.read(said, PINS, focus).items
    keys = [(i.code, i.variant, i.op == "remove") for i in found]
    assert len(keys) == len(set(keys))


@given(PHONES, st.sampled_from(["", "Lan ", "sđt ", "gọi em "]))
def test_the_digits_of_a_phone_are_nothing_else(number: str, name: str) -> None:
    for apart in (number, f"{number[:4]}.{number[4:7]}.{number[7:]}", " ".join(number)):
        found = reading.read(name + apart, PINS, "01")
        assert meaning(found) == ("phone", (), number)


@given(PHONES, st.integers(1, 50))
def test_a_phone_beside_an_order_changes_no_quantity(number: str, count: int) -> None:
    for said in (f"chốt {count} hộp 01 {number}", f"{number} chốt {count} hộp 01"):
        found = reading.read(said, PINS, "05")
        assert meaning(found) == ("order", (reading.Item("01", Decimal(count), "hộp"),), number)


@given(SAID, st.sampled_from(["❤️", "🥰🥰", " 🙏", "❤️❤️❤️", "👍🏻"]))
def test_hearts_change_nothing(said: str, heart: str) -> None:
    assert meaning(reading.read(said + heart, PINS, "01")) == meaning(
        reading.read(said, PINS, "01")
    )


@given(st.integers(1, 9999), st.sampled_from(["hộp", "gói", "kg", "chai"]))
def test_a_quantity_is_what_was_said(count: int, unit: str) -> None:
    for said in (f"lấy {count} {unit} 01", f"01 {count}{unit}", f"chốt 01 x{count}"):
        assert reading.read(said, PINS, "05").items[0].quantity == count


@given(st.integers(1, 999))
def test_what_it_costs_is_never_how_much(price: int) -> None:
    for said in (f"2 hộp 01 {price}k", f"2 hộp 01 {price} nghìn", f"2 hộp 01 {price}.000đ"):
        assert [i.quantity for i in reading.read(said, PINS, "05").items] == [2]


ASKED = st.sampled_from(
    ["{} bao nhiêu tiền", "{} còn không", "cho em hỏi {} giá sao", "nếu lấy {} thì giảm không"]
)


@given(ASKED, st.sampled_from(["2 hộp 01", "A1", "3kg na", "hai hộp quà", "01 x2", "5 gói"]))
def test_a_question_never_has_a_line(asked: str, goods: str) -> None:
    assert meaning(reading.read(asked.format(goods), PINS, "01")) == ("question", (), None)


# Words that mean the same with and without their accents.
PLAIN_WORDS = re.findall(
    r"\S+",
    "chốt lấy đặt hộp gói miến tôm nõn chè mật ong thêm hai bốn 01 A1 2 x3 giúp",
)
PLAIN = st.lists(st.sampled_from(PLAIN_WORDS), max_size=8).map(" ".join)


@given(PLAIN)
def test_accents_change_nothing_where_they_decide_nothing(said: str) -> None:
    assert meaning(reading.read(said, PINS, "01")) == meaning(
        reading.read(text.fold(said), PINS, "01")
    )


@given(st.text())
def test_a_folded_comment_keeps_the_place_of_every_letter(said: str) -> None:
    folded = tokens.fold(said, tokens.WORDS)
    assert len(folded.body) == len(folded.at)
    assert list(folded.at) == sorted(folded.at)
