"""Find the orders that lack goods whenever goods of their seller come."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1910"
down_revision = "20261128_2000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_orders_short", "orders", ["seller_id"], postgresql_where=sa.text("short"))


def downgrade() -> None:
    op.drop_index("ix_orders_short", "orders")
