"""What the gateways of the sandbox remember, in one SQLite file."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS merchants (
  provider TEXT, account TEXT, keys TEXT NOT NULL, notify_url TEXT NOT NULL,
  PRIMARY KEY (provider, account));
CREATE TABLE IF NOT EXISTS payments (
  number INTEGER PRIMARY KEY, provider TEXT, account TEXT, key TEXT, amount INTEGER,
  state TEXT NOT NULL, asked TEXT NOT NULL, at REAL NOT NULL, notices TEXT NOT NULL DEFAULT '',
  UNIQUE (provider, account, key));
CREATE TABLE IF NOT EXISTS refunds (
  number INTEGER PRIMARY KEY, provider TEXT, account TEXT, key TEXT, payment INTEGER,
  amount INTEGER, UNIQUE (provider, account, key));
CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY, provider TEXT, path TEXT, body TEXT, answer TEXT);
CREATE TABLE IF NOT EXISTS gateway_faults (
  id INTEGER PRIMARY KEY, provider TEXT, fault TEXT, times INTEGER, seconds REAL);
"""
FIRST_NUMBER = 14_400_000


class Store:
    """The file at `path`, made with its folder when it is not there."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        with self._change() as db:
            db.executescript(SCHEMA)

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, timeout=20, isolation_level="IMMEDIATE")
        db.row_factory = sqlite3.Row
        try:
            with db:
                yield db
        finally:
            db.close()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a query as dicts."""
        with self._change() as db:
            return [dict(row) for row in db.execute(query, values)]

    def register(self, provider: str, account: str, keys: dict[str, str], notify_url: str) -> None:
        """A merchant with the keys that were handed to it."""
        with self._change() as db:
            values = (provider, account, json.dumps(keys), notify_url)
            db.execute("INSERT OR REPLACE INTO merchants VALUES (?, ?, ?, ?)", values)

    def merchant(self, provider: str, account: str) -> dict[str, Any] | None:
        """`keys` (a dict) and `notify_url` of a merchant."""
        found = self.rows(
            "SELECT * FROM merchants WHERE provider = ? AND account = ?", provider, account
        )
        return found[0] | {"keys": json.loads(found[0]["keys"])} if found else None

    def open(
        self, provider: str, account: str, key: str, amount: int, asked: dict[str, Any]
    ) -> bool:
        """A new payment; False when the key was used before."""
        with self._change() as db:
            last = db.execute("SELECT max(number) FROM payments").fetchone()[0] or FIRST_NUMBER
            values = (last + 1, provider, account, key, amount, json.dumps(asked), time.time())
            made = db.execute(
                "INSERT OR IGNORE INTO payments (number, provider, account, key, amount, asked, at,"
                " state) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')",
                values,
            )
            return made.rowcount == 1

    def payment(self, provider: str, account: str, key: str) -> dict[str, Any] | None:
        """A payment of a merchant, `asked` as a dict."""
        found = self.rows(
            "SELECT * FROM payments WHERE provider = ? AND account = ? AND key = ?",
            *(provider, account, key),
        )
        return _payment(found[0]) if found else None

    def numbered(self, number: int) -> dict[str, Any] | None:
        """The payment of this number."""
        found = self.rows("SELECT * FROM payments WHERE number = ?", number)
        return _payment(found[0]) if found else None

    def settle(self, number: int, state: str) -> None:
        """Paid, failed or suspicious; what is settled stays so."""
        with self._change() as db:
            query = "UPDATE payments SET state = ? WHERE number = ? AND state = 'pending'"
            db.execute(query, (state, number))

    def noticed(self, number: int, said: str) -> None:
        """What a notice was answered with, behind those before."""
        with self._change() as db:
            query = "UPDATE payments SET notices = notices || ? || ' ' WHERE number = ?"
            db.execute(query, (said, number))

    def refund(self, provider: str, account: str, key: str, payment: int, amount: int) -> str:
        """Give money back: "new", "repeated", or "too much"."""
        with self._change() as db:
            there = db.execute(
                "SELECT number FROM refunds WHERE provider = ? AND account = ? AND key = ?",
                (provider, account, key),
            ).fetchone()
            if there:
                return "repeated"
            total = "SELECT coalesce(sum(amount), 0) FROM refunds WHERE payment = ?"
            gone = db.execute(total, (payment,)).fetchone()[0]
            paid = db.execute("SELECT amount FROM payments WHERE number = ?", (payment,)).fetchone()
            if gone + amount > paid[0]:
                return "too much"
            db.execute(
                "INSERT INTO refunds (provider, account, key, payment, amount) VALUES (?,?,?,?,?)",
                (provider, account, key, payment, amount),
            )
            return "new"

    def refunds(self, payment: int) -> list[dict[str, Any]]:
        """What of a payment went back."""
        return self.rows("SELECT * FROM refunds WHERE payment = ? ORDER BY number", payment)

    def called(self, provider: str, path: str, body: Any, answer: Any) -> None:
        """Keep a call and its answer, to be looked at."""
        with self._change() as db:
            values = (provider, path, json.dumps(body), json.dumps(answer))
            db.execute("INSERT INTO calls (provider, path, body, answer) VALUES (?,?,?,?)", values)

    def order_fault(self, provider: str, fault: str, times: int, seconds: float) -> None:
        """So many of the next notices go wrong."""
        with self._change() as db:
            db.execute(
                "INSERT INTO gateway_faults (provider, fault, times, seconds) VALUES (?,?,?,?)",
                (provider, fault, times, seconds),
            )

    def take_faults(self, provider: str) -> dict[str, float]:
        """The faults ordered for the next notice, each counted down: name → seconds."""
        with self._change() as db:
            query = "SELECT * FROM gateway_faults WHERE provider = ? AND times > 0 ORDER BY id"
            found = {row["fault"]: row for row in db.execute(query, (provider,))}
            for row in found.values():
                db.execute("UPDATE gateway_faults SET times = times - 1 WHERE id = ?", (row["id"],))
            return {name: float(row["seconds"]) for name, row in found.items()}


def _payment(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"asked": json.loads(row["asked"])}
