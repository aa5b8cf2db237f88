"""Real servers for the tests: one PostgreSQL and one Valkey a session, a database a worker."""

import os
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from shop import database, embedded

TEMPLATE = "template_ocop"


@contextmanager
def session() -> Iterator[tuple[str, str]]:
    """PostgreSQL (with a migrated template) and Valkey; their URLs. Gone with their data after."""
    with tempfile.TemporaryDirectory(prefix="ocop-tests-") as folder:
        # PostgreSQL may run as another user, who must be able to pass through.
        os.chmod(folder, 0o755)
        postgres = embedded.start_postgres(Path(folder), fast=True)
        try:
            valkey = embedded.start_valkey(Path(folder))
            try:
                _make_template(postgres.url)
                yield postgres.url, valkey.url
            finally:
                embedded.stop(valkey)
        finally:
            embedded.stop(postgres)


@contextmanager
def clone(postgres_url: str, template: str = TEMPLATE) -> Iterator[str]:
    """A migrated database of one's own, dropped afterwards; its URL."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _execute(postgres_url, "CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        yield _with_database(postgres_url, name)
    finally:
        _execute(postgres_url, "DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def loopback_only() -> Iterator[None]:
    """Inside, connecting anywhere but to this machine raises RuntimeError."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not _is_loopback(str(address[0])):
            self.close()
            raise RuntimeError(f"a test tried to reach {address}")
        real(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.socket.connect = real  # type: ignore[method-assign]


def _make_template(url: str) -> None:
    _execute(url, "CREATE DATABASE {}", TEMPLATE)
    database.migrate(_with_database(url, TEMPLATE))


def _with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _execute(url: str, statement: str, *names: str) -> None:
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1", "0.0.0.0", "::"} or host.startswith("127.")
