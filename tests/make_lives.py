"""Sessions that the sandbox says again, and the accounts that listen to them."""

import time
from collections.abc import Callable
from itertools import count
from typing import Any

import requests

from shop.livestream.sources.protocol import Account
from tests.make_channels import Sandbox

_next = count(1)


def live(sandbox: Sandbox, comments: list[dict[str, Any]], **more: Any) -> str:
    """A session of the sandbox, said already unless `begun_seconds_ago` says otherwise; its id."""
    live_id = f"90000000000{next(_next):04d}"
    given = {"live": live_id, "comments": comments, "begun_seconds_ago": 3600} | more
    answer = requests.post(f"{sandbox.host}/control/lives", json=given, timeout=10)
    assert answer.status_code == 201, answer.text
    return live_id


def steer(sandbox: Sandbox, live_id: str, **changes: Any) -> None:
    url = f"{sandbox.host}/control/lives/{live_id}"
    assert requests.post(url, json=changes, timeout=10).status_code == 200


def say(sandbox: Sandbox, live_id: str, words: str, **more: Any) -> None:
    url = f"{sandbox.host}/control/lives/{live_id}/say"
    assert requests.post(url, json={"text": words} | more, timeout=10).status_code == 200


def seen(sandbox: Sandbox, live_id: str) -> dict[str, Any]:
    return requests.get(f"{sandbox.host}/control/lives/{live_id}", timeout=10).json()


def account(sandbox: Sandbox, external_id: str, token: str = "sandbox-page-token") -> Account:
    names = ("facebook", "facebook_stream", "youtube")
    return Account(external_id, token, {name: f"{sandbox.host}/{name}" for name in names})


def after(seconds: float) -> Callable[[], bool]:
    ends_at = time.monotonic() + seconds
    return lambda: time.monotonic() > ends_at
