"""What the bank remembers, in one SQLite file: feeds, transfers, tries, faults ordered."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS feeds (
  account_number TEXT PRIMARY KEY, webhook_url TEXT NOT NULL, secret TEXT NOT NULL, api_key TEXT,
  provider TEXT NOT NULL DEFAULT 'sepay', list_key TEXT);
CREATE TABLE IF NOT EXISTS transfers (
  id INTEGER PRIMARY KEY, client_id TEXT NOT NULL UNIQUE, bin TEXT NOT NULL,
  account_number TEXT NOT NULL, amount_vnd INTEGER NOT NULL, content TEXT NOT NULL,
  style TEXT NOT NULL, at REAL NOT NULL, notice TEXT NOT NULL DEFAULT 'waiting',
  tries INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS faults (
  name TEXT PRIMARY KEY, times INTEGER NOT NULL, seconds REAL NOT NULL);
"""


class Store:
    """The file at `path`, made with its folder when it is not there."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        with self.change() as db:
            db.executescript(SCHEMA)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept together; one writer at a time."""
        db = sqlite3.connect(self.path, timeout=20, isolation_level="IMMEDIATE")
        db.row_factory = sqlite3.Row
        try:
            with db:
                yield db
        finally:
            db.close()

    def register(self, feed: dict[str, Any]) -> None:
        """Where notices of an account go from now on."""
        with self.change() as db:
            db.execute(
                "INSERT OR REPLACE INTO feeds VALUES"
                " (:account_number, :webhook_url, :secret, :api_key, :provider, :list_key)",
                feed,
            )

    def feed(self, account_number: str) -> dict[str, Any] | None:
        """The feed of an account."""
        return self._one("SELECT * FROM feeds WHERE account_number = ?", account_number)

    def accounts_of(self, provider: str, list_key: str) -> list[str]:
        """The accounts whose list this key opens at a provider."""
        query = "SELECT account_number FROM feeds WHERE provider = ? AND list_key = ?"
        with self.change() as db:
            return [row[0] for row in db.execute(query, (provider, list_key))]

    def take_fault(self, name: str) -> bool:
        """Whether this call suffers from `name`; each order of it is used once."""
        with self.change() as db:
            query = "UPDATE faults SET times = times - 1 WHERE name = ? AND times > 0"
            return db.execute(query, (name,)).rowcount == 1

    def book(self, transfer: dict[str, Any]) -> bool:
        """Book a transfer; False when its client sent it before, and nothing changes."""
        with self.change() as db:
            booked = db.execute(
                "INSERT INTO transfers (id, client_id, bin, account_number, amount_vnd, content,"
                " style, at) VALUES (:id, :client_id, :bin, :account_number, :amount_vnd,"
                " :content, :style, :at) ON CONFLICT (client_id) DO NOTHING",
                transfer,
            )
            return booked.rowcount == 1

    def transfer(self, number: int) -> dict[str, Any]:
        """One transfer. Raises KeyError."""
        found = self._one("SELECT * FROM transfers WHERE id = ?", number)
        if found is None:
            raise KeyError(number)
        return found

    def transfers(self) -> list[dict[str, Any]]:
        """All of them, oldest first."""
        with self.change() as db:
            return [dict(row) for row in db.execute("SELECT * FROM transfers ORDER BY at, id")]

    def balance(self, account_number: str) -> int:
        """Đồng received so far."""
        query = "SELECT COALESCE(SUM(amount_vnd), 0) AS sum FROM transfers WHERE account_number = ?"
        row = self._one(query, account_number)
        return int(row["sum"]) if row else 0

    def begin_notice(self, number: int) -> None:
        """The notice of a transfer is to be brought, from the first try."""
        with self.change() as db:
            db.execute("UPDATE transfers SET notice = 'waiting', tries = 0 WHERE id = ?", (number,))

    def tried(self, number: int, notice: str, answer: str) -> int:
        """Note one try and how the notice stands; the tries so far."""
        with self.change() as db:
            db.execute(
                "UPDATE transfers SET notice = ?, tries = tries + 1, answer = ? WHERE id = ?",
                (notice, answer, number),
            )
        return int(self.transfer(number)["tries"])

    def settle(self, number: int, notice: str) -> None:
        """How the notice stands, without a try."""
        with self.change() as db:
            db.execute("UPDATE transfers SET notice = ? WHERE id = ?", (notice, number))

    def order_fault(self, name: str, times: int, seconds: float) -> None:
        """The next `times` deliveries suffer from `name`; 0 takes it back."""
        with self.change() as db:
            db.execute("INSERT OR REPLACE INTO faults VALUES (?, ?, ?)", (name, times, seconds))

    def take_faults(self) -> dict[str, float]:
        """The faults of one delivery (name → seconds), each used once."""
        with self.change() as db:
            mine = "times > 0 AND name NOT LIKE 'list_%'"
            rows = db.execute(f"SELECT name, seconds FROM faults WHERE {mine}").fetchall()
            db.execute(f"UPDATE faults SET times = times - 1 WHERE {mine}")
        return {row["name"]: row["seconds"] for row in rows}

    def faults(self) -> dict[str, int]:
        """Faults still to come: name → times."""
        with self.change() as db:
            rows = db.execute("SELECT name, times FROM faults WHERE times > 0 ORDER BY name")
            return {row["name"]: row["times"] for row in rows}

    def _one(self, query: str, *values: Any) -> dict[str, Any] | None:
        with self.change() as db:
            row = db.execute(query, values).fetchone()
        return dict(row) if row else None


def number_of(client_id: str) -> int:
    """The bank's number of a client's transfer: always the same, below 2**53 for any reader."""
    return int.from_bytes(hashlib.sha256(client_id.encode()).digest()[:6]) + 1


def now() -> float:
    """Unix seconds."""
    return time.time()
