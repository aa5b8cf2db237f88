"""Comments are read by the convention."""

import json
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.livestream.understanding import reading

DEMO = json.loads(files("shop.livestream").joinpath("data/demo_comments.json").read_text("utf-8"))
PINS = tuple(
    reading.PinnedCode(c["code"], c["unit"], tuple(c["aliases"]), tuple(c.get("variants", ())))
    for c in DEMO["session"]["codes"]
)


@pytest.mark.parametrize("comment", DEMO["comments"], ids=lambda c: str(c["n"]))
def test_an_annotated_comment_reads_as_expected(comment: dict[str, Any]) -> None:
    found = reading.read(comment["text"], PINS, comment["focus"])
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


@given(st.text())
def test_any_text_can_be_read_and_only_orders_and_cancels_have_lines(text: str) -> None:
    found = reading.read(text, PINS, "01")
    assert found.kind in {"order", "cancel"} or not found.items
