"""The Redis connection, shared by queues, limits and live screens."""

from typing import Any, cast

from flask import Flask, current_app
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

__all__ = ["OUTAGES", "RedisError", "connect", "connection", "init_app"]

OUTAGES = (RedisConnectionError, RedisTimeoutError)


def connect(url: str, *, read_seconds: float | None = 5) -> Any:
    """A client for `url` that waits at most `read_seconds` for an answer (None: without end).

    Lazy: nothing is sent until it is used.
    """
    return Redis.from_url(
        url,
        socket_connect_timeout=2,
        socket_timeout=read_seconds,
        health_check_interval=30,
        socket_keepalive=True,
    )


def init_app(app: Flask, url: str) -> None:
    """Give the app its client."""
    app.extensions["broker"] = connect(url)


def connection() -> "Redis":
    """The current app's client. Raises one of OUTAGES on use when the server is away."""
    return cast(Redis, current_app.extensions["broker"])
