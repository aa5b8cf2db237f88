"""What the scales said: the quantity that was ordered, and the reason for the other one."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_0900"
down_revision = "20261125_0800"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_lines", sa.Column("ordered_quantity", sa.Numeric(12, 3), nullable=True))
    op.add_column(
        "orders", sa.Column("weighed_note", sa.String(), server_default="", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("orders", "weighed_note")
    op.drop_column("order_lines", "ordered_quantity")
