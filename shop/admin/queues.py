"""What the queues, the workers and the outbox are doing now."""

from dataclasses import dataclass
from datetime import UTC, datetime

from rq import Queue, Worker
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker
from sqlalchemy import Select, func, select

from shop import broker, clock, jobs
from shop.database import db
from shop.outbox import Task

# A worker that was silent for so long is taken for dead.
SILENT_SECONDS = 120


@dataclass(frozen=True)
class QueueState:
    """How many entries of a queue wait, run, and failed within the last hour."""

    name: str
    waiting: int
    running: int
    failed: int


@dataclass(frozen=True)
class WorkerState:
    """One worker process. `job`: the dotted name of what it runs now. `silent`: no sign of life."""

    name: str
    queues: str
    state: str
    job: str
    heartbeat: datetime | None
    silent: bool


@dataclass(frozen=True)
class OutboxState:
    """Tasks that are to be done (due now, or later), and those given up after their last try.

    `oldest_due`: since when the one that waits longest should have run.
    """

    due: int
    later: int
    failed: int
    oldest_due: datetime | None


def outbox_state() -> OutboxState:
    """The truth of what is to be done, whatever the queue knows of it."""
    now = clock.now()
    open_task = Task.finished_at.is_(None) & Task.failed_at.is_(None)
    query = select(
        func.count().filter(open_task & (Task.due_at <= now)),
        func.count().filter(open_task & (Task.due_at > now)),
        func.count().filter(Task.failed_at.is_not(None)),
        func.min(Task.due_at).filter(open_task & (Task.due_at <= now)),
    )
    return OutboxState(*db.session.execute(query.select_from(Task)).one())


def queues() -> list[QueueState]:
    """Every queue, in the order in which workers serve them. Raises one of broker.OUTAGES."""
    found = []
    for name in jobs.ALL:
        queue = Queue(name, connection=broker.connection(), serializer=JSONSerializer)
        # Without cleaning up: looking at a page must not judge what is abandoned.
        running = queue.started_job_registry.get_job_count(cleanup=False)
        failed = queue.failed_job_registry.get_job_count(cleanup=False)
        found.append(QueueState(name, queue.count, running, failed))
    return found


def workers() -> list[WorkerState]:
    """Every worker that has told of itself. Raises one of broker.OUTAGES."""
    found = Worker.all(connection=broker.connection(), serializer=JSONSerializer)
    return sorted((_worker(each) for each in found), key=lambda each: each.name)


def _worker(worker: BaseWorker) -> WorkerState:
    beat = worker.last_heartbeat
    beat = beat.replace(tzinfo=UTC) if beat is not None and beat.tzinfo is None else beat
    job = worker.get_current_job()
    return WorkerState(
        name=worker.name,
        queues=", ".join(worker.queue_names()),
        state=str(worker.get_state()),
        job=str(job.func_name) if job is not None else "",
        heartbeat=beat,
        silent=beat is None or (clock.now() - beat).total_seconds() > SILENT_SECONDS,
    )


def given_up() -> Select[Task]:
    """Tasks that failed their last try, the youngest first."""
    query = select(Task).where(Task.failed_at.is_not(None))
    return query.order_by(Task.failed_at.desc(), Task.id.desc())
