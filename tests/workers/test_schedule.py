"""The scheduler leads alone, and lets go when it stops leading."""

import gc
from dataclasses import replace

import pytest
from sqlalchemy import NullPool, create_engine

from shop import broker, settings
from shop.app import create_app
from shop.database import db
from workers import schedule


@pytest.fixture
def app(fresh_database, redis_url, tmp_path):
    chosen = settings.load({"VAR_DIR": str(tmp_path)})
    made = create_app(replace(chosen, database_url=fresh_database, redis_url=redis_url))
    yield made
    with made.app_context():
        db.engine.dispose()


def test_an_outage_under_the_leader_leaves_the_lead_to_be_taken(app, fresh_database, monkeypatch):
    def away(*_args):
        raise broker.OUTAGES[0]

    monkeypatch.setattr(schedule, "_round", away)
    other = create_engine(fresh_database, poolclass=NullPool)
    gc.disable()  # what is let go only by the garbage collector is not let go
    try:
        with pytest.raises(broker.OUTAGES):
            schedule._lead(app, lambda: False)
        with other.connect() as connection:
            assert schedule._is_leader(connection)
    finally:
        gc.enable()


def test_two_do_not_lead_at_once(fresh_database):
    engine = create_engine(fresh_database, poolclass=NullPool)
    with engine.connect() as first, engine.connect() as second:
        assert schedule._is_leader(first)
        assert not schedule._is_leader(second)
    with engine.connect() as third:
        assert schedule._is_leader(third)
