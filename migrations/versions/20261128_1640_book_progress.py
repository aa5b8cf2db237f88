"""A book being made tells how many of its rows are written."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1640"
down_revision = "20261128_1630"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("done", "lines"):
        op.add_column(
            "book_exports", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    for name in ("lines", "done"):
        op.drop_column("book_exports", name)
