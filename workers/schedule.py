"""`ocop scheduler`: the timetable. One leader at a time; also sweeps the outbox."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from flask import Flask
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from shop import broker, clock, once, outbox
from shop.database import db, transaction

log = structlog.get_logger()

LEADER_LOCK = 7_226_002
SWEEP_SECONDS = 1.0


@dataclass(frozen=True)
class Entry:
    """`job` (dotted name) every `seconds`."""

    job: str
    seconds: int


TIMETABLE = (
    Entry("shop.admin.jobs.forget_departures", 3600),
    Entry("shop.inventory.jobs.expire_reservations", 30),
    Entry("shop.livestream.jobs.lapse_claims", 30),
    Entry("shop.livestream.source_jobs.listen_all", 5),
    Entry("shop.orders.jobs.expire_orders", 60),
    Entry("shop.orders.jobs.forget_marks", 3600),
    Entry("shop.payments.jobs.ask_gateways", 60),
    Entry("shop.reconciliation.jobs.pull_feeds", 60),
    Entry("shop.reconciliation.jobs.look_for_silence", 3600),
    Entry("shop.reports.jobs.refresh", 600),
    Entry("shop.reports.jobs.settle_month", 3600),
    Entry("shop.catalogue.jobs.end_certificates", 60),
    Entry("shop.catalogue.jobs.remind_of_renewal", 3600),
    Entry("traceability.scan_jobs.store_scans", 3),
    Entry("traceability.scan_jobs.forget_scans", 3600),
    Entry("traceability.record_jobs.seal_day", 600),
    Entry("traceability.record_jobs.check_record", 3600),
    Entry("traceability.record_jobs.remind_of_papers", 3600),
    Entry("workers.sync.jobs.push_open_lanes", 60),
    Entry("workers.sync.jobs.pull_all", 120),
    Entry("workers.sync.jobs.sample_all", 3600),
    Entry("workers.sync.jobs.scan_all", 3600),
    Entry("workers.sync.jobs.ask_all_payouts", 3600),
    Entry("workers.sync.jobs.tell_of_troubles", 3600),
    Entry("workers.channels.jobs.refresh_tokens", 300),
    Entry("workers.channels.jobs.tell_of_ends", 3600),
    Entry("workers.portals.jobs.forget_files", 3600),
    Entry("workers.feeds.jobs.write_due", 20),
)


def run(app: Flask) -> None:
    """Lead when nobody else does, until SIGTERM or SIGINT; outages are waited out."""
    stopping = _stop_signal()
    while not stopping():
        try:
            _lead(app, stopping)
        except (DBAPIError, *broker.OUTAGES) as error:
            log.warning("a server is away, scheduler waits", error=type(error).__name__)
            time.sleep(2)


def _stop_signal() -> Callable[[], bool]:
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: told.append(received))
    return lambda: bool(told)


def _lead(app: Flask, stopping: Callable[[], bool]) -> None:
    """Hold the leader's lock on a connection of its own; it falls with the process."""
    with app.app_context():
        # Without a pool: a connection kept in one would hold the lock after we let it go.
        engine = create_engine(db.engine.url, poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not stopping() and not _is_leader(connection):
            time.sleep(1)
        started = time.monotonic()
        rounds: dict[str, int] = {}
        while not stopping():
            connection.execute(text("SELECT 1"))  # raises when the lock's connection is gone
            _round(app, time.monotonic() - started, rounds)
            time.sleep(SWEEP_SECONDS)


def _is_leader(connection: Connection) -> bool:
    query = text("SELECT pg_try_advisory_lock(:key)")
    return bool(connection.scalar(query, {"key": LEADER_LOCK}))


def _round(app: Flask, elapsed: float, rounds: dict[str, int]) -> None:
    with app.app_context():
        for entry in TIMETABLE:
            due = int(elapsed // entry.seconds)
            if rounds.get(entry.job) != due:
                rounds[entry.job] = due
                with transaction():
                    outbox.repeat(entry.job)
        if rounds.get("forget") != (hour := int(elapsed // 3600)):
            rounds["forget"] = hour
            with transaction():
                outbox.forget(clock.now())
                once.forget(clock.now())
        outbox.sweep()
