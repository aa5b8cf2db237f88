"""Checkouts, delivery terms, vouchers, returns."""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1000"
down_revision = "20261124_0900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkouts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column(
            "placed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkouts")),
        sa.UniqueConstraint("key", name=op.f("uq_checkouts_key")),
        sa.UniqueConstraint("token", name=op.f("uq_checkouts_token")),
    )
    op.create_table(
        "delivery_terms",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("delivers", sa.Boolean(), nullable=False),
        sa.Column("picks_up", sa.Boolean(), nullable=False),
        sa.Column("pickup_note", sa.String(), nullable=False),
        sa.Column("cod", sa.Boolean(), nullable=False),
        sa.Column("free_from_vnd", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("delivers OR picks_up", name=op.f("ck_delivery_terms_some_way")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_delivery_terms_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_terms")),
        sa.UniqueConstraint("ref", name=op.f("uq_delivery_terms_ref")),
        sa.UniqueConstraint("seller_id", name=op.f("uq_delivery_terms_seller_id")),
    )
    op.create_index(
        op.f("ix_delivery_terms_seller_id"), "delivery_terms", ["seller_id"], unique=False
    )
    op.create_table(
        "vouchers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.BigInteger(), nullable=True),
        sa.Column("cap_vnd", sa.BigInteger(), nullable=True),
        sa.Column("minimum_vnd", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total_limit", sa.BigInteger(), nullable=True),
        sa.Column("per_buyer_limit", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_vouchers_amount")),
        sa.CheckConstraint(
            "num_nonnulls(amount_vnd, percent) = 1", name=op.f("ck_vouchers_one_kind")
        ),
        sa.CheckConstraint("percent BETWEEN 1 AND 100", name=op.f("ck_vouchers_percent")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_vouchers_days")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_vouchers_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
        sa.UniqueConstraint("ref", name=op.f("uq_vouchers_ref")),
        sa.UniqueConstraint("seller_id", "code", name=op.f("uq_vouchers_seller_id_code")),
    )
    op.create_index(op.f("ix_vouchers_seller_id"), "vouchers", ["seller_id"], unique=False)
    op.create_table(
        "delivery_fees",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("terms_id", sa.BigInteger(), nullable=False),
        sa.Column("province_code", sa.String(), nullable=True),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("up_to_g", sa.BigInteger(), nullable=True),
        sa.Column("fee_vnd", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("fee_vnd >= 0", name=op.f("ck_delivery_fees_fee")),
        sa.CheckConstraint("up_to_g > 0", name=op.f("ck_delivery_fees_weight")),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["delivery_terms.id"], name=op.f("fk_delivery_fees_terms_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_fees")),
    )
    op.create_index(op.f("ix_delivery_fees_terms_id"), "delivery_fees", ["terms_id"], unique=False)
    op.create_table(
        "voucher_uses",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_voucher_uses_order_id")),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["vouchers.id"], name=op.f("fk_voucher_uses_voucher_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_uses")),
        sa.UniqueConstraint("order_id", name=op.f("uq_voucher_uses_order_id")),
    )
    op.create_index(
        op.f("ix_voucher_uses_voucher_id"), "voucher_uses", ["voucher_id"], unique=False
    )
    op.create_table(
        "returned_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("restocked", sa.Boolean(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_returned_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.id"], name=op.f("fk_returned_lines_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned_lines")),
        sa.UniqueConstraint("key", name=op.f("uq_returned_lines_key")),
    )
    op.create_index(op.f("ix_returned_lines_line_id"), "returned_lines", ["line_id"], unique=False)
    op.add_column("orders", sa.Column("buyer_email", sa.String(), nullable=True))
    op.add_column("orders", sa.Column("province_code", sa.String(), nullable=True))
    op.add_column("orders", sa.Column("commune_code", sa.String(), nullable=True))
    op.add_column("orders", sa.Column("note", sa.String(), server_default="", nullable=False))
    op.add_column("orders", sa.Column("checkout_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "orders", sa.Column("pay_by", sa.String(), server_default="cashless", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("handing", sa.String(), server_default="delivery", nullable=False)
    )
    op.add_column("orders", sa.Column("goods_vnd", sa.BigInteger(), nullable=True))
    op.add_column(
        "orders", sa.Column("fee_vnd", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("discount_vnd", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("orders", sa.Column("voucher_code", sa.String(), nullable=True))
    op.add_column("orders", sa.Column("carrier", sa.String(), nullable=True))
    op.add_column("orders", sa.Column("tracking_no", sa.String(), nullable=True))
    op.add_column("orders", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE orders SET goods_vnd = total_vnd, expires_at = placed_at + interval '1 day'")
    op.alter_column("orders", "goods_vnd", nullable=False)
    op.create_check_constraint(
        op.f("ck_orders_sum"), "orders", "total_vnd = goods_vnd + fee_vnd - discount_vnd"
    )
    op.drop_index(
        op.f("ix_orders_unpaid"),
        table_name="orders",
        postgresql_where="((state)::text = 'awaiting_payment'::text)",
    )
    op.create_index(
        "ix_orders_unpaid",
        "orders",
        ["expires_at"],
        unique=False,
        postgresql_where="state = 'awaiting_payment'",
    )
    op.create_index(op.f("ix_orders_checkout_id"), "orders", ["checkout_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_orders_checkout_id"), "orders", "checkouts", ["checkout_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_orders_sum"), "orders", type_="check")
    op.drop_constraint(op.f("fk_orders_checkout_id"), "orders", type_="foreignkey")
    op.drop_index(op.f("ix_orders_checkout_id"), table_name="orders")
    op.drop_index(
        "ix_orders_unpaid", table_name="orders", postgresql_where="state = 'awaiting_payment'"
    )
    op.create_index(
        op.f("ix_orders_unpaid"),
        "orders",
        ["placed_at"],
        unique=False,
        postgresql_where="((state)::text = 'awaiting_payment'::text)",
    )
    op.drop_column("orders", "expires_at")
    op.drop_column("orders", "tracking_no")
    op.drop_column("orders", "carrier")
    op.drop_column("orders", "voucher_code")
    op.drop_column("orders", "discount_vnd")
    op.drop_column("orders", "fee_vnd")
    op.drop_column("orders", "goods_vnd")
    op.drop_column("orders", "handing")
    op.drop_column("orders", "pay_by")
    op.drop_column("orders", "checkout_id")
    op.drop_column("orders", "note")
    op.drop_column("orders", "commune_code")
    op.drop_column("orders", "province_code")
    op.drop_column("orders", "buyer_email")
    op.drop_index(op.f("ix_returned_lines_line_id"), table_name="returned_lines")
    op.drop_table("returned_lines")
    op.drop_index(op.f("ix_voucher_uses_voucher_id"), table_name="voucher_uses")
    op.drop_table("voucher_uses")
    op.drop_index(op.f("ix_delivery_fees_terms_id"), table_name="delivery_fees")
    op.drop_table("delivery_fees")
    op.drop_index(op.f("ix_vouchers_seller_id"), table_name="vouchers")
    op.drop_table("vouchers")
    op.drop_index(op.f("ix_delivery_terms_seller_id"), table_name="delivery_terms")
    op.drop_table("delivery_terms")
    op.drop_table("checkouts")
