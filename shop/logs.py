"""Structured logs. One request id follows from the request through the outbox into the job."""

import logging
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def setup(log_format: str) -> None:
    """Log to standard error: `json`, one object a line, or `console` for people."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("rq.worker", "urllib3", "botocore", "alembic", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def new_request_id(offered: str | None = None) -> str:
    """The caller's id when it is one we can print safely, else a new one."""
    if offered and _SAFE_ID.fullmatch(offered):
        return offered
    return secrets.token_hex(8)


def request_id() -> str | None:
    """The id bound to what is running now."""
    value = structlog.contextvars.get_contextvars().get("request_id")
    return str(value) if value else None


@contextmanager
def bound(**values: Any) -> Iterator[None]:
    """Add `values` to every log line written inside the block."""
    with structlog.contextvars.bound_contextvars(**values):
        yield
