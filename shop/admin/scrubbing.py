"""Names and numbers of a person, searched for and taken out of every text of a seller's rows.

A table is a seller's by its `seller_id`, or by a foreign key to one that is. Tables that the law
keeps as they are, and those the database lets nobody edit, are left out by name (KEPT); a test
walks all others.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    String,
    Table,
    Text,
    cast,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from shop.database import Base, db

GONE = "(đã xóa)"

# Table → why it stays as it was written.
_ACCOUNTS = "Law 88/2015/QH13 on accounting, Art. 16, 41: a document names who made it; ten years"
_TRACE = "the record of traceability: only commitments, whose words their own room erases"
KEPT: dict[str, str] = {
    **dict.fromkeys(
        (
            *("orders", "order_lines", "refunds", "returned_lines", "payment_requests", "payouts"),
            *("payout_lines", "gateway_payments", "invoices", "invoice_events", "ledger_entries"),
            *("ledger_postings", "bank_lines", "allocations", "cash_vouchers", "day_closes"),
            *("day_close_rows", "settlement_batches", "settlement_lines", "statement_imports"),
            *("book_exports", "notices", "gateway_notices", "invoice_notices", "departures"),
        ),
        _ACCOUNTS,
    ),
    **dict.fromkeys(
        ("trace_events", "trace_items", "trace_words", "tree_heads", "tree_leaves"), _TRACE
    ),
    "stock_entries": "append only: quantities and keys, no words of persons",
}
# Columns that name a file of the store. Photos and papers go with their rows (see `leaving`).
FILES = frozenset({"file_key", "result_key", "sheet_key", "images_key"})
_WITH_ROWS = frozenset({"documents", "photos"})
# Shorter ones, and single words, are parts of other words: those are matched as a whole.
_LONG = 6


def scrub(seller_id: int, user_ids: Sequence[int], words: Iterable[str | None]) -> None:
    """Put GONE for each of `words` in all texts of the seller's rows.

    `user_ids`: people erased with it, whose names stand in the trail of others as well.
    """
    found = sorted({w for w in words if w and len(w) >= 2}, key=len, reverse=True)
    db.session.execute(select(func.set_config("ocop.erasing", "on", True)))
    for table, scope in scopes(seller_id).items():
        if table.name == "audit_entries":
            scope = or_(scope, table.c.actor_id.in_(user_ids))
        if table.name not in KEPT:
            _scrub(table, scope, found)
    db.session.execute(select(func.set_config("ocop.erasing", "off", True)))
    db.session.expire_all()


def files(seller_id: int) -> list[str]:
    """Keys of the files that the seller's rows speak of, without those that the law keeps."""
    found: list[str] = []
    for table, scope in scopes(seller_id).items():
        if table.name in KEPT or table.name in _WITH_ROWS:
            continue
        for column in (column for column in table.c if column.name in FILES):
            found += db.session.scalars(select(column).where(scope, column.is_not(None)))
    return found


def scopes(seller_id: int) -> dict[Table, ColumnElement[bool]]:
    """Table → which of its rows are the seller's, for every table that has any."""
    tables = Base.metadata.sorted_tables  # what is referred to comes first
    found = {t: t.c.seller_id == seller_id for t in tables if "seller_id" in t.c}
    for table in tables:
        ways = [
            column.in_(select(key.column).where(found[key.column.table]))
            for column in table.c
            for key in column.foreign_keys
            if key.column.table in found and key.column.table is not table
        ]
        if table not in found and ways:
            found[table] = or_(*ways)
    return found


def _scrub(table: Table, scope: ColumnElement[bool], words: Sequence[str]) -> None:
    for column in table.c:
        if column.primary_key or column.foreign_keys or column.computed or column.name == "ref":
            continue
        if isinstance(column.type, JSONB):
            _replace(column, scope, [json.dumps(w, ensure_ascii=False)[1:-1] for w in words])
        elif isinstance(column.type, String | ARRAY):
            _replace(column, scope, words)


def _replace(column: Column[Any], scope: ColumnElement[bool], words: Sequence[str]) -> None:
    plain = _as_text(column)
    there: list[ColumnElement[bool]] = []
    after: ColumnElement[Any] = plain
    for word in words:
        if _is_telling(word):
            there.append(func.strpos(plain, word) > 0)
            after = func.replace(after, word, GONE)
        elif isinstance(column.type, String):
            there.append(plain == word)
            after = func.coalesce(func.nullif(after, word), literal(GONE))
    if there:
        change = update(column.table).where(scope, column.is_not(None), or_(*there))
        db.session.execute(change.values({column.name: _back(column, after)}))


def _is_telling(word: str) -> bool:
    several = " " in word or "@" in word or any(c.isdigit() for c in word)
    return several and len(word) >= _LONG


# Between the texts of a list: no text of ours holds it.
_UNIT = "\x1f"


def _as_text(column: Column[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, ARRAY):
        return func.array_to_string(cast(column, ARRAY(Text)), _UNIT)
    return cast(column, Text)


def _back(column: Column[Any], plain: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, ARRAY):
        return cast(func.string_to_array(plain, _UNIT), column.type)
    return cast(plain, column.type)
