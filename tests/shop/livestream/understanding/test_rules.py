"""Harder comments, rule by rule, and what must never become an order."""

import json
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.livestream.models import Broadcast
from shop.livestream.understanding import reading

DEMO = json.loads(files("shop.livestream").joinpath("data/demo_comments.json").read_text("utf-8"))
PINS = tuple(
    reading.PinnedCode(c["code"], c["unit"], tuple(c["aliases"]), tuple(c.get("variants", ())))
    for c in DEMO["session"]["codes"]
)

AT_ONCE = Broadcast.__table__.c.claim_from.default.arg


def lines(said: str) -> str:
    """Return the reading as "kind: code quantity unit variant op; …", focus on 01."""
    found = reading.read(said, PINS, "01")
    shown = [
        " ".join(str(p) for p in (i.code, i.quantity, i.unit, i.variant, i.op) if p is not None)
        for i in found.items
    ]
    return f"{found.kind}: {'; '.join(shown)}".strip(": ")


ORDERS = [
    ("R0", "A1 x2", "order: A1 2 hộp"),
    ("R0", "CHỐT 2 HỘP 02", "order: 02 2 hộp"),
    ("R0", "chotA1", "order: A1 1 hộp"),
    ("R0", "chốta1x2", "order: A1 2 hộp"),
    ("R0", "a1chot", "order: A1 1 hộp"),
    ("R0", "A1!!!", "order: A1 1 hộp"),
    ("R0", "chốttt A1", "order: A1 1 hộp"),
    ("R0", "A1 ❤️ 2 hộp", "order: A1 2 hộp"),
    ("R1", "lấy 12", "order: 01 12 hộp"),
    ("R1", "10 x 2", "order: 10 2 túi"),
    ("R1", "ma 7 2 chai", "order: 07 2 chai"),
    ("R1", "a 1", "order: A1 1 hộp"),
    ("R1", "01, 05", "order: 01 1 hộp; 05 1 gói"),
    ("R2", "chot tom non", "order: 01 1 hộp"),
    ("R2", "lấy 2 mật ong", "order: 07 2 chai"),
    ("R2", "3 gói trà đinh nhé", "order: 02 3 gói"),
    ("R3", "A1 x 2", "order: A1 2 hộp"),
    ("R3", "2x A1", "order: A1 2 hộp"),
    ("R3", "A1 = 2", "order: A1 2 hộp"),
    ("R3", "A1: 2 hộp", "order: A1 2 hộp"),
    ("R3", "A1-2", "order: A1 2 hộp"),
    ("R3", "lấy một chục gói 05", "order: 05 10 gói"),
    ("R3", "hai hộp rưỡi 01", "order: 01 2.5 hộp"),
    ("R3", "2kg rưỡi na", "order: 03 2.5 kg"),
    ("R3", "kg rưỡi na", "order: 03 1.5 kg"),
    ("R3", "nửa cân na", "order: 03 0.5 kg"),
    ("R3", "1/2 kg na", "order: 03 0.5 kg"),
    ("R4", "lây 3 hop 01", "order: 01 3 hộp"),
    ("R4", "3 bịch nếp", "order: 10 3 túi"),
    ("R4", "chót 2 goi 05", "order: 05 2 gói"),
    ("R4", "chôt 2 kí na", "order: 03 2 kg"),
    ("R5", "3", "order: 01 3 hộp"),
    ("R5", "+3", "order: 01 3 hộp"),
    ("R5", "chốt, 2 hộp 02", "order: 02 2 hộp"),
    ("R6", "lấy 2 hộp 01 tầng 3 số nhà 12 ngõ 7", "order: 01 2 hộp"),
    ("R6", "chốt A1 đường 30/4 quận 10", "order: A1 1 hộp"),
    ("R6", "chốt A1 giao q7", "order: A1 1 hộp"),
    ("R7", "chốt 2 hộp 02 https://a.vn/x", "order: 02 2 hộp"),
    ("R8", "bỏ 01, lấy 2 hộp 02", "order: 01 remove; 02 2 hộp"),
    ("R9", "thêm 2 hộp 01", "order: 01 2 hộp add"),
    ("R10", "2 hộp 01 185k", "order: 01 2 hộp"),
    ("R12", "01 2 hộp, 01 3 hộp", "order: 01 5 hộp"),
    ("R12", "B2 M 1 cái, B2 L 2 cái", "order: B2 1 cái M; B2 2 cái L"),
    ("R12", "B2 size M x1 B2 size L x2", "order: B2 1 cái M; B2 2 cái L"),
    ("R3", "1,5 kg na", "order: 03 1.5 kg"),
    ("R3", "0,5 kg na", "order: 03 0.5 kg"),
    ("R3", "A1 x5000", "order: A1 5000 hộp"),
    ("R3", "chốt 5000 hộp", "order: 01 5000 hộp"),
    ("R8", "hủy giúp e 1 gói 05 lấy 2 gói 02", "order: 05 1 gói remove; 02 2 gói"),
    ("R9", "không lấy 01 nữa đổi 02", "order: 01 remove; 02 1 gói"),
    ("R9", "ko lay 01 nua doi 02", "order: 01 remove; 02 1 gói"),
    ("R13", "K21, chốt 2 hộp 01", "order: 01 2 hộp"),
]

