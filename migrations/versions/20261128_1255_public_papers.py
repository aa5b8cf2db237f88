"""Papers of a lot may be shown to who scans a stamp; all others stay private."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1255"
down_revision = "20261128_0900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "documents", sa.Column("public", sa.Boolean(), server_default="false", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("documents", "public")
