"""Ways back for money: refunds to a payer of no known order, reversed lines, reviewed captures."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0900"
down_revision = "20261126_1200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("refunds", "order_id", nullable=True)
    op.add_column("refunds", sa.Column("payee", sa.String(), server_default="", nullable=False))
    op.create_check_constraint(
        op.f("ck_refunds_of_an_order"), "refunds", "order_id IS NOT NULL OR credit_vnd = amount_vnd"
    )
    op.alter_column("allocations", "order_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_allocations_of_what"),
        "allocations",
        "order_id IS NOT NULL OR refund_id IS NOT NULL",
    )
    op.add_column("bank_lines", sa.Column("twin_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_bank_lines_twin_id"), "bank_lines", "bank_lines", ["twin_id"], ["id"]
    )
    op.add_column("gateway_payments", sa.Column("told_vnd", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_gateway_payments_review",
        "gateway_payments",
        ["seller_id"],
        postgresql_where=sa.text("state = 'review'"),
    )


def downgrade() -> None:
    op.drop_index("ix_gateway_payments_review", "gateway_payments")
    op.drop_column("gateway_payments", "told_vnd")
    op.drop_constraint(op.f("fk_bank_lines_twin_id"), "bank_lines")
    op.drop_column("bank_lines", "twin_id")
    op.drop_constraint(op.f("ck_allocations_of_what"), "allocations")
    op.drop_constraint(op.f("ck_refunds_of_an_order"), "refunds")
    op.drop_column("refunds", "payee")
    # Refunds to a payer of no known order have no place in the older tables.
    op.alter_column("allocations", "order_id", nullable=False)
    op.alter_column("refunds", "order_id", nullable=False)
