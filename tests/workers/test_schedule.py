"""The scheduler leads alone, lets go when it stops leading, and is followed when it dies."""

import gc
from dataclasses import replace

import pytest
from sqlalchemy import NullPool, create_engine, delete, func, select, text

from shop import broker, outbox, settings
from shop.app import create_app
from shop.database import db, transaction
from tests import processes
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


def leader():
    """The database's process that holds the leader's lock; None: nobody leads."""
    # Schedulers of other tests lead databases of their own on the same server.
    query = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND granted"
    query += " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    return db.session.scalar(text(query), {"key": schedule.LEADER_LOCK})


def waiting():
    """How many stand by to lead: what they asked last is whether they may."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    query += " AND state = 'idle' AND query LIKE 'SELECT pg_try_advisory_lock(%'"
    db.session.rollback()  # what others do is told once a transaction
    return db.session.scalar(text(query))


def asked():
    """How many jobs of the timetable were asked for."""
    db.session.rollback()
    return db.session.scalar(select(func.count(outbox.Task.id)))


def test_a_second_scheduler_takes_over_when_the_first_is_killed(app):
    chosen = app.config["SETTINGS"]
    with app.app_context(), processes.running(chosen, "scheduler") as first:
        processes.wait_for(lambda: asked() == len(schedule.TIMETABLE))
        led = leader()
        with processes.running(chosen, "scheduler"):
            processes.wait_for(waiting)
            assert (leader(), waiting()) == (led, 1)
            processes.kill(first)
            with transaction():
                db.session.execute(delete(outbox.Task))
            processes.wait_for(lambda: asked() == len(schedule.TIMETABLE))
            assert leader() not in {None, led}
            assert waiting() == 0
        db.session.remove()
