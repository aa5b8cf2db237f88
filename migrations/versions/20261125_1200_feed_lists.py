"""The lists of bank feeds: their keys, when they are asked and what they told."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_1200"
down_revision = "20261125_1100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed_connections", sa.Column("sealed_list_key", sa.String(), nullable=True))
    op.add_column(
        "feed_connections", sa.Column("next_pull_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "feed_connections", sa.Column("pulled_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "feed_connections", sa.Column("pulled_fresh_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "feed_connections",
        sa.Column("pull_fresh", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.add_column(
        "feed_connections", sa.Column("pull_failed", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "feed_connections",
        sa.Column("pull_failures", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_index(
        "ix_feed_connections_pulled",
        "feed_connections",
        ["next_pull_at"],
        unique=False,
        postgresql_where="next_pull_at IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index(
        "ix_feed_connections_pulled",
        table_name="feed_connections",
        postgresql_where="next_pull_at IS NOT NULL",
    )
    op.drop_column("feed_connections", "pull_failures")
    op.drop_column("feed_connections", "pull_failed")
    op.drop_column("feed_connections", "pull_fresh")
    op.drop_column("feed_connections", "pulled_fresh_at")
    op.drop_column("feed_connections", "pulled_at")
    op.drop_column("feed_connections", "next_pull_at")
    op.drop_column("feed_connections", "sealed_list_key")
