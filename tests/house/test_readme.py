"""The README tells the truth: the map of the house, the settings, the commands."""

import ast
import re

from shop.settings import ROOT

README = (ROOT / "README.md").read_text()
INNER = {"understanding", "sources", "bank_feeds", "shopee", "lazada", "tiktok"}
ROOMS = sorted(
    path.parent
    for package in ("shop", "traceability", "workers")
    for path in (ROOT / package).rglob("__init__.py")
    if path.parent != ROOT / package and path.parent.name not in INNER
)


def first_line(folder):
    return ast.get_docstring(ast.parse((folder / "__init__.py").read_text())).splitlines()[0]


def test_the_map_is_the_first_sentence_of_each_room():
    rows = [f"- `{room.relative_to(ROOT)}/` {first_line(room)}" for room in ROOMS]
    shown = re.search(r"<!-- map -->\n(.*?)\n?<!-- /map -->", README, re.DOTALL)[1]
    assert shown.splitlines() == rows, "\n" + "\n".join(rows)


def test_the_table_lists_every_setting():
    source = (ROOT / "shop/settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z][A-Z0-9_]+)"', source))
    read |= set(re.findall(r'"([A-Z]+_(?:KEY|SALT))"', source))
    table = README.split("## Settings")[1].split("##")[0]
    assert read - set(re.findall(r"`([A-Z][A-Z0-9_]+)`", table)) == set()


def test_the_commands_named_exist():
    from shop.cli import main

    named = set(re.findall(r"\.venv/bin/ocop (\w+)", README))
    assert named <= set(main.list_commands(None))


def test_linked_files_exist():
    links = re.findall(r"\]\(((?:docs|shop|static)[^)#]*|[A-Z]+\.md|pyproject\.toml)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
