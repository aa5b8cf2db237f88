"""An application under granian as `ocop web` runs it, for as long as it is measured."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import click

from shop import streams
from shop.settings import Settings


@contextmanager
def served(factory: str, settings: Settings) -> Iterator[str]:
    """The app of `factory` ("module:function") with one worker; its address."""
    port = free_port()
    argv = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", factory]
    argv += ["--port", str(port), "--workers", "1", "--log-level", "warning"]
    argv += ["--blocking-threads", str(settings.web_threads + streams.MOST_OPEN), "--no-ws"]
    with _running(argv, settings):
        _wait(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def web(settings: Settings) -> Iterator[str]:
    """`ocop web` as it is run; its address."""
    port = free_port()
    with _running([sys.executable, "-m", "shop.cli", "web"], settings, PORT=str(port)):
        _wait(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def working(settings: Settings, kind: str = "quick") -> Iterator[int]:
    """`ocop worker`, as `ocop run` starts it; its process id."""
    with _running([sys.executable, "-m", "shop.cli", "worker", kind], settings) as pid:
        yield pid


@contextmanager
def _running(argv: list[str], settings: Settings, **more: str) -> Iterator[int]:
    env = os.environ | {
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "SECRET_KEY": settings.secret_key,
        "VAULT_KEY": settings.vault_key,
        "STAMP_KEY": settings.stamp_key,
        "PASSWORD_SALT": settings.password_salt,
        "DEMO": str(settings.demo).lower(),
        "SANDBOX_PORT": str(settings.sandbox_port),
        **more,
    }
    process = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 our own server
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise click.ClickException(f"Máy chủ không trả lời: {url}")
