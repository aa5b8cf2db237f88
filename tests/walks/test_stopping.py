"""Ctrl-C, and a second start on the same folder."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("stack")


def test_ctrl_c_stops_every_child_and_a_second_start_finds_everything(stack):
    children = stack.children()
    assert len(children) >= 5
    said = len(stack.lines)
    assert stack.stop() == 0
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert not [line for line in stack.lines[said:] if "Traceback" in line]
    sign_ins = stack.sign_ins()
    stack.lines.clear()
    stack.start()
    assert stack.sign_ins() == sign_ins
    assert stack.get("/api/v1/products")[1].count('"ref"') > 20
