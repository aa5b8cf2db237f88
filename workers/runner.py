"""`ocop worker`: RQ workers whose jobs run in the app and report to the outbox.

Two kinds, so that nobody's payment waits for somebody's paper.
"""

from collections.abc import Sequence
from typing import Any

import structlog
from flask import Flask, current_app
from rq import SimpleWorker, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.orm import configure_mappers

from shop import broker, jobs, logs, outbox, processes
from shop.database import db, is_outage
from shop.errors import DomainError

log = structlog.get_logger()

MAINTENANCE_SECONDS = 60
# What a process gathers in memory goes with it; whoever keeps it running starts another.
JOBS_IN_ONE_PROCESS = 20_000


def quick(app: Flask) -> None:
    """Run quick jobs in this very process, a third of the time of a fork, until told to stop.

    The job under way is finished first (SIGTERM, SIGINT).
    """
    with app.app_context():
        configure_mappers()
        processes.keep_loaded()
        worker = SimpleWorker(list(jobs.QUICK), **_how(app, Entry))
        worker.work(max_jobs=JOBS_IN_ONE_PROCESS, logging_level="WARNING")


def slow(app: Flask) -> None:
    """Run each slow job in a process of its own, which its time limit can kill, until told to stop.

    The job under way is finished first (SIGTERM, SIGINT).
    """
    _forking(app, jobs.SLOW)


def listening(app: Flask) -> None:
    """The same for the job that listens to the platforms."""
    _forking(app, jobs.LISTENING)


def _forking(app: Flask, queues: Sequence[str]) -> None:
    with app.app_context():
        # Once here instead of in every child.
        configure_mappers()
        processes.keep_loaded()
        # Every child opens its own connections, never its parent's.
        db.engine.dispose()
        worker = Worker(list(queues), **_how(app, ForkedEntry))
        worker.work(logging_level="WARNING")


def _how(app: Flask, entry: type[Job]) -> dict[str, Any]:
    return {
        # Waits minutes for the next job, so its reads must not time out as a page's do.
        "connection": broker.connect(app.config["SETTINGS"].redis_url, read_seconds=None),
        "job_class": entry,
        "serializer": JSONSerializer,
        "maintenance_interval": MAINTENANCE_SECONDS,
    }


class Entry(Job):
    """A queue entry, run with its task (see shop.outbox) and its request id."""

    def perform(self) -> Any:
        """Run the job unless its task has ended; whatever happens is told to the outbox.

        Raises only when the database is away: then RQ keeps the entry as failed, and the sweep
        enqueues the task again once the database can be asked.
        """
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        with app.app_context():
            self._report()

    def _report(self) -> None:
        task_id = self.meta["task_id"]
        with logs.bound(request_id=self.meta.get("request_id"), job=self.func_name, task=task_id):
            if outbox.begin(task_id):
                self._try(task_id)

    def _try(self, task_id: int) -> None:
        name = str(self.func_name)
        try:
            jobs.function(name)(**self.kwargs)
        except Exception as error:  # the edge of every job: whatever it is, it is kept and told
            expected = isinstance(error, DomainError) or is_outage(error)
            log.warning("job failed", error=repr(error), exc_info=not expected)
            db.session.rollback()
            self._failed(task_id, repr(error), jobs.spec(name))
        else:
            outbox.finish(task_id)
            # The timetable's jobs have no request behind them and run all day.
            (log.info if self.meta.get("request_id") else log.debug)("job done")

    def _failed(self, task_id: int, error: str, spec: jobs.Spec) -> None:
        if outbox.fail(task_id, error, spec.tries) and spec.given_up:
            spec.given_up(**self.kwargs)


class ForkedEntry(Entry):
    """An entry in the child that was forked for it."""

    def perform(self) -> Any:
        """As an Entry, on connections of its own."""
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        with app.app_context():
            db.engine.dispose(close=False)
        return super().perform()
