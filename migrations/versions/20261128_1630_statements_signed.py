"""What is told of an event outside is signed, so that a row altered in the database is known."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1630"
down_revision = "20261128_1410"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "epcis_statements", sa.Column("signature", sa.String(), server_default="", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("epcis_statements", "signature")
