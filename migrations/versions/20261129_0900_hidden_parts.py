"""A sheet says what of each figure its own small groups hide, so that longer periods need no more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129_0900"
down_revision = "20261129_0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null in those that are there: it is told from their values until they are reckoned anew.
    op.add_column("figure_sheets", sa.Column("hidden", postgresql.JSONB()))


def downgrade() -> None:
    op.drop_column("figure_sheets", "hidden")
