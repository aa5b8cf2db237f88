"""How Alembic reaches the database. Run through `ocop migrate`, which says where it is."""

from alembic import context
from sqlalchemy import create_engine, text

from shop import wiring
from shop.database import Base

_LOCK = 7_226_001  # one migration at a time, whatever the number of machines that start at once


def run() -> None:
    """Apply the wanted revisions in one transaction under an advisory lock."""
    engine = create_engine(context.config.attributes["url"])
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            compare_server_default=True,
        )
        context.run_migrations()
    engine.dispose()


wiring.load_models()
run()
