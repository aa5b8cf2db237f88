"""Settlement sheets are read and booked by a job: their file and how far it came."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1320"
down_revision = "20261128_1310"
branch_labels = None
depends_on = None

# Those that are there were booked when they were sent.
WORDS = {"path": "", "state": "done", "refused": ""}


def upgrade() -> None:
    for name, before in WORDS.items():
        op.add_column(
            "settlement_batches",
            sa.Column(name, sa.String(), server_default=before, nullable=False),
        )
    for name in ("many", "done"):
        op.add_column(
            "settlement_batches",
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False),
        )


def downgrade() -> None:
    for name in (*WORDS, "many", "done"):
        op.drop_column("settlement_batches", name)
