"""Real worker processes, a real queue, a real database: what the demo does, and a kill."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select, update

from shop import settings
from shop.app import create_app
from shop.database import db, transaction
from shop.settings import ROOT
from tests import make, make_channels
from workers.channels import listings
from workers.channels.models import Listing
from workers.sync import jobs

WAIT_SECONDS = 30


@pytest.fixture
def stack(fresh_database, redis_url, sandbox, tmp_path):
    """The app on a database that other processes see, and a shop with one listing waiting."""
    with Redis.from_url(redis_url) as client:
        client.flushdb()
    chosen = replace(
        settings.load({"VAR_DIR": str(tmp_path)}),
        database_url=fresh_database,
        redis_url=redis_url,
        sandbox_port=sandbox.port,
        demo=True,
    )
    app = create_app(chosen)
    with app.app_context():
        with transaction():
            seller = make.seller()
            make.variant(make.product(seller), sku="CHE-200")
            connection = make_channels.connection(app, sandbox, seller.id)
            listings.link_all(connection)
            connection_id, shop_id = connection.id, connection.shop_id
        yield chosen, connection_id, shop_id
        db.session.remove()
        db.engine.dispose()
        app.extensions["broker"].close()


@contextmanager
def worker(chosen):
    """`ocop worker slow` as a child process."""
    env = {
        "DATABASE_URL": chosen.database_url.replace("+psycopg", ""),
        "REDIS_URL": chosen.redis_url,
        "SANDBOX_PORT": str(chosen.sandbox_port),
        "DEMO": "true",
        "VAR_DIR": str(chosen.var_dir),
        "SECRET_KEY": chosen.secret_key,
        "PASSWORD_SALT": chosen.password_salt,
        "VAULT_KEY": chosen.vault_key,
        "STAMP_KEY": chosen.stamp_key,
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "shop.cli", "worker", "slow"], cwd=ROOT, env=os.environ | env
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def wait_for(what):
    end = time.monotonic() + WAIT_SECONDS
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def later(connection_id):
    """So long after the call that it has arrived, or never will."""
    of_connection = Listing.connection_id == connection_id
    with transaction():
        db.session.execute(update(Listing).where(of_connection).values(unknown_until=None))


def state(connection_id):
    db.session.rollback()
    return db.session.scalar(select(Listing.state).where(Listing.connection_id == connection_id))


def kill(process):
    """SIGKILL the worker and the child it forked for the job."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in [process.pid, *map(int, children)]:
        os.kill(pid, signal.SIGKILL)


def test_a_worker_process_puts_a_listing_on_the_marketplace(stack, sandbox):
    chosen, connection_id, shop_id = stack
    jobs.mark_all(connection_id)
    with worker(chosen):
        wait_for(lambda: state(connection_id) == "live")
    assert [item["item_sku"] for item in sandbox.items(shop_id)] == ["CHE-200"]


def test_a_worker_killed_in_the_middle_of_a_create_leaves_one_item_in_the_end(stack, sandbox):
    chosen, connection_id, shop_id = stack
    sandbox.fault("commit_then_timeout", "add_item", shop_id, seconds=3)
    jobs.mark_all(connection_id)
    with worker(chosen) as process:
        wait_for(lambda: sandbox.calls(shop_id, "product/add_item"))
        assert state(connection_id) == "creating"
        kill(process)
    later(connection_id)
    jobs.push_open_lanes()
    with worker(chosen):
        wait_for(lambda: state(connection_id) == "live")
    [item] = sandbox.items(shop_id)
    external_id = select(Listing.external_id).where(Listing.connection_id == connection_id)
    assert db.session.scalar(external_id) == str(item["item_id"])
    assert len(sandbox.calls(shop_id, "product/add_item")) == 1
