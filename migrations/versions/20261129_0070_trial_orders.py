"""Orders of sandbox shops are marked, so that no figure counts them as sales."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_0070"
down_revision = "20261129_0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "orders", sa.Column("trial", sa.Boolean(), server_default="false", nullable=False)
    )
    op.execute(
        "UPDATE orders SET trial = true FROM channel_orders, connections"
        " WHERE channel_orders.order_id = orders.id AND connections.sandbox"
        " AND connections.id = channel_orders.connection_id"
    )


def downgrade() -> None:
    op.drop_column("orders", "trial")
