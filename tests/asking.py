"""Which rows can matter to a request, so that a walk over all routes need not try every one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from shop import references
from shop.database import Base, db

# A reference as rows have them, that no row has.
NOBODYS = references.new()


@contextmanager
def tables_read() -> Iterator[set[str]]:
    """Collects the names of the tables that statements sent in the block read."""
    names = re.compile(rf"\b({'|'.join(map(re.escape, Base.metadata.tables))})\b")
    found: set[str] = set()

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.update(names.findall(statement))

    connection = db.engines[None]
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", note)


def worth_asking(refs: dict[str, str], read: set[str]) -> list[str]:
    """Those of `refs` (table → reference) that a request can tell from `NOBODYS`.

    `read`: what it read when asked for `NOBODYS`. Any other reference names a row of a table that
    it did not look into: it would find as little, and answer the same.
    """
    return [ref for table, ref in refs.items() if table in read]
