"""What is between the parties of a trade stands beside the record, which commits to it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261128_1410"
down_revision = "20261128_1355"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trace_words", sa.Column("trade", JSONB(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("trace_words", "trade")
