"""/healthz: the process lives. /readyz: its servers answer. /metrics: numbers for Prometheus."""

import hmac
import time
from functools import lru_cache

from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import func, select, text

from shop import broker, clock, pages
from shop.database import db, is_outage
from shop.outbox import Task

bp = Blueprint("health", __name__)

METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
REQUESTS = Counter(
    "http_requests_total", "Answers by endpoint and status", ["method", "endpoint", "status"]
)
SECONDS = Histogram("http_request_seconds", "Time to answer", ["endpoint"])


@bp.get("/healthz")
@pages.public
def healthz() -> ResponseReturnValue:
    """200 as long as the process can answer at all."""
    return jsonify(status="ok")


@bp.get("/readyz")
@pages.public
def readyz() -> ResponseReturnValue:
    """200 when database and queue answer, else 503 naming what does not."""
    checks = {"database": _database_answers(), "queue": _queue_answers()}
    ready = all(checks.values())
    named = {name: "ok" if answers else "away" for name, answers in checks.items()}
    return jsonify(status="ok" if ready else "unavailable", **named), 200 if ready else 503


def _database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except Exception as error:
        if not is_outage(error):
            raise
        return False
    return True


def _queue_answers() -> bool:
    try:
        broker.connection().ping()
    except broker.OUTAGES:
        return False
    return True


@bp.get("/metrics")
@pages.public
def metrics() -> ResponseReturnValue:
    """Prometheus text. With METRICS_TOKEN only for its bearer, else only from this machine."""
    _admit(current_app.config["SETTINGS"].metrics_token)
    registry = CollectorRegistry()
    if current_app.config["METRICS_SHARED"]:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for collector in (REQUESTS, SECONDS):
            registry.register(collector)
    _measure_outbox(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _admit(token: str | None) -> None:
    if token:
        offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(offered.encode(), token.encode()):
            abort(404)
    elif request.remote_addr not in {"127.0.0.1", "::1"}:
        abort(404)


def _measure_outbox(registry: CollectorRegistry) -> None:
    open_tasks = (Task.finished_at.is_(None), Task.failed_at.is_(None))
    oldest = db.session.scalar(select(func.min(Task.due_at)).where(*open_tasks))
    waiting = db.session.scalar(select(func.count()).select_from(Task).where(*open_tasks))
    failed = db.session.scalar(
        select(func.count()).select_from(Task).where(Task.failed_at.is_not(None))
    )
    late = max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0
    for name, what, value in (
        ("outbox_open_tasks", "Tasks not finished yet", waiting or 0),
        ("outbox_failed_tasks", "Tasks given up after their last try", failed or 0),
        ("outbox_oldest_seconds", "How long the oldest open task has been due", late),
    ):
        Gauge(name, what, registry=registry).set(value)


def init_app(app: Flask) -> None:
    """Count and time every answer."""
    app.register_blueprint(bp)

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def measure(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        method = request.method if request.method in METHODS else "other"
        now = time.perf_counter()
        count(method, endpoint, response.status_code, now - g.get("started", now))
        return response


def count(method: str, endpoint: str, status: int, seconds: float) -> None:
    """One answer more, that took so long."""
    requests, times = _counters(method, endpoint, status)
    requests.inc()
    times.observe(seconds)


@lru_cache(maxsize=2000)
def _counters(method: str, endpoint: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, endpoint, status), SECONDS.labels(endpoint)
