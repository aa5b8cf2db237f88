"""Comments are read by the convention."""

import json
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.livestream.models import Broadcast
from shop.livestream.understanding import reading

FILES = [files("shop.livestream").joinpath("data/demo_comments.json")]
FILES += sorted(Path(__file__).parent.glob("comments_*.json"))
ANNOTATED = [json.loads(file.read_text("utf-8")) for file in FILES]


def pins(annotated: dict[str, Any]) -> tuple[reading.PinnedCode, ...]:
    return tuple(
        reading.PinnedCode(c["code"], c["unit"], tuple(c["aliases"]), tuple(c.get("variants", ())))
        for c in annotated["session"]["codes"]
    )


AT_ONCE = Broadcast.__table__.c.claim_from.default.arg
PINS = pins(ANNOTATED[0])
# Clear orders that a person is asked about, for a word of theirs is not understood.
DOUBTFUL = frozenset(json.loads(Path(__file__).with_name("doubtful.json").read_text("utf-8")))
# Read otherwise than a person would: remarks put as questions go to the answer list, and what looks
# like an order to "cần xác nhận". An entry that comes right leaves the list.
MISREAD = frozenset(json.loads(Path(__file__).with_name("misread.json").read_text("utf-8")))
CASES = [(pins(file), comment) for file in ANNOTATED for comment in file["comments"]]


@pytest.mark.parametrize(
    ("pinned", "comment"),
    CASES,
    ids=lambda c: str(c.get("text", "")) if isinstance(c, dict) else "",
)
def test_an_annotated_comment_reads_as_expected(
    pinned: tuple[reading.PinnedCode, ...], comment: dict[str, Any]
) -> None:
    found = reading.read(comment["text"], pinned, comment["focus"])
    expect = comment["expect"]
    wanted = [
        (
            i["code"],
            None if i["qty"] is None else Decimal(str(i["qty"])),
            i["unit"],
            i.get("variant"),
            i.get("op"),
        )
        for i in expect["items"]
    ]
    got = [(i.code, i.quantity, i.unit, i.variant, i.op) for i in found.items]
    right = (found.kind, got, found.phone) == (expect["kind"], wanted, expect["phone"])
    assert right == (comment["text"] not in MISREAD), (found.kind, got, found.phone)


def test_no_question_cancel_phone_or_noise_becomes_a_line_by_itself() -> None:
    taken = [
        comment["text"]
        for pinned, comment in CASES
        if comment["expect"]["kind"] != "order"
        and (found := reading.read(comment["text"], pinned, comment["focus"])).kind == "order"
        and found.confidence >= AT_ONCE
    ]
    assert taken == []


def test_nothing_is_taken_back_by_itself_that_nobody_cancelled() -> None:
    taken = [
        comment["text"]
        for pinned, comment in CASES
        if comment["expect"]["kind"] != "cancel"
        and (found := reading.read(comment["text"], pinned, comment["focus"])).kind == "cancel"
        and found.confidence >= AT_ONCE
    ]
    assert taken == []


def test_few_clear_cancels_wait_for_a_person() -> None:
    clear = [case for case in CASES if case[1]["expect"]["kind"] == "cancel"]
    asked = [
        comment["text"]
        for pinned, comment in clear
        if reading.read(comment["text"], pinned, comment["focus"]).confidence < AT_ONCE
    ]
    assert len(asked) < 0.1 * len(clear), asked


def test_few_clear_orders_wait_for_a_person() -> None:
    clear = [
        (pinned, comment)
        for pinned, comment in CASES
        if comment["expect"]["kind"] == "order" and comment["focus"]
    ]
    asked = {
        comment["text"]
        for pinned, comment in clear
        if comment["text"] not in MISREAD
        and reading.read(comment["text"], pinned, comment["focus"]).confidence < 70
    }
    assert asked == DOUBTFUL
    assert len(asked) < 0.1 * len(clear)


@given(st.text())
def test_any_text_can_be_read_and_only_orders_and_cancels_have_lines(text: str) -> None:
    found = reading.read(text, PINS, "01")
    assert found.kind in {"order", "cancel"} or not found.items
