"""Servers that die while everything runs: people get a page, nothing is lost, work resumes."""

import os
import signal
import subprocess
import time

import pytest
from sqlalchemy import create_engine, text

import stack as stacks
from shop import embedded

pytestmark = pytest.mark.xdist_group("stack")


@pytest.fixture
def ours(tmp_path):
    running = stacks.new(tmp_path).start()
    yield running
    assert running.stop() == 0


def pid_of(stack, program):
    listing = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True)
    wanted = str(stack.var_dir)
    for line in listing.stdout.splitlines():
        pid, command = line.split(None, 1)
        if program in command.split()[0] and wanted in command:
            return int(pid)
    raise AssertionError(f"no {program} of {wanted}")


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
    os.kill(pid_of(ours, "postgres"), signal.SIGKILL)
    seen = pages_seen(ours, "/", 40)
    assert set(seen) == {200, 503}
    assert "Hệ thống đang bận" in seen[503]
    ours.wait_for(lambda: ours.status("/readyz") == 200, 40)
    assert tracebacks(ours) <= 2


def test_a_dead_queue_loses_no_work(ours):
    url = embedded.attach(ours.var_dir).database_url
    os.kill(pid_of(ours, "valkey"), signal.SIGKILL)
    insert_task(url)
    assert ours.status("/") == 200, "the catalogue needs no queue"
    ours.wait_for(lambda: finished(url) == 1, 60)
    assert tracebacks(ours) <= 2


def test_a_queue_that_forgot_everything_is_filled_again(ours):
    url = embedded.attach(ours.var_dir).database_url
    insert_task(url)
    from redis import Redis

    with Redis.from_url(embedded.attach(ours.var_dir).redis_url) as queue:
        queue.flushall()
    ours.wait_for(lambda: finished(url) == 1, 90)


def test_a_killed_worker_is_replaced(ours):
    url = embedded.attach(ours.var_dir).database_url
    listing = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True)
    below = ours.children()
    workers = [
        int(line.split()[0])
        for line in listing.stdout.splitlines()
        if line.rstrip().endswith("shop.cli worker") and int(line.split()[0]) in below
    ]
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    insert_task(url)
    ours.wait_for(lambda: finished(url) == 1, 90)


def insert_task(url):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO outbox (job, arguments, key) VALUES "
                "('shop.inventory.jobs.expire_reservations', '{}', 'fault-test')"
            )
        )
    engine.dispose()


def finished(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        count = connection.scalar(
            text("SELECT count(*) FROM outbox WHERE key = 'fault-test' AND finished_at IS NOT NULL")
        )
    engine.dispose()
    return count


def tracebacks(stack):
    return sum("Traceback" in line for line in stack.lines)
