"""Servers that die while everything runs: people get a page, nothing is lost, work resumes."""

import http.client
import os
import signal
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import stack as stacks
from sqlalchemy import create_engine, func, select, text

from shop import embedded
from shop.database import db, transaction
from shop.livestream import broadcasts
from shop.livestream.models import Broadcast, Claim, Comment, CommentState
from shop.sellers.models import Seller
from tests import invariants, make, make_livestream, make_money

pytestmark = pytest.mark.xdist_group("stack")


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """One stack for the whole file: each fault must leave it fit for the next."""
    running = stacks.new(tmp_path_factory.mktemp("faults"), demo=False)
    try:
        yield running.start()
    finally:
        assert running.stop() == 0


def kill(stack, server):
    """SIGKILL one of the embedded servers."""
    files = {"postgres": "postgres/data/postmaster.pid", "valkey": "run/valkey.pid"}
    pid = int((stack.var_dir / files[server]).read_text().split()[0])
    os.kill(pid, signal.SIGKILL)


def pages_seen(stack, path, seconds):
    seen = {}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status, page = stack.get(path)
        seen[status] = page
        if status == 200 and 503 in seen:
            break
        time.sleep(0.02)
    return seen


def test_a_dead_database_is_a_503_page_and_comes_back(ours):
    kill(ours, "postgres")
    seen = pages_seen(ours, "/", 40)
    assert set(seen) == {200, 503}
    assert "Hệ thống đang bận" in seen[503]
    ours.wait_for(lambda: ours.status("/readyz") == 200, 40)
    assert tracebacks(ours) <= 2


def test_a_dead_queue_loses_no_work(ours):
    url = embedded.attach(ours.var_dir).database_url
    kill(ours, "valkey")
    insert_task(url, "dead-queue")
    assert ours.status("/") == 200, "the catalogue needs no queue"
    ours.wait_for(lambda: finished(url, "dead-queue") == 1, 60)
    assert tracebacks(ours) <= 2


def test_a_worker_that_finds_no_queue_says_so_in_one_line_and_ends(ours):
    """As it does again and again while a queue takes long to come back."""
    nobody = "redis://:nobody@127.0.0.1:1/0"
    with ThreadPoolExecutor() as both:
        run = partial(ours.ocop, "worker", REDIS_URL=nobody)
        workers = list(both.map(run, ("quick", "slow")))
    for ended in workers:
        assert ended.returncode == 1
        assert "Traceback" not in ended.stderr
        assert ended.stderr.splitlines()[-1].startswith("Hàng đợi không trả lời")


def test_a_queue_that_forgot_everything_is_filled_again(ours):
    url = embedded.attach(ours.var_dir).database_url
    insert_task(url, "forgetful-queue")
    from redis import Redis

    with Redis.from_url(embedded.attach(ours.var_dir).redis_url) as queue:
        queue.flushall()
    ours.wait_for(lambda: finished(url, "forgetful-queue") == 1, 90)


def test_a_killed_worker_is_replaced(ours):
    url = embedded.attach(ours.var_dir).database_url
    workers = [pid for pid, command in ours.commands().items() if "shop.cli worker" in command]
    assert len(workers) >= 2, "the quick one and the slow one"
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    insert_task(url, "killed-worker")
    ours.wait_for(lambda: finished(url, "killed-worker") == 1, 90)


def test_a_session_goes_on_though_the_web_server_is_killed_again_and_again(ours):
    """A bridge sends each batch until it is taken; the server dies while it has it in hand."""
    found = embedded.attach(ours.var_dir)
    heard = [make_livestream.said("A1 x1", at=at, author=f"b{at}") for at in range(120)]
    with make_money.app_on(found.database_url, found.redis_url, ours.var_dir):
        with transaction():
            on = make_livestream.on_air()
            owner = db.session.get_one(Seller, on.seller_id)
            tea = make.variant(make.product(owner), on_hand=50)
            make_livestream.live(on, variant=tea)
            on_id, url = on.id, f"{ours.url}/api/v1/livestreams/{on.ref}/comments"
            key = broadcasts.ingest_key(on)
        for start in range(0, len(heard), 12):
            send_it = partial(send, url, key, make_livestream.body(heard[start : start + 12]))
            if start % 48 == 0:
                dies_with_it_in_hand(ours, on_id, send_it)
            ours.wait_for(lambda taken=send_it: taken() == 202, 60)
        ours.wait_for(lambda: unread(on_id) == 0, 60)
        query = select(Claim.state).where(Claim.broadcast_id == on_id).order_by(Claim.said_at)
        assert db.session.scalars(query).all() == ["held"] * 50 + ["waiting"] * 70
        assert db.session.scalar(select(func.count()).select_from(Comment)) == 120
        invariants.hold()
    assert tracebacks(ours) <= 2


def dies_with_it_in_hand(stack, on_id, send_it):
    """The server waits for the session's row, which is held here, while it is killed."""
    with ThreadPoolExecutor() as sender:
        db.session.get_one(Broadcast, on_id, with_for_update=True)
        sent = sender.submit(send_it)
        stack.wait_for(somebody_waits, 20)
        for pid, command in stack.commands().items():
            if "shop.cli web" in command or "granian" in command:
                os.kill(pid, signal.SIGKILL)
        assert sent.result() == 0, "nobody answered"
    db.session.rollback()


def somebody_waits():
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    return db.session.scalar(text(waiting)) > 0


def send(url, key, raw):
    """The status of a batch sent; 0 when nobody answers."""
    request = urllib.request.Request(url, raw, make_livestream.headers(key, raw))
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException):
        return 0


def unread(broadcast_id):
    db.session.rollback()
    new = Comment.broadcast_id == broadcast_id, Comment.state == CommentState.NEW
    return db.session.scalar(select(func.count()).where(*new))


def insert_task(url, key):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO outbox (job, arguments, key) VALUES "
                "('shop.inventory.jobs.expire_reservations', '{}', :key)"
            ),
            {"key": key},
        )
    engine.dispose()


def finished(url, key):
    engine = create_engine(url)
    with engine.connect() as connection:
        count = connection.scalar(
            text("SELECT count(*) FROM outbox WHERE key = :key AND finished_at IS NOT NULL"),
            {"key": key},
        )
    engine.dispose()
    return count


def tracebacks(stack):
    return sum("Traceback" in line for line in stack.lines)
