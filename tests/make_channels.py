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
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from flask import Flask

from shop import vault
from shop.database import db
from shop.settings import ROOT
from workers.channels import partners
from workers.channels.models import Connection
from workers.marketplaces.known import MARKETPLACES
from workers.marketplaces.protocol import Grant, Image, Listing, Partner

_shop_ids = itertools.count(800_001)


class Sandbox:
    """A running sandbox: its address, and its control pages."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process
        self.host = f"http://127.0.0.1:{port}"
        self.partner = self.partner_of("shopee")

    def partner_of(self, platform: str) -> Partner:
        """Our app there."""
        return partners.sandbox(platform, self.host)

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
            if call["shop_id"] == int(shop_id) and call["path"].endswith(f"/{path}")
        ]

    def order(self, shop_id: int | str, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """A buyer's order, on Shopee unless `platform` says so: lines of {item_id, quantity}."""
        order = self.try_order(shop_id, lines, **more)
        assert order is not None, "sold out"
        return order

    def try_order(
        self, shop_id: int | str, lines: list[dict[str, Any]], **more: Any
    ) -> dict[str, Any] | None:
        """The same; None when the marketplace has not so many of an item."""
        given = {"platform": "shopee", "shop_id": int(shop_id), "lines": lines}
        given |= {"status": "READY_TO_SHIP"} | more
        answer = requests.post(f"{self.host}/control/orders", json=given, timeout=10)
        if answer.status_code == 409:
            return None
        assert answer.status_code == 201, answer.text
        return answer.json()

    def edit(self, item_id: int | str, **changes: Any) -> None:
        """Change an item by hand, on the marketplace's own pages."""
        requests.post(f"{self.host}/control/items/{item_id}", json=changes, timeout=10)

    def delete(self, item_id: int | str) -> None:
        """Delete an item by hand."""
        requests.delete(f"{self.host}/control/items/{item_id}", timeout=10)

    def change(self, order_id: str, platform: str = "shopee", **given: Any) -> dict[str, Any]:
        """Another status of an order, or its tracking number."""
        url = f"{self.host}/control/orders/{platform}/{order_id}"
        return requests.post(url, json=given, timeout=10).json()

    def consent(self, shop_id: int, redirect_url: str = "http://127.0.0.1:1/ve") -> str:
        """The code that Shopee's consent page leads back with."""
        return self.came_back("shopee", shop_id, redirect_url)["code"]

    def grant(self, platform: str = "shopee", shop_id: int | None = None) -> Grant:
        """A shop of `platform`, a new one unless told, and its tokens; signed in for real."""
        back = self.came_back(platform, shop_id or self.shop())
        return MARKETPLACES[platform].sign_in.exchange(self.partner_of(platform), back)

    def came_back(
        self, platform: str, shop_id: int, redirect_url: str = "http://127.0.0.1:1/ve"
    ) -> dict[str, str]:
        """The query that a consent page leads back with."""
        sign_in = MARKETPLACES[platform].sign_in
        page = sign_in.consent_url(self.partner_of(platform), redirect_url, "there")
        url = f"{page}&auto=1&shop_id={shop_id}"
        answer = requests.get(url, allow_redirects=False, timeout=10)
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


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


def honey(category_id: str) -> Listing:
    """A jar of honey to be listed; its name has what has to be escaped."""
    return Listing(
        sku="MO-500",
        name='Mật ong "hoa nhãn" & <phấn hoa>, chai 500 ml',
        description="Mật ong.",
        price_vnd=120_000,
        stock=40,
        weight_kg=Decimal("0.7"),
        size_cm=(10, 10, 18),
        images=(Image("one", lambda: b"\x89PNG\r\n\x1a\n"),),
        category_id=category_id,
    )


def connection(
    app: Flask, sandbox: Sandbox, seller_id: int, platform: str = "shopee"
) -> Connection:
    """A shop of the sandbox, signed in for real."""
    key, grant = app.config["SETTINGS"].vault_key, sandbox.grant(platform)
    row = Connection(
        seller_id=seller_id,
        platform=platform,
        shop_id=grant.shop_id,
        cipher=grant.cipher,
        sealed_access_token=vault.seal(grant.tokens.access_token, key),
        sealed_refresh_token=vault.seal(grant.tokens.refresh_token, key),
        token_expires_at=datetime.fromtimestamp(grant.tokens.expires_at, UTC),
        calls_per_second=1000,
        sandbox=True,
    )
    db.session.add(row)
    db.session.flush()
    return row