NEVER = [
    "chưa chốt nhé",
    "mình không lấy đâu",
    "bạn kia chốt 2 hộp rồi kìa",
    "mua 3 tặng 1",
    "mua 2 hộp tặng 1 à",
    "mua 3 được tặng 1 hả shop",
    "2 hộp bao nhiêu tiền",
    "2 hộp 01 giá bao nhiêu",
    "nếu lấy 2 hộp thì sao",
    "hôm qua mua 2 hộp",
    "mua 2 hộp rồi",
    "đã chốt 2 hộp",
    "K21",
    "chốt K21",
    "lấy 2 K21",
    "mã 99 2 hộp",
    "lấy 0 hộp",
    "01 x0",
    "bò 2 con",
    "huỷ 2 hộp 01",
    "bỏ 01",
    "thôi không mua nữa",
    "đừng gửi 2 hộp nữa",
    "tầng 3",
    "xóm 5",
    "số nhà 12",
    "ngõ 7",
    "thôn 3",
    "đường 30/4",
    "quận 10",
    "0900000012 số nhà 10 ngõ 5",
    "Lan 0900000012 quận 10",
    "vay tiền 50 triệu",
    "https://a.vn/01",
    "có 2 hộp không",
    "còn 01 không",
    "01 còn không ạ",
    "A1 giá sao",
    "size M còn ko",
    "mấy kg 1 túi",
    "123456789",
    "012345678901",
    "hóng 01",
    "chị ấy lấy 2 hộp",
    "185k",
    "1.500.000 đ",
    "lấy 2 hộp được giảm không",
    "bao giờ có 02",
    "ib em 01",
    "chào shop, 5 giờ live à",
    "em 20 tuổi",
    "01 hết chưa",
    "tầng 3 toà A1 chung cư",
    "nhà e ở số 10 ngõ 5",
    "đừng bỏ đơn em nhé",
]


@pytest.mark.parametrize(("rule", "said", "expected"), ORDERS)
def test_a_harder_order_reads_by_its_rule(rule: str, said: str, expected: str) -> None:
    assert lines(said) == expected, rule


@pytest.mark.parametrize("said", NEVER)
def test_what_only_looks_like_an_order_is_none(said: str) -> None:
    assert reading.read(said, PINS, "01").kind != "order"


WORDS = st.lists(
    st.sampled_from(["chốt", "A1", "2", "hộp", "bỏ", "không", "?", "01", "na", "kg", ",", "rồi"])
).map(" ".join)


@given(st.one_of(st.text(), WORDS))
def test_composed_and_decomposed_accents_read_alike(said: str) -> None:
    apart = unicodedata.normalize("NFD", said)
    assert reading.read(said, PINS, "01") == reading.read(apart, PINS, "01")


@given(WORDS)
def test_case_and_spaces_do_not_matter(said: str) -> None:
    plain = reading.read(said, PINS, "01")
    other = reading.read(f"  {said.upper().replace(' ', '   ')} ", PINS, "01")
    assert (plain.kind, plain.items) == (other.kind, other.items)


def test_spans_point_into_the_comment() -> None:
    said = "❤️ Chốt  2 hộp A1 0900 000 012"
    spans = [(s.what, said[s.start : s.end]) for s in reading.read(said, PINS, "01").spans]
    assert spans == [
        ("verb", "Chốt"),
        ("quantity", "2"),
        ("unit", "hộp"),
        ("code", "A1"),
        ("phone", "0900 000 012"),
    ]


