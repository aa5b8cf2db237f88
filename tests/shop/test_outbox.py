"""The outbox: with the change or not at all, and no task lost when the queue is."""

from datetime import timedelta

import pytest
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import select, update

from shop import broker, clock, jobs, outbox, wiring
from shop.database import db, transaction
from shop.outbox import Task
from tests import make

JOB = "shop.inventory.jobs.expire_reservations"


def queued():
    return Queue("default", connection=broker.connection(), serializer=JSONSerializer).job_ids


def tasks():
    db.session.expire_all()
    return db.session.scalars(select(Task).order_by(Task.id)).all()


def test_a_task_leaves_for_the_queue_after_the_commit(database):
    with transaction():
        outbox.add(JOB, {})
        assert queued() == []
    (task,) = tasks()
    assert queued() == [f"task-{task.id}-0"]
    assert task.enqueued_at is not None


def test_a_change_that_is_rolled_back_leaves_no_task(database):
    def change():
        with transaction():
            outbox.add(JOB, {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert tasks() == []
    assert queued() == []


def test_an_event_becomes_one_task_for_each_reaction(database):
    with transaction():
        outbox.record("stock_changed", variant_ids=[7])
    made = tasks()
    assert sorted(task.job for task in made) == sorted(wiring.REACTIONS["stock_changed"])
    assert {task.event for task in made} == {"stock_changed"}
    assert [task.arguments for task in made] == [{"variant_ids": [7]}] * len(made)


def test_the_same_key_is_one_task(database):
    with transaction():
        outbox.add(JOB, {}, key="once")
        outbox.add(JOB, {}, key="once")
    assert len(tasks()) == 1


def test_without_redis_the_commit_stands_and_the_sweep_enqueues_later(database, monkeypatch):
    away = broker.connect("redis://127.0.0.1:1/0")
    there = database.extensions["broker"]
    monkeypatch.setitem(database.extensions, "broker", away)
    with transaction():
        outbox.add(JOB, {})
    (task,) = tasks()
    assert task.enqueued_at is None
    monkeypatch.setitem(database.extensions, "broker", there)
    assert outbox.sweep() == 1
    assert queued() == [f"task-{task.id}-0"]


def test_a_queue_that_lost_everything_is_filled_again(database):
    with transaction():
        outbox.add(JOB, {})
    broker.connection().flushdb()
    assert outbox.sweep() == 0, "not before the entry could have been picked up"
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert outbox.sweep() == 1
    assert len(queued()) == 1


def test_an_entry_still_in_the_queue_is_left_there(database):
    with transaction():
        outbox.add(JOB, {})
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert outbox.sweep() == 0
    assert len(queued()) == 1


def test_an_entry_taken_by_a_worker_that_died_before_it_began_is_asked_for_again(database):
    with transaction():
        outbox.add(JOB, {})
    (entry_id,) = queued()
    broker.connection().lpop(Queue("default", connection=broker.connection()).key)
    entry = Job.fetch(entry_id, broker.connection(), serializer=JSONSerializer)
    assert entry.get_status() == JobStatus.QUEUED, "it says that it waits, and waits nowhere"
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert outbox.sweep() == 1
    assert len(queued()) == 1


def test_a_finished_task_does_not_begin_again(database):
    with transaction():
        outbox.add(JOB, {})
    (task,) = tasks()
    assert outbox.begin(task.id) is True
    outbox.finish(task.id)
    assert outbox.begin(task.id) is False
    assert tasks()[0].tries == 1


def test_a_failed_try_comes_back_and_the_last_one_stays_failed(database):
    with transaction():
        outbox.add(JOB, {})
    (task,) = tasks()
    outbox.begin(task.id)
    outbox.fail(task.id, "mạng đứt", tries=2)
    (task,) = tasks()
    assert (task.failed_at, task.enqueued_at, task.error) == (None, None, "mạng đứt")
    assert clock.now() - timedelta(seconds=1) <= task.due_at <= clock.now() + timedelta(seconds=10)
    outbox.begin(task.id)
    outbox.fail(task.id, "mạng đứt", tries=2)
    assert tasks()[0].failed_at is not None
    with clock.at(clock.now() + timedelta(days=1)):
        assert outbox.sweep() == 0


def test_the_timetable_asks_again_only_when_the_last_one_has_ended(database):
    for _ in range(3):
        with transaction():
            outbox.repeat(JOB)
    (task,) = tasks()
    outbox.begin(task.id)
    outbox.finish(task.id)
    with transaction():
        outbox.repeat(JOB)
    assert len(tasks()) == 2


def test_old_tasks_are_forgotten_open_ones_never(database):
    with transaction():
        outbox.add(JOB, {}, key="ended")
        outbox.add(JOB, {}, key="open")
        long_ago = clock.now() - timedelta(days=40)
        db.session.execute(update(Task).values(recorded_at=long_ago, due_at=long_ago))
        db.session.execute(update(Task).where(Task.key == "ended").values(finished_at=long_ago))
        outbox.forget(clock.now())
    assert [task.key for task in tasks()] == ["open"]


def test_a_transaction_inside_a_transaction_is_a_mistake(database):
    with pytest.raises(RuntimeError), transaction(), transaction():
        pass


def test_the_request_id_follows_into_the_task(cast):
    product = make.product(cast.ours.seller)
    make.variant(product)
    product.status, product.on_sale = "draft", False
    db.session.commit()
    answer = cast.ours.post(f"/ban-hang/san-pham/{product.ref}/dang")
    assert answer.status_code == 303
    task = next(task for task in tasks() if task.event == "product_changed")
    assert task.request_id == answer.headers["X-Request-ID"]


def entry(task_id, number):
    names = [f"task-{task_id}-{number}"]
    return Job.fetch_many(names, broker.connection(), serializer=JSONSerializer)[0]


def test_a_job_that_runs_for_long_is_not_started_again(database):
    with transaction():
        outbox.add(JOB, {})
    (task,) = tasks()
    outbox.begin(task.id)
    entry(task.id, 0).set_status(JobStatus.STARTED)
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert outbox.sweep() == 0
        entry(task.id, 0).set_status(JobStatus.FAILED)
        assert outbox.sweep() == 1, "its worker died, so it is taken up"
    assert entry(task.id, 1).get_status() == JobStatus.QUEUED


def test_an_event_told_twice_under_one_name_is_one_task(database):
    with transaction():
        for _ in range(2):
            outbox.record("mail_wanted", once="order-paid:OCP1", sealed="x")
    assert len(tasks()) == 1


def test_only_the_last_try_is_the_end(database):
    with transaction():
        outbox.add(JOB, {})
    (task,) = tasks()
    ends = []
    for _ in range(3):
        outbox.begin(task.id)
        ends.append(outbox.fail(task.id, "mạng đứt", tries=2))
    assert ends == [False, True, False]


def test_a_job_whose_worker_died_in_its_last_try_is_given_up(database):
    with transaction():
        outbox.add(JOB, {})
    (task,) = tasks()
    db.session.execute(update(Task).values(tries=jobs.spec(JOB).tries))
    broker.connection().flushdb()
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert outbox.sweep() == 0
    (task,) = tasks()
    assert task.failed_at is not None
    assert "died" in task.error
