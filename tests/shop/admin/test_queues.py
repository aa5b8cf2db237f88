from datetime import timedelta

import pytest
from rq import Queue, Worker
from rq.serializers import JSONSerializer
from sqlalchemy import select

from shop import broker, clock, outbox
from shop.admin import queues
from shop.database import db
from shop.outbox import Task

URL = "/quan-tri/hang-doi"
JOB = "shop.orders.jobs.expire_orders"


@pytest.fixture
def tasks(database):
    """One due for two minutes, one for tomorrow, one given up, one done."""
    now = clock.now()
    rows = [
        Task(job=JOB, arguments={}, due_at=now - timedelta(minutes=2), tries=1),
        Task(job=JOB, arguments={}, due_at=now + timedelta(days=1)),
        Task(job=JOB, arguments={}, due_at=now, tries=5, failed_at=now, error="ValueError('x')"),
        Task(job=JOB, arguments={}, due_at=now, finished_at=now),
    ]
    db.session.add_all(rows)
    db.session.commit()
    return rows


def test_the_outbox_is_counted_and_its_oldest_named(tasks):
    state = queues.outbox_state()
    assert (state.due, state.later, state.failed) == (1, 1, 1)
    assert state.oldest_due == tasks[0].due_at


def test_every_queue_is_counted(database):
    given = {"connection": broker.connection(), "serializer": JSONSerializer}
    Queue("mail", **given).enqueue(JOB)
    found = {each.name: (each.waiting, each.running, each.failed) for each in queues.queues()}
    assert found == {
        "payments": (0, 0, 0),
        "livestream": (0, 0, 0),
        "default": (0, 0, 0),
        "documents": (0, 0, 0),
        "mail": (1, 0, 0),
        "channels": (0, 0, 0),
        "listening": (0, 0, 0),
    }


def test_a_worker_is_shown_with_its_heartbeat_and_a_silent_one_as_lost(database):
    given = {"connection": broker.connection(), "serializer": JSONSerializer}
    worker = Worker(["mail", "channels"], name="tho-1", **given)
    worker.register_birth()
    [alive] = queues.workers()
    assert (alive.name, alive.queues, alive.silent) == ("tho-1", "mail, channels", False)
    assert abs(alive.heartbeat - clock.now()) < timedelta(seconds=30)
    with clock.at(clock.now() + timedelta(minutes=5)):
        assert [each.silent for each in queues.workers()] == [True]


def test_the_page_shows_all_of_it_to_the_administrator_alone(cast, tasks):
    page = cast.administrator.get(URL).text
    assert "ValueError(&#39;x&#39;)" in page
    assert "Không có tiến trình nào" in page
    assert cast.administrator.get(f"{URL}/luc-nay").status_code == 200
    data = {"task": tasks[2].id}
    answers = [cast.ours.get(URL), cast.ours.get(f"{URL}/luc-nay")]
    answers.append(cast.ours.post(f"{URL}/thu-lai", data))
    assert [answer.status_code for answer in answers] == [404] * 3
    assert db.session.get(Task, tasks[2].id).failed_at is not None


def test_a_task_that_was_given_up_is_run_again(cast, tasks, run_tasks):
    answer = cast.administrator.post(f"{URL}/thu-lai", {"task": tasks[2].id})
    assert answer.status_code == 303
    task = db.session.get(Task, tasks[2].id)
    assert (task.failed_at, task.error, task.tries, task.enqueued_at) == (None, None, 0, None)
    outbox.sweep()
    assert task.enqueued_at is not None


@pytest.mark.parametrize("which", [0, 3])
def test_only_what_was_given_up_is_run_again(cast, tasks, which):
    before = db.session.execute(select(Task.tries, Task.finished_at).order_by(Task.id)).all()
    answer = cast.administrator.post(f"{URL}/thu-lai", {"task": tasks[which].id})
    assert answer.status_code == 404
    query = select(Task.tries, Task.finished_at).order_by(Task.id)
    assert db.session.execute(query).all() == before


def test_without_the_queue_the_page_still_tells_of_the_outbox(cast, tasks, app):
    kept = app.extensions["broker"]
    app.extensions["broker"] = broker.connect("redis://127.0.0.1:1/0")
    try:
        page = cast.administrator.get(URL)
    finally:
        app.extensions["broker"] = kept
    assert page.status_code == 200
    assert "Không hỏi được hàng đợi" in page.text
    assert "ValueError" in page.text
