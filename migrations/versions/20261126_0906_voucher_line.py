"""A voucher may say what a line of the bank is."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0906"
down_revision = "20261126_0905"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cash_vouchers", sa.Column("bank_line_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_cash_vouchers_bank_line_id"),
        "cash_vouchers",
        "bank_lines",
        ["bank_line_id"],
        ["id"],
    )
    op.create_index(op.f("ix_cash_vouchers_bank_line_id"), "cash_vouchers", ["bank_line_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_cash_vouchers_bank_line_id"), table_name="cash_vouchers")
    op.drop_constraint(op.f("fk_cash_vouchers_bank_line_id"), "cash_vouchers")
    op.drop_column("cash_vouchers", "bank_line_id")
