"""Comments are read by the convention."""

import json
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.livestream.understanding import reading

FILES = [files("shop.livestream").joinpath("data/demo_comments.json")]
FILES += sorted(Path(__file__).parent.glob("comments_*.json"))
ANNOTATED = [json.loads(file.read_text("utf-8")) for file in FILES]


def pins(annotated: dict[str, Any]) -> tuple[reading.PinnedCode, ...]:
    return tuple(
        reading.PinnedCode(c["code"], c["unit"], tuple(c["aliases"]), tuple(c.get("variants", ())))
        for c in annotated["session"]["codes"]
    )


PINS = pins(ANNOTATED[0])
DOUBTFUL = [
    "2 hộp chè",
    "200",
    "500g khô",
    "3kg sàu riêg",
    "100 trứng muối",
    "Bánh Pía – 2 hộp – Lan – 0907123456 – 12 Trần Phú",
    "thử 1 hộp B5 coi sao",
]
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
    assert (found.kind, got, found.phone) == (expect["kind"], wanted, expect["phone"])


def test_few_clear_orders_wait_for_a_person() -> None:
    asked = [
        comment["text"]
        for pinned, comment in CASES
        if comment["expect"]["kind"] == "order"
        and comment["focus"]
        and reading.read(comment["text"], pinned, comment["focus"]).confidence < 70
    ]
    assert asked == DOUBTFUL


@given(st.text())
def test_any_text_can_be_read_and_only_orders_and_cancels_have_lines(text: str) -> None:
    found = reading.read(text, PINS, "01")
    assert found.kind in {"order", "cancel"} or not found.items
