"""The next open lanes of a shop are the first of an index."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1900"
down_revision = "20261128_1750"
branch_labels = None
depends_on = None

URGENCY = "array_position(ARRAY['stock', 'price', 'status', 'content', 'images'], kind)"


def upgrade() -> None:
    op.add_column("lanes", sa.Column("connection_id", sa.BigInteger))
    op.execute(
        "UPDATE lanes SET connection_id = listings.connection_id"
        " FROM listings WHERE listings.id = lanes.listing_id"
    )
    op.alter_column("lanes", "connection_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_lanes_connection_id_connections"),
        "lanes",
        "connections",
        ["connection_id"],
        ["id"],
    )
    urgency = sa.Computed(URGENCY, persisted=True)
    op.add_column("lanes", sa.Column("urgency", sa.SmallInteger, urgency, nullable=False))
    op.create_index(
        "ix_lanes_next",
        "lanes",
        ["connection_id", "urgency", "marked_at", "listing_id"],
        postgresql_where=sa.text("wanted > settled"),
    )
    op.drop_index("ix_lanes_open", "lanes")


def downgrade() -> None:
    op.create_index(
        "ix_lanes_open", "lanes", ["listing_id"], postgresql_where=sa.text("wanted > settled")
    )
    op.drop_index("ix_lanes_next", "lanes")
    op.drop_column("lanes", "urgency")
    op.drop_column("lanes", "connection_id")
