"""Things that have one home in the code."""

import ast
import re

import pytest

from shop.accounts.views import ACTION_NAMES
from shop.settings import ROOT

SOURCES = sorted(
    path
    for package in ("shop", "traceability", "workers")
    for path in (ROOT / package).rglob("*.py")
)


@pytest.mark.parametrize(
    ("words", "home"),
    [
        ("session.commit(", "shop/database.py"),
        ("datetime.now(", "shop/clock.py"),
        ("boto3", "shop/storage.py"),
        ("backref=", None),
        ("datetime.utcnow(", None),
        ("float(price", None),
    ],
)
def test_has_one_home(words, home):
    # A sandbox is another party's program: it has its own clock.
    found = [p for p in SOURCES if "sandbox" not in p.parts and words in p.read_text()]
    assert found == ([ROOT / home] if home else [])


def test_the_environment_is_read_in_one_place():
    readers = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if "os.environ" in path.read_text() or "getenv(" in path.read_text()
    ]
    # The supervisor and the benchmarks hand their own environment on to their children.
    assert readers == [
        "shop/app.py",
        "shop/bench/serving.py",
        "shop/bench/sync.py",
        "shop/settings.py",
        "shop/supervisor.py",
    ]


def test_no_module_is_called_utils_or_helpers():
    assert [p for p in SOURCES if p.stem in {"utils", "helpers", "misc", "common"}] == []


def test_a_rooms_init_is_only_its_docstring():
    for path in SOURCES:
        if path.name == "__init__.py":
            body = ast.parse(path.read_text()).body
            assert len(body) == 1, path
            assert ast.get_docstring(ast.parse(path.read_text())), path


def test_views_do_not_query_rows_behind_the_scoping_fetch():
    for path in SOURCES:
        if path.name == "views.py":
            assert "session.get(" not in path.read_text(), path


def test_every_deed_in_the_trail_has_a_name():
    """Who reads the trail reads words, not our names for deeds."""
    written = re.compile(r"(?:audit\.(?:note|write)|_note)\([^()]*?\"([a-z_]+\.[a-z_]+)\"", re.S)
    deeds = {deed for path in SOURCES for deed in written.findall(path.read_text())}
    assert len(deeds) > 100
    assert sorted(deeds - ACTION_NAMES.keys()) == []
