import os
import signal
import socket
import stat

import psycopg
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from shop import embedded


@pytest.fixture
def var_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("var")
    # As root PostgreSQL runs as another user, who must be able to pass through.
    for part in (folder, folder.parent, folder.parent.parent, folder.parent.parent.parent):
        if part.stat().st_uid == os.getuid() and str(part).startswith("/tmp/"):
            part.chmod(part.stat().st_mode | 0o711)
    return folder


@pytest.fixture
def started():
    running = []
    yield running
    for server in running:
        embedded.stop(server)


def connect(url):
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def test_postgres_keeps_data_and_port_over_a_restart(var_dir, started):
    first = embedded.start_postgres(var_dir)
    started.append(first)
    with connect(first.url) as connection:
        connection.execute("CREATE TABLE teas AS SELECT 'chè Shan tuyết' AS name")
    embedded.stop(first)
    second = embedded.start_postgres(var_dir)
    started.append(second)
    assert second.url == first.url
    with connect(second.url) as connection:
        assert connection.execute("SELECT name FROM teas").fetchall() == [("chè Shan tuyết",)]
        shown = [
            connection.execute(f"SHOW {n}").fetchone()[0] for n in ("fsync", "server_encoding")
        ]
    assert shown == ["on", "UTF8"]


def test_postgres_refuses_a_wrong_password(var_dir, started):
    running = embedded.start_postgres(var_dir, fast=True)
    started.append(running)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host="127.0.0.1", port=running.port, user="postgres", password="wrong")


def test_a_postgres_left_over_is_stopped_before_a_new_one_starts(var_dir, started):
    left = embedded.start_postgres(var_dir, fast=True)
    started.append(left)
    again = embedded.start_postgres(var_dir, fast=True)
    started.append(again)
    assert left.process.wait(5) == 0
    assert again.port == left.port


def test_valkey_keeps_what_it_was_given_over_a_kill(var_dir, started):
    first = embedded.start_valkey(var_dir)
    started.append(first)
    with Redis.from_url(first.url) as client:
        client.rpush("queue", "job")
        client.wait(0, 0)
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    first.process.send_signal(signal.SIGTERM)
    first.process.wait()
    second = embedded.start_valkey(var_dir)
    started.append(second)
    with Redis.from_url(second.url) as client:
        assert client.lrange("queue", 0, -1) == [b"job"]


def test_valkey_refuses_who_has_no_password(var_dir, started):
    running = embedded.start_valkey(var_dir)
    started.append(running)
    with Redis(port=running.port) as client, pytest.raises(AuthenticationError):
        client.ping()


def test_a_taken_port_is_chosen_anew(var_dir, started):
    first = embedded.start_valkey(var_dir)
    embedded.stop(first)
    with socket.create_server(("127.0.0.1", first.port)):
        second = embedded.start_valkey(var_dir)
        started.append(second)
        assert second.port != first.port


def test_passwords_are_readable_by_their_owner_alone(var_dir, started):
    started.append(embedded.start_valkey(var_dir))
    assert stat.S_IMODE((var_dir / "secrets" / "valkey").stat().st_mode) == 0o600


def test_attach_finds_the_running_servers(var_dir, started):
    with pytest.raises(embedded.NotRunning, match="make run"):
        embedded.attach(var_dir)
    postgres, valkey = embedded.start_postgres(var_dir, fast=True), embedded.start_valkey(var_dir)
    started += [postgres, valkey]
    assert embedded.attach(var_dir) == embedded.Addresses(postgres.url, valkey.url)