CONFIDENCE = [
    ("chốt 2 hộp A1", 95),
    ("A1 2 hộp", 90),
    ("chốt 2 hộp", 85),
    ("+2", 75),
    ("chốt", 75),
    ("chốt A1", 90),
    ("A1", 80),
    ("2 hộp 01 ngon rẻ đẹp quá trời luôn á", 55),
    ("chốt 2 hộp, K21", 55),
    ("lấy 200 hộp 01", 45),
    ("thêm 2 hộp 01", 90),
    ("2 hũ cho em 1 hũ cho bạn", 40),
]


@pytest.mark.parametrize(("said", "percent"), CONFIDENCE)
def test_what_was_said_is_surer_than_what_was_supposed(said: str, percent: int) -> None:
    assert reading.read(said, PINS, "01").confidence == percent


@pytest.mark.parametrize(
    ("said", "at_once"),
    [
        ("em không mua nữa", True),
        ("thôi em không mua mật ong nữa", True),
        ("em không mua đâu, vào xem cho vui thôi", False),
        ("lấy em đi rồi anh khỏi mua mật, em ngọt hơn", False),
    ],
)
def test_who_only_declines_takes_nothing_back_by_itself(said: str, at_once: bool) -> None:
    """They may never have bought; what they have claimed is no remark's to release."""
    found = reading.read(said, PINS, "01")
    assert found.kind == "cancel"
    assert (found.confidence >= AT_ONCE) == at_once


CORRECTIONS = [
    # Who haggles calls itself "con"; it is not "còn".
    ("mật bớt con xíu đi cô", "noise", 0),
    ("mật ong bớt con 10k nha cô", "noise", 0),
    ("A1 đổi con nha", "noise", 0),
    ("bỏ bớt miến giùm con nha cô", "cancel: 05", 85),
    ("bỏ bớt cho con 1 gói miến", "cancel: 05 1 gói", 85),
    # What there is, not what is wanted.
    ("na chính vụ còn 2 kg", "noise", 0),
    ("na bớt còn 2 kg thôi kìa", "noise", 0),
    # A buyer who points at the words before.
    ("A1 2 hộp thôi kìa", "order: A1 2 hộp set", 77),
    ("A1 x2 rồi kìa", "order: A1 2 hộp", 82),
    # Half of a correction is not claimed alone.
    ("sửa 01 còn 1 hộp, miến còn 2 gói", "order: 01 1 hộp set", 40),
    # Declined beside a cancel is a cancel, beside a wish it is asked about.
    ("em không mua miến nha, hủy giúp em", "cancel: 05", 85),
    ("em hủy, không mua đâu", "cancel", 85),
    ("không mua A1, lấy 05 1 gói", "order: A1 remove; 05 1 gói", 40),
]


@pytest.mark.parametrize(("said", "expected", "percent"), CORRECTIONS)
def test_a_correction_is_told_from_haggling_and_remarks(
    said: str, expected: str, percent: int
) -> None:
    assert lines(said) == expected
    if percent:
        assert reading.read(said, PINS, "01").confidence == percent


