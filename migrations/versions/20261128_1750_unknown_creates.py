"""Until when a create without an answer may still arrive at its marketplace."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1750"
down_revision = "20261128_1720"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("listings", sa.Column("unknown_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("listings", "unknown_until")
