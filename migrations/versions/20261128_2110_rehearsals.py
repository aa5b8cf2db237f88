"""When a session was rehearsed: what was said then never becomes an order, however late it comes."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_2110"
down_revision = "20261128_2000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "broadcasts", sa.Column("rehearsed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "broadcasts", sa.Column("rehearsal_ended_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("broadcasts", "rehearsal_ended_at")
    op.drop_column("broadcasts", "rehearsed_at")