# (comment, reading, whether it counts without a person)
EVERYDAY = [
    ("lấy 01, số lượng 3 hộp", "order: 01 3 hộp", True),
    ("chè tôm nõn, sl 2", "order: 01 2 hộp", True),
    ("01 2h", "order: 01 1 hộp", False),  # two boxes, or two o'clock
    ("cho em 1 chị ơi", "order: 01 1 hộp", True),
    ("cho em 1 anh bán hàng dễ thương", "order: 01 1 hộp", False),
    ("lấy 100 tấn na", "order: 03 100 tấn", False),
    ("để hỏi mẹ đã, mẹ ưng thì lấy 2 hộp", "question", False),
    ("Chốt! Chốt cửa đi ngủ thôi 11h rồi", "order: 01 1 hộp", False),
    ("miến 1 gói 30k, hồi tết 40k lận", "order: 05 1 gói", False),
    ("1 hộp cho vợ, hộp còn lại cất tủ", "order: 01 1 hộp", False),
    ("giao na dập mất 6 quả", "noise", False),
    ("số cũ 0900000645 em bỏ rồi", "phone", True),
    # What was written by mistake, or what is right instead.
    ("nãy em ghi nhầm, 2 hộp 01 chứ không phải 12 hộp", "order: 01 2 hộp set", True),
    ("nãy em ghi nhầm, 2 hộp 01", "cancel: 01 2 hộp", False),
    ("hủy 1 trong 2 chai mật", "cancel: 07 1 chai", True),
    ("bớt 1 hộp đi c", "cancel: 01 1 hộp", False),
    ("bớt 1 hộp được không shop", "question", False),
    ("01 đổi từ 2 hộp thành 4 hộp giúp e", "order: 01 4 hộp set", True),
    ("đổi 2 thành 3 nha c", "order: 01 3 hộp set", True),
    ("hủy mã 5, mã 7, còn mã 1 vẫn lấy", "cancel: 05; 07", True),
    # What is packed or sent how, beside an order, cancels nothing.
    ("3 chai mật bỏ thùng xốp giúp c", "order: 07 3 chai", False),
    ("lấy 2 gói 02 đừng gửi loại vụn", "order: 02 2 gói", True),
    ("lấy hai chục gói miến bỏ mối nha", "order: 05 20 gói", True),
    ("ma so 01 sl 02", "order: 01 2 hộp", True),
    ("nua chuc goi mien", "order: 05 5.0 gói", True),
    ("lấy thêm cặp nữa", "order: 01 2 hộp add", True),
    ("01x2 Hà 25/4 tổ 3 Gia Sàng", "order: 01 2 hộp", True),
    ("B2M", "order: B2 1 cái M", True),
    ("B2 S,M mỗi size 1", "order: B2 1 cái S; B2 1 cái M", True),
    ("áo lấy đủ 3 size, mỗi size 1 cái", "order: B2 1 cái", False),
    ("lấy 2 áo, 1 M 1 XL", "order: B2 1 cái M; B2 1 cái XL", True),
    ("chốt mã 03; 2kg", "order: 03 2 kg", True),
    ("lấy 1kg na.. ý là 1 chai mật á", "order: 07 1 chai", False),
    ("mã 5 sl 2, ghi lộn, mã 7 sl 2", "order: 07 2 chai", False),
    ("2 chai mật à nhầm 3 chai", "order: 07 3 chai", True),
    ("hôm qua lấy 2 gói 05 r giờ lấy thêm 3 gói nữa", "order: 01 3 gói add", False),
    ("hủy đơn nay: 2 gói 05, 1 chai mật", "cancel: 05 2 gói; 07 1 chai", True),
    ("đừng gửi 05 nữa nha nhà còn 2 gói", "cancel: 05", True),
    ("05 là miến dong hay miến gạo dị", "question", False),
    ("em 1m58 52kg lấy áo size M nha", "order: B2 1 cái M", True),
    ("ck mà biết em chốt 5 áo", "order: B2 5 cái", False),
    # Questions by their words, and what only looks like one.
    ("miến này mặn hay lạt dạ", "question", False),
    ("mật này là mật rừng hay mật nuôi thế ạ", "question", False),
    ("live này hay quá chị ơi", "noise", False),
    ("cho xin giá mã 15", "question", False),
    ("giá mà có tiền thì quất 10 hộp luôn", "noise", False),
    ("nếu cuối tháng có lương em sẽ lấy 2 chai mật", "noise", False),
    ("nếu lấy 5 hộp thì giá sao", "question", False),
    ("chị kia hốt 10 hộp luôn, đại gia ghê", "noise", False),
    ("05 năm gói nhé shop", "order: 05 5 gói", True),
    ("e có hủy đâu", "noise", False),
    ("có hủy đơn được không ạ", "question", False),
    ("hủy đơn giúp em được không", "cancel", True),
    ("chốt A1 có quà tặng kèm ko shop", "order: A1 1 hộp", False),
    ("hốt tá luôn", "order: 01 12 hộp", True),
    ("con 2 hop 01 k shop", "question", False),
    ("Miến, xóm 2 Hóa Thượng, 0900000417", "order: 05 1 gói", False),
    ("tôm nõn 0900000417", "order: 01 1 hộp", True),
    ("05 0208 3000 106", "order: 05 1 gói", True),
    # What a reviewer of these rules found.
    ("03: 1/2 kg", "order: 03 0.5 kg", True),
    ("01 nha ta", "order: 01 1 hộp", True),
    ("shop gửi em chai mật bị vỡ", "order: 07 1 chai", False),
    ("lấy cái A1", "order: A1 1 hộp", True),
    ("không lấy thùng mật nữa", "cancel: 07", True),
    ("số em 0900000012 bỏ 01 giúp em", "cancel: 01", True),
    ("đổi 5 sang 7 giúp em", "noise", False),
    ("2 hộp quà à nhầm 3 hộp", "order: A1 3 hộp", True),
    ("2 hộp 01, à lộn, 3 hộp", "order: 01 3 hộp", False),
    ("thêm 05, 2 gói", "order: 05 2 gói add", True),
    ("chốt áo size M, 2 cái", "order: B2 2 cái M", True),
    ("thêm miến vào lẩu là tuyệt", "noise", False),
    ("chứ không phải em đặt rồi à", "question", False),
    ("lấy 2 chai mật nha, chứ không phải 3 chai", "order: 07 2 chai", True),
    ("hủy 1 hộp 01 còn 2 hộp nha", "cancel: 01 1 hộp", True),
    ("em không cần gọi nữa nha shop", "noise", False),
    ("lấy 2 hộp 01, không cần gói quà nha", "order: 01 2 hộp", True),
    ("hủy 05, vẫn lấy 2 hộp 01", "order: 05 remove; 01 2 hộp", False),
    ("lấy 2 kg na, lớn nha shop", "order: 03 2 kg", True),
    ("lấy 2 hộp 01, ý là em trả tiền mặt nha", "order: 01 2 hộp", False),
    ("chốt 2 hộp 01 giao Mộc Châu", "order: 01 2 hộp", True),
    ("giá như thế nào ạ", "question", False),
    ("bỏ thùng 01 giúp em", "cancel: 01", True),
    ("đừng gửi loại 05 nữa nha", "cancel: 05", True),
    ("mấy giờ chốt 01", "question", False),
    ("lấy 2 lọ để biếu", "order: 01 2 lọ", True),
    ("thôi em lấy 1 hộp thôi", "order: 01 1 hộp set", True),
    ("thôi đổi 01 sang 05", "order: 01 remove; 05 1 gói", True),
    ("thôi 1 hộp thôi shop", "cancel: 01 1 hộp", False),
    # What a second reviewer found: remarks and wishes that took everything back.
    ("hủy bớt 1 hộp", "cancel: 01 1 hộp", False),
    ("hủy giúp em 1 hộp, giữ lại 2 hộp", "cancel: 01 1 hộp", False),
    ("bỏ tủ lạnh được 3 tháng", "cancel", False),
    ("đừng giao chủ nhật", "cancel", False),
    ("đừng gửi na chín quá", "cancel: 03", False),
    ("khỏi gửi hóa đơn", "cancel", False),
    ("shop hủy đơn em rồi", "cancel", False),
    ("hủy số cũ, số mới 0912345678", "cancel", False),
    ("lấy 01 không lấy 02", "cancel: 01; 02", False),
    ("giữ 2 hộp 01 bỏ 02", "cancel: 02", True),
    ("để lại 01 hủy 02", "cancel: 02", True),
    ("giữ dùm em 2 hộp 01 bỏ thùng xốp nha", "order: 01 2 hộp", False),
    ("em lấy sau nhé", "noise", False),
    ("lấy 01 sau nhé shop", "noise", False),
    ("lấy 2 hộp 01 sau", "noise", False),
    ("lấy 2 hộp 01 ck sau nhé", "order: 01 2 hộp", True),
    ("chốt nha shop ơi sdt 0900.000.204 Ngọc 45 Lê Lợi", "order: 01 1 hộp", True),
    ("chốt nha 0900000204 mai em lấy", "phone", False),
    ("hotline 0900000204 gọi đặt hàng nha", "phone", False),
    ("02 1 gói cho má, 02 2 gói cho sui gia", "order: 02 3 gói", True),
    ("chị Hà ơi 2 hộp 01 120k đó chị, shop mới nói", "order: 01 2 hộp", False),
    ("mỗi thứ 2 nha", "order: 1", False),
    ("lấy cả 3 mã", "order: 1", False),
    ("như cũ 2 hộp nha", "order: 1", False),
    ("01 02 mỗi thứ 2", "order: 01 2 hộp; 02 2 gói", True),
    ("hàng về đủ 3 loại rồi", "noise", False),
    ("em lấy sáu nhé", "order: 01 6 hộp", True),
    ("em lấy nhầm 02, lấy 01", "cancel: 02; 01", False),
    ("01 185 nhé", "order: 01 185 hộp", False),
    ("áo đẹp", "noise", False),
    ("lấy size M", "order: 01 1 hộp", False),
    ("cho em 2 hộp 01, đừng giao chủ nhật", "order: 01 2 hộp", False),
    ("em tên Na, 0912345678", "order: 03 1 kg", False),
    ("hủy hết", "cancel", True),
    ("áo size M không ạ? chốt", "order: B2 1 cái M", True),
    ("chốt 05, x2", "order: 05 2 gói", True),
    ("chốt 05, 2 hộp", "order: 05 1 gói; 01 2 hộp", True),  # 01 lies on the table, sold by the box
    ("01 2 hộp à nhầm 3 hộp nha", "order: 01 3 hộp", True),
    ("lấy 3 thôi ko lấy 5 nữa", "order: 01 3 hộp set", True),
    ("thêm chai mật nữa nha", "order: 07 1 chai add", True),
    ("hủy hoại ví tiền quá đi", "noise", False),
    ("thôi ăn cỏ cho rồi", "cancel", False),
    ("2 lạng rưỡi chè đinh nhiêu xèng dị", "question", False),
    ("miến 3 bịch", "order: 05 3 bịch", True),
    ("order e 2 cái b2 - size xl - 0900000135 - ck 1 nửa r nhé", "order: B2 2 cái XL", True),
    ("lấy 3 áo, 1 M 1 XL", "order: B2 3 cái; B2 1 cái M; B2 1 cái XL", True),
    ("nãy ghi nhầm, hủy 05", "cancel: 05", True),
    ("em không cần miến nữa", "cancel: 05", True),
    ("không cần bill đâu", "noise", False),
    ("xóa 05 khỏi đơn giúp em", "cancel: 05", True),
    ("gỡ miến khỏi giỏ", "cancel: 05", True),
    ("hạ miến còn 2 gói", "order: 05 2 gói set", True),
    ("giảm giá còn 2 hộp 150k", "question", False),
    ("bán cho tau 2 hộp 01", "order: 01 2 hộp", True),
    ("cho em 1 áo size M 1 áo size L", "order: B2 1 cái M; B2 1 cái L", True),
]


