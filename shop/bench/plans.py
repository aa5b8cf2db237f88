"""How PostgreSQL answers what a page asks: whether it reads a whole table for it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import unquote

from flask import current_app
from sqlalchemy import event

from shop.database import db

LARGE = frozenset({"products", "variants"})
# A scan that stops early, because a list shows no more, is the right plan for a frequent word.
MOST_ROWS = 10_000
EXPLAIN = "EXPLAIN (ANALYZE, FORMAT JSON)"


def check(paths: list[str]) -> list[tuple[str, str]]:
    """For each address: the statements of its page that read a large table through, or "none".

    Raises RuntimeError for a page that does not answer.
    """
    found = ((path, read_through(partial(_get, path))) for path in paths)
    return [(unquote(path), ", ".join(statements) or "none") for path, statements in found]


def _get(path: str) -> None:
    answer = current_app.test_client().get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def read_through(ask: Callable[[], object], large: frozenset[str] = LARGE) -> list[str]:
    """The statements of `ask` that read a table of `large` through."""
    with _heard() as asked:
        ask()
    found: list[str] = []
    with db.engine.connect() as connection:
        for statement, values in asked:
            # The likeness of words is a setting of the transaction, which is over.
            connection.exec_driver_sql("SET pg_trgm.word_similarity_threshold = 0.45")
            plan = connection.exec_driver_sql(f"{EXPLAIN} {statement}", values).scalar()
            tree: Any = json.loads(plan) if isinstance(plan, str) else plan
            found += [
                f"{table} in {_short(statement)}" for table in _tables(tree[0]["Plan"], large)
            ]
    return found


def _tables(plan: dict[str, Any], large: frozenset[str]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in large:
        rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        if rows * plan["Actual Loops"] > MOST_ROWS:
            yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from _tables(inner, large)


def _short(statement: str) -> str:
    return " ".join(statement.split())[:60]


@contextmanager
def _heard() -> Iterator[list[tuple[str, Any]]]:
    """The queries sent in the block with their values."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.startswith("SELECT") and "set_config" not in statement:
            asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
