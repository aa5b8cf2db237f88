"""Work that must follow a change: recorded with it, enqueued after commit, swept when missed.

A row says "this job, with these arguments, because of this event" and stays open until the job
reports its end. Redis only hurries it along: if the queue loses everything, `sweep` fills it
again from here. A row is written as enqueued already, so that hurrying needs no second
transaction; one whose process died before it hurried is found as lost after LOST_AFTER.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import structlog
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import Index, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningInsert

from shop import broker, clock, jobs, logs, wiring
from shop.database import (
    BigKey,
    Instant,
    Json,
    Mapped,
    Model,
    Recorded,
    after_commit,
    db,
    mapped_column,
    table_of,
    transaction,
)

log = structlog.get_logger()

TIMETABLE = "timetable"
LOST_AFTER = timedelta(seconds=30)
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 5, 900

_OPEN = "finished_at IS NULL AND failed_at IS NULL"
_UNDER_WAY = {JobStatus.QUEUED, JobStatus.STARTED, JobStatus.DEFERRED, JobStatus.SCHEDULED}


class Task(Model):
    """One job to run. `job` is a dotted name, `arguments` its keyword arguments (JSON).

    Open until `finished_at` or, after its last try, `failed_at` (then `error` says why).
    `due_at` is the earliest instant of the next try. `key` makes a task unique while it exists.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "due_at", postgresql_where=_OPEN),
        Index("ix_outbox_failed", "failed_at", postgresql_where="failed_at IS NOT NULL"),
    )

    id: Mapped[BigKey]
    event: Mapped[str | None]
    job: Mapped[str]
    arguments: Mapped[Json]
    key: Mapped[str | None] = mapped_column(unique=True)
    request_id: Mapped[str | None]
    recorded_at: Mapped[Recorded]
    due_at: Mapped[Recorded]
    enqueued_at: Mapped[Instant | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    finished_at: Mapped[Instant | None]
    failed_at: Mapped[Instant | None]
    error: Mapped[str | None]


def record(event: str, *, once: str | None = None, **arguments: Any) -> None:
    """Note that `event` happened, in the transaction in which it does.

    Every job that `wiring.REACTIONS` names for it runs after the commit, with `arguments`;
    an event with the same `once` as one before adds nothing.
    """
    rows = [
        _row(name, arguments, event=event, key=once and f"{once}:{name}")
        for name in wiring.REACTIONS[event]
    ]
    for task_id, job in db.session.execute(_insert(), rows).all() if rows else ():
        _hurry_after_commit(Entry(task_id, 0, job, arguments, logs.request_id()))


def is_recorded(event: str, once: str) -> bool:
    """Whether an event with this `once` was recorded in the last 30 days."""
    keys = [f"{once}:{name}" for name in wiring.REACTIONS[event]]
    found = db.session.scalar(select(Task.id).where(Task.key.in_(keys)).limit(1))
    return found is not None


def add(
    job: str,
    arguments: dict[str, Any],
    *,
    event: str | None = None,
    key: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Ask for `job` to run after the commit, at `due_at` if given.

    A `key` already recorded adds nothing.
    """
    row = _row(job, arguments, event=event, key=key, due_at=due_at)
    task_id = db.session.scalar(_insert(), row)
    if task_id is not None and due_at is None:
        _hurry_after_commit(Entry(task_id, 0, job, arguments, logs.request_id()))


def _row(
    job: str,
    arguments: dict[str, Any],
    *,
    event: str | None,
    key: str | None,
    due_at: datetime | None = None,
) -> dict[str, Any]:
    now = clock.now()
    row: dict[str, Any] = {"job": job, "arguments": arguments, "event": event, "key": key}
    row |= {"request_id": logs.request_id(), "recorded_at": now, "due_at": due_at or now}
    return row | {"enqueued_at": None if due_at else now}


@cache
def _insert() -> ReturningInsert[int, str]:
    made = insert(table_of(Task)).on_conflict_do_nothing(index_elements=["key"])
    return made.returning(Task.id, Task.job)


def repeat(job: str) -> None:
    """Ask for a job of the timetable, unless the last one asked for is still open."""
    there = select(Task.id).where(
        Task.job == job,
        Task.event == TIMETABLE,
        Task.finished_at.is_(None),
        Task.failed_at.is_(None),
    )
    if db.session.scalar(there.limit(1)) is None:
        add(job, {}, event=TIMETABLE)


def ask_once(job: str, arguments: dict[str, Any]) -> None:
    """Ask for a job now, unless the same that is due and has not begun is there already."""
    there = select(Task.id).where(
        Task.job == job,
        Task.arguments == arguments,
        Task.finished_at.is_(None),
        Task.failed_at.is_(None),
        Task.tries == 0,
        Task.due_at <= clock.now(),
    )
    if db.session.scalar(there.limit(1)) is None:
        add(job, arguments)


def forget(now: datetime) -> None:
    """Delete tasks that ended long ago: 30 days, those of the timetable one hour."""
    ended = func.coalesce(Task.finished_at, Task.failed_at)
    routine = (Task.event == TIMETABLE) & (ended < now - timedelta(hours=1))
    db.session.execute(delete(Task).where(routine | (ended < now - timedelta(days=30))))


@dataclass(frozen=True)
class Entry:
    """What the queue is told of a task; each try has an entry of its own."""

    task_id: int
    tries: int
    job: str
    arguments: dict[str, Any]
    request_id: str | None


def _hurry_after_commit(entry: Entry) -> None:
    waiting = db.session().info.setdefault("tasks_to_hurry", [])
    if not waiting:
        after_commit(_hurry)
    waiting.append(entry)


def _hurry() -> None:
    """Hand the queue what was just committed; without Redis the sweep will do it."""
    entries = db.session().info.pop("tasks_to_hurry", [])
    try:
        _push(entries)
    except broker.RedisError as error:
        # What asked for them is committed: its page must not turn into an error now.
        _leave_to_sweep(entries, type(error).__name__)


def _leave_to_sweep(entries: Sequence[Entry], error: str) -> None:
    task_ids = [entry.task_id for entry in entries]
    log.warning("queue away, tasks wait in the outbox", tasks=task_ids, error=error)
    try:
        with transaction():
            db.session.execute(
                update(Task)
                .where(Task.id.in_(task_ids), Task.tries == 0)
                .values(enqueued_at=None)
                .execution_options(synchronize_session=False)
            )
    except DBAPIError:
        log.warning("database away too, the sweep finds them as lost", tasks=task_ids)


def sweep(limit: int = 500) -> int:
    """Enqueue open tasks that are due and were never enqueued, or whose queue entry is gone.

    Returns how many. Safe to run in several processes: rows are locked, locked ones skipped.
    """
    now = clock.now()
    due = [Task.finished_at.is_(None), Task.failed_at.is_(None), Task.due_at <= now]
    with transaction():
        waiting = _lock([*due, Task.enqueued_at.is_(None)], limit)
        lost = _lost(_lock([*due, Task.enqueued_at < now - LOST_AFTER], limit))
        return _enqueue([*waiting, *_with_tries_left(lost)])


def _with_tries_left(lost: list[Task]) -> list[Task]:
    # A job that takes its worker down with it must not do so for ever.
    spent = [task for task in lost if task.tries >= jobs.spec(task.job).tries]
    for task in spent:
        task.failed_at, task.error = clock.now(), "its worker died in the last try"
    return [task for task in lost if task not in spent]


def _lock(conditions: Iterable[Any], limit: int) -> list[Task]:
    query = select(Task).where(*conditions).order_by(Task.due_at, Task.id).limit(limit)
    return list(db.session.scalars(query.with_for_update(skip_locked=True)))


def _lost(tasks: list[Task]) -> list[Task]:
    # Before what they say of themselves: one that is taken meanwhile says that it has started.
    listed = _listed({jobs.spec(task.job).queue for task in tasks})
    # A try that has begun has counted itself; its entry still bears the number before.
    waiting, running = (_under_way(tasks, listed, begun=begun) for begun in (0, 1))
    return [task for task in tasks if task.id not in waiting | running]


def _under_way(tasks: list[Task], listed: set[str], *, begun: int) -> set[int]:
    names = [_entry_id(task.id, task.tries - begun) for task in tasks]
    entries = Job.fetch_many(names, broker.connection(), serializer=JSONSerializer)
    return {
        task.id
        for task, entry in zip(tasks, entries, strict=True)
        if entry is not None and _is_under_way(entry, listed)
    }


def _is_under_way(entry: Job, listed: set[str]) -> bool:
    """A worker that dies between taking an entry and saying so leaves one that says it waits, and
    stands in no queue. One that is just between the two looks the same: its job may run twice,
    which every job bears."""
    status = entry.get_status(refresh=False)
    return status in _UNDER_WAY and (status != JobStatus.QUEUED or entry.id in listed)


def _listed(queues: Iterable[str]) -> set[str]:
    """The entries that stand in these queues."""
    connection = broker.connection()
    found = (Queue(name, connection=connection, serializer=JSONSerializer) for name in queues)
    return {entry_id for queue in found for entry_id in queue.get_job_ids()}


def _entry_id(task_id: int, tries: int) -> str:
    return f"task-{task_id}-{tries}"


def _enqueue(tasks: list[Task]) -> int:
    now = clock.now()
    _push([Entry(t.id, t.tries, t.job, t.arguments, t.request_id) for t in tasks])
    for task in tasks:
        task.enqueued_at = now
    return len(tasks)


def _push(entries: Sequence[Entry]) -> None:
    # All of them in one round trip.
    pipeline = broker.connection().pipeline()
    for entry in entries:
        spec = jobs.spec(entry.job)
        queue = Queue(spec.queue, connection=broker.connection(), serializer=JSONSerializer)
        queue.enqueue(
            entry.job,
            kwargs=entry.arguments,
            job_id=_entry_id(entry.task_id, entry.tries),
            job_timeout=spec.timeout_seconds,
            result_ttl=60,
            failure_ttl=3600,
            meta={"task_id": entry.task_id, "request_id": entry.request_id},
            pipeline=pipeline,
        )
    pipeline.execute()


def begin(task_id: int) -> bool:
    """Count a try. False: the task has ended already, there is nothing to do."""
    with transaction():
        counted = db.session.execute(
            update(Task)
            .where(Task.id == task_id, Task.finished_at.is_(None), Task.failed_at.is_(None))
            .values(tries=Task.tries + 1)
            .returning(Task.id)
        )
        return counted.first() is not None


def finish(task_id: int) -> None:
    """The job did its work."""
    _end(task_id, finished_at=clock.now(), error=None)


def fail(task_id: int, error: str, tries: int) -> bool:
    """The job raised. Try again later, or after `tries` tries keep it as failed and return True."""
    with transaction():
        task = db.session.get(Task, task_id, with_for_update=True)
        if task is None or task.finished_at or task.failed_at:
            return False
        task.error = error[:2000]
        if task.tries < tries:
            task.enqueued_at, task.due_at = None, _next_try(task.tries)
            return False
        task.failed_at = clock.now()
        return True


def reopen(task_id: int) -> bool:
    """Give a task that was given up all its tries again; the next sweep enqueues it.

    False: it was not given up (any more).
    """
    fresh = {"failed_at": None, "error": None, "enqueued_at": None, "tries": 0}
    reopened = db.session.execute(
        update(Task)
        .where(Task.id == task_id, Task.failed_at.is_not(None))
        .values(**fresh, due_at=clock.now())
        .returning(Task.id)
    )
    return reopened.first() is not None


def _next_try(tries: int) -> datetime:
    # Full jitter: many jobs that failed together must not come back together.
    longest = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**tries)
    return clock.now() + timedelta(seconds=random.uniform(0, longest))  # noqa: S311


def _end(task_id: int, **values: Any) -> None:
    with transaction():
        db.session.execute(update(Task).where(Task.id == task_id).values(**values))
