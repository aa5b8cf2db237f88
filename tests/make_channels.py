"""The sandbox as a real process, and factories of connected shops."""

import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from flask import Flask

from shop import clock, vault
from shop.database import db
from shop.settings import ROOT
from workers.channels import partners
from workers.channels.models import Connection
from workers.marketplaces.protocol import Partner
from workers.marketplaces.shopee import client

_shop_ids = itertools.count(800_001)


class Sandbox:
    """A running sandbox: its address, and its control pages."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process
        self.host = f"http://127.0.0.1:{port}"
        key, secret = partners.SANDBOX_KEYS["shopee"]
        push_key = partners.SANDBOX_PUSH_KEY
        self.partner = Partner(key, secret, self.host, self.host, self.host, push_key)

    def shop(self) -> int:
        """A new shop's id."""
        shop_id = next(_shop_ids)
        given = {"shop_id": shop_id, "name": "Gian hàng thử"}
        assert (
            requests.post(f"{self.host}/control/shops", json=given, timeout=10).status_code == 201
        )
        return shop_id

    def fault(self, fault: str, path: str, shop_id: int | str, **more: Any) -> None:
        """Order a fault for the next call of a shop whose path ends with `path`."""
        given = {"fault": fault, "path": path, "shop_id": int(shop_id)} | more
        assert (
            requests.post(f"{self.host}/control/faults", json=given, timeout=10).status_code == 201
        )

    def state(self) -> dict[str, Any]:
        """Everything it remembers."""
        return requests.get(f"{self.host}/control/state", timeout=10).json()

    def items(self, shop_id: int | str) -> list[dict[str, Any]]:
        """The items of a shop."""
        return [item for item in self.all_items() if item["shop_id"] == int(shop_id)]

    def all_items(self) -> list[dict[str, Any]]:
        """The items of every shop."""
        return requests.get(f"{self.host}/control/items", timeout=10).json()

    def orders(self) -> list[dict[str, Any]]:
        """The orders of every shop."""
        return requests.get(f"{self.host}/control/orders", timeout=10).json()

    def calls(self, shop_id: int | str, path: str) -> list[dict[str, Any]]:
        """The calls of a shop to one path, refused ones too."""
        return [
            call
            for call in self.state()["calls"]
            if call["shop_id"] == int(shop_id) and call["path"] == f"/api/v2/{path}"
        ]

    def order(self, shop_id: int | str, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """A buyer's order on Shopee: lines of {item_id, quantity}; ready to be sent."""
        given = {"platform": "shopee", "shop_id": int(shop_id), "lines": lines}
        given |= {"status": "READY_TO_SHIP"} | more
        answer = requests.post(f"{self.host}/control/orders", json=given, timeout=10)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def edit(self, item_id: int | str, **changes: Any) -> None:
        """Change an item by hand, on the marketplace's own pages."""
        requests.post(f"{self.host}/control/items/{item_id}", json=changes, timeout=10)

    def delete(self, item_id: int | str) -> None:
        """Delete an item by hand."""
        requests.delete(f"{self.host}/control/items/{item_id}", timeout=10)

    def change(self, order_id: str, **given: Any) -> dict[str, Any]:
        """Another status of an order, or its tracking number."""
        url = f"{self.host}/control/orders/shopee/{order_id}"
        return requests.post(url, json=given, timeout=10).json()

    def consent(self, shop_id: int, redirect_url: str = "http://127.0.0.1:1/ve") -> str:
        """The code that the consent page leads back with."""
        url = client.consent_url(self.partner, redirect_url, "there") + f"&auto=1&shop_id={shop_id}"
        answer = requests.get(url, allow_redirects=False, timeout=10)
        return answer.headers["Location"].split("code=")[1].split("&")[0]


@contextmanager
def running(folder: Path) -> Iterator[Sandbox]:
    """The sandbox in a process of its own, stopped afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "workers.sandbox.server",
            "--port",
            str(port),
            "--state",
            str(folder),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    sandbox = Sandbox(port, process)
    try:
        _wait(sandbox)
        yield sandbox
    finally:
        process.terminate()
        process.wait(10)


def _wait(sandbox: Sandbox) -> None:
    for _ in range(100):
        try:
            sandbox.state()
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the sandbox did not start")


@contextmanager
def pointed_at(app: Flask, sandbox: Sandbox) -> Iterator[None]:
    """Demo settings whose marketplace is this sandbox."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, demo=True, sandbox_port=sandbox.port)
    yield
    app.config["SETTINGS"] = before


def connection(app: Flask, sandbox: Sandbox, seller_id: int) -> Connection:
    """A shop of the sandbox, signed in for real."""
    key = app.config["SETTINGS"].vault_key
    shop_id = sandbox.shop()
    came_back = {"code": sandbox.consent(shop_id), "shop_id": str(shop_id)}
    tokens = client.exchange(sandbox.partner, came_back).tokens
    row = Connection(
        seller_id=seller_id,
        platform="shopee",
        shop_id=str(shop_id),
        sealed_access_token=vault.seal(tokens.access_token, key),
        sealed_refresh_token=vault.seal(tokens.refresh_token, key),
        token_expires_at=clock.now() + timedelta(hours=4),
        calls_per_second=1000,
        sandbox=True,
    )
    db.session.add(row)
    db.session.flush()
    return row