@pytest.mark.parametrize(("said", "expected", "at_once"), EVERYDAY)
def test_a_remark_or_a_correction_of_everyday_speech(
    said: str, expected: str, at_once: bool
) -> None:
    assert lines(said) == expected
    if not expected.startswith(("noise", "question", "phone")):
        assert (reading.read(said, PINS, "01").confidence >= AT_ONCE) == at_once


def test_two_variants_of_what_lies_on_the_table_are_two_lines() -> None:
    found = reading.read("cho mình 1 size M 1 size L", PINS, "B2")
    assert [(i.code, i.quantity, i.variant) for i in found.items] == [
        ("B2", 1, "M"),
        ("B2", 1, "L"),
    ]


@pytest.mark.parametrize("said", ["chốt 2 hộp", "+1", "chốt"])
def test_a_line_for_nothing_on_the_table_always_asks_a_person(said: str) -> None:
    assert reading.read(said, PINS, None).confidence == 45


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("chốt 2 hộp 01 ship về Hội An nha shop", "Hội An"),
        ("A1 2 hộp, Hạnh, xóm 3 La Hiên, Võ Nhai, 0900000123", "xóm 3 La Hiên, Võ Nhai"),
        ("A1 xóm 3 La Hiên, lấy thêm 2 gói 05", "xóm 3 La Hiên"),
        ("Lan - 0900000123 - q1 hcm - A1 2 hộp", "q1 hcm"),
        ("giao lúc 5h chiều nha A1", ""),
        ("em 1m58 52kg lấy áo size M nha", ""),
    ],
)
def test_where_it_goes_is_a_hint_to_be_seen(said: str, place: str) -> None:
    spans = reading.read(said, PINS, "01").spans
    assert [said[s.start : s.end] for s in spans if s.what == "address"] == [place][: bool(place)]
