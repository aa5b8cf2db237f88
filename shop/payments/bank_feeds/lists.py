"""Asking a feed for its list: one call, its JSON, and what goes wrong."""

import time
from typing import Any

from shop import http
from shop.payments.bank_feeds import reading
from shop.payments.bank_feeds.protocol import BadNotice, NotListed

# SePay takes two calls a second; nobody is in a hurry here.
PAUSE_SECONDS = 0.6


def ask(url: str, authorization: str, query: dict[str, Any]) -> dict[str, Any]:
    """The JSON object of one call. Raises NotListed."""
    try:
        headers = {"Authorization": authorization, "Accept": "application/json"}
        answer = http.call("GET", url, params=query, headers=headers)
        if answer.status_code != 200:
            raise NotListed(f"answered {answer.status_code}")
        return reading.body(answer.content)
    except http.CallFailed as error:
        raise NotListed(str(error)) from None
    except BadNotice as error:
        raise NotListed(str(error.facts["reason"])) from None


def pause() -> None:
    """Between two calls."""
    time.sleep(PAUSE_SECONDS)
