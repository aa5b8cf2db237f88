"""Terms agreed: a seller states how it takes goods back; an order keeps what was agreed."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1330"
down_revision = "20261128_1320"
branch_labels = None
depends_on = None

ADDED = (
    ("delivery_terms", "returns"),
    ("orders", "delivery_note"),
    ("orders", "returns_note"),
)


def upgrade() -> None:
    for table, column in ADDED:
        op.add_column(table, sa.Column(column, sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    for table, column in reversed(ADDED):
        op.drop_column(table, column)
