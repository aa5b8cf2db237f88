"""The part of a refund that was given before the goods were handed over."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0905"
down_revision = "20261126_0900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("ahead_vnd", sa.BigInteger(), server_default="0", nullable=False)
    op.add_column("refunds", column)
    _sum("owed_vnd + credit_vnd + ahead_vnd <= amount_vnd")


def downgrade() -> None:
    _sum("owed_vnd + credit_vnd <= amount_vnd")
    op.drop_column("refunds", "ahead_vnd")


def _sum(rule: str) -> None:
    op.drop_constraint(op.f("ck_refunds_sum"), "refunds")
    op.create_check_constraint("sum", "refunds", rule)
