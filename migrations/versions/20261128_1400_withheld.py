"""Dealings of a trade and serials of items leave the public record: it only commits to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_1400"
down_revision = "20261128_1355"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "trace_words",
        sa.Column("hidden", postgresql.JSONB(), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("trace_words", "hidden")
