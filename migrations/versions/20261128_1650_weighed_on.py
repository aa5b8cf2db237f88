"""By how much a weighing changed an order's total stands with its day; nobody knows of old ones."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1650"
down_revision = "20261128_1645"
branch_labels = None
depends_on = None


def upgrade() -> None:
    changed = sa.Column("changed_vnd", sa.BigInteger(), server_default="0", nullable=False)
    op.add_column("order_events", changed)
    op.create_index(
        "ix_order_events_changed",
        "order_events",
        ["at"],
        postgresql_where=sa.text("changed_vnd <> 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_order_events_changed", table_name="order_events")
    op.drop_column("order_events", "changed_vnd")
