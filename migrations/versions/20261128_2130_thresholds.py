"""Thresholds of new sessions; orders that are short are found at once.

A bare "+1" with goods on the table claims by itself, an order without a code goes to a person.

The reader gives the first 55 percent and the second 20.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_2130"
down_revision = "20261128_2110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("broadcasts", "claim_from", server_default="50")
    op.alter_column("broadcasts", "ask_from", server_default="20")
    op.create_index("ix_orders_short", "orders", ["id"], postgresql_where=sa.text("short"))


def downgrade() -> None:
    op.drop_index("ix_orders_short", table_name="orders")
    op.alter_column("broadcasts", "claim_from", server_default="70")
    op.alter_column("broadcasts", "ask_from", server_default="40")
