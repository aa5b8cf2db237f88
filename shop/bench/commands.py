"""`ocop bench`: measure, print, and record under `benchmarks/`."""

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
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from shop.bench import load, report
from shop.bench.load import Measured
from shop.catalogue.models import Product
from shop.database import db
from shop.settings import Settings


@click.group()
def bench() -> None:
    """Đo tốc độ; kết quả ghi vào benchmarks/."""


@bench.command()
@click.option("--seconds", default=5.0, show_default=True, help="Mỗi lượt đo bao lâu.")
@click.option("--rounds", default=3, show_default=True, help="Mấy lượt; lấy lượt giữa.")
@with_appcontext
def web(seconds: float, rounds: int) -> None:
    """Trang sản phẩm so với một trang "hello" Flask trần, cùng máy chủ, cùng lượt."""
    settings: Settings = current_app.config["SETTINGS"]
    product = db.session.scalars(
        select(Product).where(Product.on_sale).order_by(Product.id)
    ).first()
    if product is None:
        raise click.ClickException("Chưa có sản phẩm nào: chạy `ocop seed` trước.")
    path = f"/p/{product.ref}/{product.slug}"
    results: dict[str, list[Measured]] = {"hello": [], "product": [], "home": []}
    with (
        _served("shop.bench.hello:create_app", settings) as hello,
        _served("shop.app:create_app", settings) as ours,
    ):
        for _ in range(rounds):  # in turns, so that a busy moment hits all alike
            results["hello"].append(load.measure(f"{hello}/", seconds=seconds))
            results["product"].append(load.measure(f"{ours}{path}", seconds=seconds))
            results["home"].append(load.measure(f"{ours}/", seconds=seconds))
    _report({name: _middle(rounds_of) for name, rounds_of in results.items()}, seconds)


@contextmanager
def _served(factory: str, settings: Settings) -> Iterator[str]:
    """The app of `factory` under granian as `ocop web` runs it; its address."""
    port = _free_port()
    argv = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", factory]
    argv += ["--port", str(port), "--workers", "1", "--log-level", "warning"]
    argv += ["--blocking-threads", str(settings.web_threads), "--no-ws"]
    env = os.environ | {
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "SECRET_KEY": settings.secret_key,
        "VAULT_KEY": settings.vault_key,
        "STAMP_KEY": settings.stamp_key,
        "PASSWORD_SALT": settings.password_salt,
    }
    server = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def _free_port() -> int:
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


def _middle(measured: list[Measured]) -> Measured:
    return sorted(measured, key=lambda one: one.per_second)[len(measured) // 2]


def _report(results: dict[str, Measured], seconds: float) -> None:
    base = results["hello"].per_second
    rows = [
        [
            name,
            f"{one.per_second:.0f}",
            f"{one.per_second / base:.3f}",
            f"{one.p50_ms:.1f}",
            f"{one.p99_ms:.1f}",
        ]
        for name, one in results.items()
    ]
    what = (
        "Pages against a bare Flask “hello” under the same server (granian, one worker) in the "
        f"same run: 8 kept-open connections, {seconds:g} s a round, the middle round of several. "
        "The load comes from the same machine, so only the ratio means something."
    )
    header = ["page", "requests/s", "ratio to hello", "p50 ms", "p99 ms"]
    path = report.write("web", what, header, rows)
    click.echo(path.read_text())
