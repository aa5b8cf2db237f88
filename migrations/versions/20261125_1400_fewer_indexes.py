"""Indexes that others begin with, dropped: writing is what these tables do most."""

from alembic import op

revision = "20261125_1400"
down_revision = "20261125_1300"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_bank_lines_bank_account_id"), table_name="bank_lines")
    op.drop_index(op.f("ix_bank_lines_seller_id"), table_name="bank_lines")
    op.create_index(
        "ix_bank_lines_amount", "bank_lines", ["bank_account_id", "amount_vnd"], unique=False
    )
    op.drop_index(op.f("ix_ledger_entries_seller_id"), table_name="ledger_entries")
    op.drop_index(op.f("ix_orders_seller_id"), table_name="orders")


def downgrade() -> None:
    op.create_index(op.f("ix_orders_seller_id"), "orders", ["seller_id"], unique=False)
    op.create_index(
        op.f("ix_ledger_entries_seller_id"), "ledger_entries", ["seller_id"], unique=False
    )
    op.drop_index("ix_bank_lines_amount", table_name="bank_lines")
    op.create_index(op.f("ix_bank_lines_seller_id"), "bank_lines", ["seller_id"], unique=False)
    op.create_index(
        op.f("ix_bank_lines_bank_account_id"), "bank_lines", ["bank_account_id"], unique=False
    )
