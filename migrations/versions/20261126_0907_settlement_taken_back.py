"""A settlement that was sent by mistake can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0907"
down_revision = "20261126_0906"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("settlement_batches", sa.Column("taken_back_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("settlement_batches", "taken_back_at")
