"""Real worker processes, a real queue, a real database: what the demo does, and a kill."""

from dataclasses import replace

import pytest
from redis import Redis
from sqlalchemy import select, update

from shop import settings
from shop.app import create_app
from shop.database import db, transaction
from tests import make, make_channels, processes
from workers.channels import listings
from workers.channels.models import Listing
from workers.sync import jobs


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


def later(connection_id):
    """So long after the call that it has arrived, or never will."""
    of_connection = Listing.connection_id == connection_id
    with transaction():
        db.session.execute(update(Listing).where(of_connection).values(unknown_until=None))


def state(connection_id):
    db.session.rollback()
    return db.session.scalar(select(Listing.state).where(Listing.connection_id == connection_id))


def test_a_worker_process_puts_a_listing_on_the_marketplace(stack, sandbox):
    chosen, connection_id, shop_id = stack
    jobs.mark_all(connection_id)
    with processes.running(chosen, "worker", "slow"):
        processes.wait_for(lambda: state(connection_id) == "live")
    assert [item["item_sku"] for item in sandbox.items(shop_id)] == ["CHE-200"]


def test_a_worker_killed_in_the_middle_of_a_create_leaves_one_item_in_the_end(stack, sandbox):
    chosen, connection_id, shop_id = stack
    sandbox.fault("commit_then_timeout", "add_item", shop_id, seconds=3)
    jobs.mark_all(connection_id)
    with processes.running(chosen, "worker", "slow") as process:
        processes.wait_for(lambda: sandbox.calls(shop_id, "product/add_item"))
        assert state(connection_id) == "creating"
        processes.kill(process)
    later(connection_id)
    jobs.push_open_lanes()
    with processes.running(chosen, "worker", "slow"):
        processes.wait_for(lambda: state(connection_id) == "live")
    [item] = sandbox.items(shop_id)
    external_id = select(Listing.external_id).where(Listing.connection_id == connection_id)
    assert db.session.scalar(external_id) == str(item["item_id"])
    assert len(sandbox.calls(shop_id, "product/add_item")) == 1
