"""What the sandbox remembers, in one SQLite file."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workers.sandbox.meter import Meter

SCHEMA = """
CREATE TABLE IF NOT EXISTS shops (shop_id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS codes (
  code TEXT PRIMARY KEY, shop_id INTEGER NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
  shop_id INTEGER PRIMARY KEY, access TEXT NOT NULL, refresh TEXT NOT NULL,
  access_expires_at REAL NOT NULL, refresh_expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS images (image_id TEXT PRIMARY KEY, bytes INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS items (
  item_id INTEGER PRIMARY KEY AUTOINCREMENT, shop_id INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
  platform TEXT NOT NULL, shop_id INTEGER NOT NULL, order_id TEXT NOT NULL, status TEXT NOT NULL,
  body TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,
  PRIMARY KEY (platform, shop_id, order_id));
CREATE INDEX IF NOT EXISTS orders_of_shop ON orders (platform, shop_id, updated_at);
CREATE TABLE IF NOT EXISTS listeners (platform TEXT PRIMARY KEY, url TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, shop_id INTEGER, path TEXT NOT NULL,
  body TEXT NOT NULL, error TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (
  id INTEGER PRIMARY KEY, fault TEXT NOT NULL, path TEXT NOT NULL, times INTEGER NOT NULL,
  shop_id INTEGER, seconds REAL NOT NULL, code TEXT NOT NULL, said TEXT NOT NULL);
"""


class Store:
    """The file at `path`, made with its folder when it is not there."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.meter = Meter()
        with self.change() as db:
            db.executescript(SCHEMA)
        # Readers beside the writer; what a sandbox remembers need not survive a power cut.
        sqlite3.connect(path).execute("PRAGMA journal_mode = WAL").close()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept together; one writer at a time."""
        db = sqlite3.connect(self.path, timeout=20, isolation_level="IMMEDIATE")
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA synchronous = OFF")
        try:
            with db:
                yield db
        finally:
            db.close()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a query as dicts."""
        with self.change() as db:
            return [dict(row) for row in db.execute(query, values)]


def item(row: dict[str, Any]) -> dict[str, Any]:
    """A stored item with its ids."""
    return {"item_id": row["item_id"], "shop_id": row["shop_id"], **json.loads(row["body"])}
