"""What a unit of a receipt had cost, for the goods book."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_1300"
down_revision = "20261125_1200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stock_entries", sa.Column("unit_cost_vnd", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_stock_entries_unit_cost"),
        "stock_entries",
        "unit_cost_vnd IS NULL OR (unit_cost_vnd >= 0 AND kind = 'receipt')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_stock_entries_unit_cost"), "stock_entries")
    op.drop_column("stock_entries", "unit_cost_vnd")
