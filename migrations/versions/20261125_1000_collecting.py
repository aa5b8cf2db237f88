"""Collected money: who takes it for an order, payouts and their orders."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_1000"
down_revision = "20261125_0900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payouts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("collector_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column(
            "asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_payouts_amount")),
        sa.ForeignKeyConstraint(
            ["bank_account_id"], ["bank_accounts.id"], name=op.f("fk_payouts_bank_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["collector_id"], ["sellers.id"], name=op.f("fk_payouts_collector_id")
        ),
        sa.ForeignKeyConstraint(
            ["received_entry_id"], ["ledger_entries.id"], name=op.f("fk_payouts_received_entry_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_payouts_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("ref", name=op.f("uq_payouts_ref")),
    )
    op.create_index(
        "ix_payouts_collector_id_asked_at", "payouts", ["collector_id", "asked_at"], unique=False
    )
    op.create_index(op.f("ix_payouts_seller_id"), "payouts", ["seller_id"], unique=False)
    op.create_table(
        "payout_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("collected_vnd", sa.BigInteger(), nullable=False),
        sa.Column("vat_vnd", sa.BigInteger(), nullable=False),
        sa.Column("pit_vnd", sa.BigInteger(), nullable=False),
        sa.Column("net_vnd", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "net_vnd = collected_vnd - vat_vnd - pit_vnd", name=op.f("ck_payout_lines_net")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payout_lines_order_id")),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name=op.f("fk_payout_lines_payout_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_lines")),
        sa.UniqueConstraint(
            "payout_id", "order_id", name=op.f("uq_payout_lines_payout_id_order_id")
        ),
    )
    op.create_index(op.f("ix_payout_lines_order_id"), "payout_lines", ["order_id"], unique=False)
    op.create_index(op.f("ix_payout_lines_payout_id"), "payout_lines", ["payout_id"], unique=False)
    op.add_column("bank_lines", sa.Column("payout_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_bank_lines_payout_id"), "bank_lines", "payouts", ["payout_id"], ["id"]
    )
    op.add_column("orders", sa.Column("collector_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_orders_collector_id",
        "orders",
        ["collector_id", "seller_id"],
        unique=False,
        postgresql_where="collector_id IS NOT NULL",
    )
    op.create_foreign_key(
        op.f("fk_orders_collector_id"), "orders", "sellers", ["collector_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_orders_collector_id"), "orders", type_="foreignkey")
    op.drop_index(
        "ix_orders_collector_id", table_name="orders", postgresql_where="collector_id IS NOT NULL"
    )
    op.drop_column("orders", "collector_id")
    op.drop_constraint(op.f("fk_bank_lines_payout_id"), "bank_lines", type_="foreignkey")
    op.drop_column("bank_lines", "payout_id")
    op.drop_index(op.f("ix_payout_lines_payout_id"), table_name="payout_lines")
    op.drop_index(op.f("ix_payout_lines_order_id"), table_name="payout_lines")
    op.drop_table("payout_lines")
    op.drop_index(op.f("ix_payouts_seller_id"), table_name="payouts")
    op.drop_index("ix_payouts_collector_id_asked_at", table_name="payouts")
    op.drop_table("payouts")
