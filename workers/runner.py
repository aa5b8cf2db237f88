"""`ocop worker`: an RQ worker whose jobs run in the app and report to the outbox."""

from typing import Any

import structlog
from flask import Flask, current_app
from rq import Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from shop import broker, jobs, logs, outbox
from shop.database import db, is_outage
from shop.errors import DomainError

log = structlog.get_logger()

MAINTENANCE_SECONDS = 60


def run(app: Flask) -> None:
    """Work until told to stop; the job under way is finished first (SIGTERM, SIGINT)."""
    with app.app_context():
        # Every child forked for a job opens its own connections, never its parent's.
        db.engine.dispose()
        worker = Worker(
            list(jobs.QUEUES),
            # Waits minutes for the next job, so its reads must not time out as a page's do.
            connection=broker.connect(app.config["SETTINGS"].redis_url, read_seconds=None),
            job_class=Entry,
            serializer=JSONSerializer,
            maintenance_interval=MAINTENANCE_SECONDS,
        )
        worker.work(logging_level="WARNING")


class Entry(Job):
    """A queue entry, run with its task (see shop.outbox) and its request id."""

    def perform(self) -> Any:
        """Run the job unless its task has ended; whatever happens is told to the outbox.

        Raises only when the database is away: then RQ keeps the entry as failed, and the sweep
        enqueues the task again once the database can be asked.
        """
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        with app.app_context():
            db.engine.dispose(close=False)
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
