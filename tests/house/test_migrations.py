"""Migrations go up and down from empty, and agree with the models."""

import servers
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from shop import database, wiring
from shop.database import Base


def test_up_down_and_up_again_from_empty(server_urls):
    with servers.clone(server_urls[0], "template0") as url:
        database.migrate(url)
        assert "products" in tables(url)
        database.downgrade(url)
        assert tables(url) == {"alembic_version"}
        database.migrate(url)


def test_models_and_migrations_agree(fresh_database):
    wiring.load_models()
    engine = sa.create_engine(fresh_database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def tables(url):
    engine = sa.create_engine(url)
    names = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return names
