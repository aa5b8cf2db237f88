"""Servers that die while everything runs: people get a page, nothing is lost, work resumes."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import stack as stacks
from sqlalchemy import create_engine, text

from shop import embedded

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
