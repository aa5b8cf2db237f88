"""Gateways, refunds, statements, settlements, vouchers, signed days."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_0800"
down_revision = "20261124_1130"
branch_labels = None
depends_on = None


# What came back had been booked at this value.
RETURNED = """
UPDATE orders SET returned_vnd = LEAST(total_vnd, back.value)
FROM (
    SELECT l.order_id, SUM(ROUND(l.amount_vnd * r.quantity / l.quantity)) AS value
    FROM returned_lines r JOIN order_lines l ON l.id = r.line_id GROUP BY l.order_id
) AS back
WHERE back.order_id = orders.id
"""


# What is posted in one statement sums to zero, entry by entry: checked once a statement, where
# a check of each row cost a statement of a hundred thousand lines more than all else.
POSTED = """
CREATE FUNCTION ledger_posted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT entry_id, sum(amount_vnd) AS total INTO wrong
    FROM posted GROUP BY entry_id HAVING sum(amount_vnd) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger entry % does not balance: %', wrong.entry_id, wrong.total;
    END IF;
    RETURN NULL;
END $$
"""
PER_STATEMENT = (
    "CREATE TRIGGER balanced AFTER INSERT ON ledger_postings REFERENCING NEW TABLE AS posted "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_posted()"
)
PER_ROW = (
    "CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_postings "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balanced()"
)


def upgrade() -> None:
    op.execute("DROP TRIGGER balanced ON ledger_postings")
    op.execute(POSTED)
    op.execute(PER_STATEMENT)
    op.create_table(
        "book_exports",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("book", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_book_exports_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_exports")),
        sa.UniqueConstraint("ref", name=op.f("uq_book_exports_ref")),
    )
    op.create_index(op.f("ix_book_exports_seller_id"), "book_exports", ["seller_id"], unique=False)
    op.create_table(
        "day_closes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_day_closes_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_closes")),
        sa.UniqueConstraint("ref", name=op.f("uq_day_closes_ref")),
        sa.UniqueConstraint("seller_id", "on", name=op.f("uq_day_closes_seller_id_on")),
    )
    op.create_index(op.f("ix_day_closes_seller_id"), "day_closes", ["seller_id"], unique=False)
    op.create_table(
        "gateway_connections",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("sealed_values", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_gateway_connections_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_connections")),
        sa.UniqueConstraint("ref", name=op.f("uq_gateway_connections_ref")),
        sa.UniqueConstraint(
            "seller_id", "provider", name=op.f("uq_gateway_connections_seller_id_provider")
        ),
    )
    op.create_index(
        op.f("ix_gateway_connections_seller_id"), "gateway_connections", ["seller_id"], unique=False
    )
    op.create_table(
        "reconciliation_terms",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tolerance_vnd", sa.BigInteger(), nullable=False),
        sa.Column("quiet_hours", sa.BigInteger(), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("tolerance_vnd >= 0", name=op.f("ck_reconciliation_terms_tolerance")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_reconciliation_terms_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_terms")),
        sa.UniqueConstraint("ref", name=op.f("uq_reconciliation_terms_ref")),
        sa.UniqueConstraint("seller_id", name=op.f("uq_reconciliation_terms_seller_id")),
    )
    op.create_index(
        op.f("ix_reconciliation_terms_seller_id"),
        "reconciliation_terms",
        ["seller_id"],
        unique=False,
    )
    op.create_table(
        "cash_vouchers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("money", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("undone_by", sa.String(), server_default="", nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_cash_vouchers_direction")),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_cash_vouchers_amount")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entries.id"], name=op.f("fk_cash_vouchers_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_cash_vouchers_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_vouchers")),
        sa.UniqueConstraint("ref", name=op.f("uq_cash_vouchers_ref")),
        sa.UniqueConstraint("seller_id", "number", name=op.f("uq_cash_vouchers_seller_id_number")),
    )
    op.create_index(
        op.f("ix_cash_vouchers_seller_id"), "cash_vouchers", ["seller_id"], unique=False
    )
    op.create_index(
        "ix_cash_vouchers_seller_id_on", "cash_vouchers", ["seller_id", "on"], unique=False
    )
    op.create_table(
        "gateway_notices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("became", sa.String(), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["gateway_connections.id"],
            name=op.f("fk_gateway_notices_connection_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_notices")),
        sa.UniqueConstraint(
            "connection_id", "digest", name=op.f("uq_gateway_notices_connection_id_digest")
        ),
    )
    op.create_table(
        "gateway_payments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("payer_address", sa.String(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("pay_url", sa.String(), nullable=False),
        sa.Column("next_ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_times", sa.BigInteger(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_vnd", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_gateway_payments_amount")),
        sa.CheckConstraint(
            "applied_vnd BETWEEN 0 AND amount_vnd", name=op.f("ck_gateway_payments_applied")
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["gateway_connections.id"],
            name=op.f("fk_gateway_payments_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_gateway_payments_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_gateway_payments_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_payments")),
        sa.UniqueConstraint(
            "connection_id", "key", name=op.f("uq_gateway_payments_connection_id_key")
        ),
        sa.UniqueConstraint(
            "order_id",
            "provider",
            "number",
            name=op.f("uq_gateway_payments_order_id_provider_number"),
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_gateway_payments_ref")),
    )
    op.create_index(
        "ix_gateway_payments_asked",
        "gateway_payments",
        ["next_ask_at"],
        unique=False,
        postgresql_where="next_ask_at IS NOT NULL",
    )
    op.create_index(
        op.f("ix_gateway_payments_order_id"), "gateway_payments", ["order_id"], unique=False
    )
    op.create_index(
        op.f("ix_gateway_payments_seller_id"), "gateway_payments", ["seller_id"], unique=False
    )
    op.create_table(
        "statement_imports",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("refused", sa.String(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("fresh", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_accounts.id"],
            name=op.f("fk_statement_imports_bank_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_statement_imports_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_imports")),
        sa.UniqueConstraint(
            "bank_account_id", "digest", name=op.f("uq_statement_imports_bank_account_id_digest")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_statement_imports_ref")),
    )
    op.create_index(
        op.f("ix_statement_imports_seller_id"), "statement_imports", ["seller_id"], unique=False
    )
    op.create_table(
        "statement_mappings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_accounts.id"],
            name=op.f("fk_statement_mappings_bank_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_statement_mappings_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_mappings")),
        sa.UniqueConstraint("bank_account_id", name=op.f("uq_statement_mappings_bank_account_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_statement_mappings_ref")),
    )
    op.create_index(
        op.f("ix_statement_mappings_seller_id"), "statement_mappings", ["seller_id"], unique=False
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("gateway_payment_id", sa.BigInteger(), nullable=True),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("credit_vnd", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("owed_vnd", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column(
            "asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("next_ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_times", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint("owed_vnd + credit_vnd <= amount_vnd", name=op.f("ck_refunds_sum")),
        sa.CheckConstraint("owed_vnd >= 0 AND credit_vnd >= 0", name=op.f("ck_refunds_parts")),
        sa.ForeignKeyConstraint(
            ["gateway_payment_id"],
            ["gateway_payments.id"],
            name=op.f("fk_refunds_gateway_payment_id"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_refunds_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("ref", name=op.f("uq_refunds_ref")),
        sa.UniqueConstraint("source_key", name=op.f("uq_refunds_source_key")),
    )
    op.create_index(
        "ix_refunds_asked",
        "refunds",
        ["next_ask_at"],
        unique=False,
        postgresql_where="next_ask_at IS NOT NULL",
    )
    op.create_index(op.f("ix_refunds_order_id"), "refunds", ["order_id"], unique=False)
    op.create_index(op.f("ix_refunds_seller_id"), "refunds", ["seller_id"], unique=False)
    op.create_index(
        "ix_refunds_seller_id_asked_at", "refunds", ["seller_id", "asked_at"], unique=False
    )
    op.create_table(
        "settlement_batches",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("payout_reference", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=True),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("net_vnd", sa.BigInteger(), nullable=False),
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bank_line_id", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_line_id"], ["bank_lines.id"], name=op.f("fk_settlement_batches_bank_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_settlement_batches_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_batches")),
        sa.UniqueConstraint("bank_line_id", name=op.f("uq_settlement_batches_bank_line_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_settlement_batches_ref")),
        sa.UniqueConstraint(
            "seller_id",
            "source",
            "digest",
            name=op.f("uq_settlement_batches_seller_id_source_digest"),
        ),
    )
    op.create_index(
        op.f("ix_settlement_batches_seller_id"), "settlement_batches", ["seller_id"], unique=False
    )
    op.create_index(
        "ix_settlement_batches_seller_id_at",
        "settlement_batches",
        ["seller_id", "at"],
        unique=False,
    )
    op.create_table(
        "settlement_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("order_reference", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("gross_vnd", sa.BigInteger(), nullable=False),
        sa.Column("fee_vnd", sa.BigInteger(), nullable=False),
        sa.Column("tax_vnd", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_vnd", sa.BigInteger(), nullable=False),
        sa.Column("net_vnd", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("found", sa.String(), nullable=False),
        sa.Column("expected_vnd", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("gateway_payment_id", sa.BigInteger(), nullable=True),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["settlement_batches.id"], name=op.f("fk_settlement_lines_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entries.id"], name=op.f("fk_settlement_lines_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["gateway_payment_id"],
            ["gateway_payments.id"],
            name=op.f("fk_settlement_lines_gateway_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_settlement_lines_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_lines")),
    )
    op.create_index(
        op.f("ix_settlement_lines_batch_id"), "settlement_lines", ["batch_id"], unique=False
    )
    op.create_index(
        op.f("ix_settlement_lines_order_id"), "settlement_lines", ["order_id"], unique=False
    )
    op.create_index(
        "ix_settlement_lines_reference", "settlement_lines", ["reference"], unique=False
    )
    op.add_column("allocations", sa.Column("refund_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "allocations",
        sa.Column("write_off_vnd", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_foreign_key(
        op.f("fk_allocations_refund_id"), "allocations", "refunds", ["refund_id"], ["id"]
    )
    op.add_column("bank_lines", sa.Column("import_id", sa.BigInteger(), nullable=True))
    op.add_column("bank_lines", sa.Column("purpose_entry_id", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_bank_lines_bank_account_id"), "bank_lines", ["bank_account_id"], unique=False
    )
    op.create_index(op.f("ix_bank_lines_import_id"), "bank_lines", ["import_id"], unique=False)
    op.create_index(
        "ix_bank_lines_waiting",
        "bank_lines",
        ["seller_id", "booked_at"],
        unique=False,
        postgresql_where="state IN ('suspense', 'partly_allocated')",
    )
    op.create_foreign_key(
        op.f("fk_bank_lines_import_id"), "bank_lines", "statement_imports", ["import_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_bank_lines_purpose_entry_id"),
        "bank_lines",
        "ledger_entries",
        ["purpose_entry_id"],
        ["id"],
    )
    op.add_column(
        "orders", sa.Column("returned_vnd", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("written_off_vnd", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("refunded_vnd", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_orders_refunded"), "orders", "refunded_vnd BETWEEN 0 AND paid_vnd"
    )
    op.create_check_constraint(
        op.f("ck_orders_returned"), "orders", "returned_vnd BETWEEN 0 AND total_vnd"
    )
    op.create_check_constraint(
        op.f("ck_orders_written_off"), "orders", "written_off_vnd BETWEEN 0 AND total_vnd"
    )
    op.execute(RETURNED)
    # Money out waits for a person now; it used to be put aside.
    op.execute(
        "UPDATE bank_lines SET state = 'suspense' WHERE state = 'ignored' AND reason = 'outgoing'"
    )
    op.create_index("ix_orders_buyer_phone", "orders", ["buyer_phone"], unique=False)
    op.create_index(
        "ix_orders_open",
        "orders",
        ["seller_id", sa.literal_column("(total_vnd - returned_vnd - written_off_vnd - paid_vnd)")],
        unique=False,
        postgresql_where="total_vnd - returned_vnd - written_off_vnd - paid_vnd > 0",
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER balanced ON ledger_postings")
    op.execute("DROP FUNCTION ledger_posted()")
    op.execute(PER_ROW)
    op.execute(
        "UPDATE bank_lines SET state = 'ignored' WHERE state = 'suspense' AND direction = 'out'"
    )
    op.drop_constraint(op.f("ck_orders_written_off"), "orders")
    op.drop_constraint(op.f("ck_orders_returned"), "orders")
    op.drop_constraint(op.f("ck_orders_refunded"), "orders")
    op.drop_index(
        "ix_orders_open",
        table_name="orders",
        postgresql_where="total_vnd - returned_vnd - written_off_vnd - paid_vnd > 0",
    )
    op.drop_index("ix_orders_buyer_phone", table_name="orders")
    op.drop_column("orders", "refunded_vnd")
    op.drop_column("orders", "written_off_vnd")
    op.drop_column("orders", "returned_vnd")
    op.drop_constraint(op.f("fk_bank_lines_purpose_entry_id"), "bank_lines", type_="foreignkey")
    op.drop_constraint(op.f("fk_bank_lines_import_id"), "bank_lines", type_="foreignkey")
    op.drop_index(
        "ix_bank_lines_waiting",
        table_name="bank_lines",
        postgresql_where="state IN ('suspense', 'partly_allocated')",
    )
    op.drop_index(op.f("ix_bank_lines_import_id"), table_name="bank_lines")
    op.drop_index(op.f("ix_bank_lines_bank_account_id"), table_name="bank_lines")
    op.drop_column("bank_lines", "purpose_entry_id")
    op.drop_column("bank_lines", "import_id")
    op.drop_constraint(op.f("fk_allocations_refund_id"), "allocations", type_="foreignkey")
    op.drop_column("allocations", "write_off_vnd")
    op.drop_column("allocations", "refund_id")
    op.drop_index("ix_settlement_lines_reference", table_name="settlement_lines")
    op.drop_index(op.f("ix_settlement_lines_order_id"), table_name="settlement_lines")
    op.drop_index(op.f("ix_settlement_lines_batch_id"), table_name="settlement_lines")
    op.drop_table("settlement_lines")
    op.drop_index("ix_settlement_batches_seller_id_at", table_name="settlement_batches")
    op.drop_index(op.f("ix_settlement_batches_seller_id"), table_name="settlement_batches")
    op.drop_table("settlement_batches")
    op.drop_index("ix_refunds_seller_id_asked_at", table_name="refunds")
    op.drop_index(op.f("ix_refunds_seller_id"), table_name="refunds")
    op.drop_index(op.f("ix_refunds_order_id"), table_name="refunds")
    op.drop_index(
        "ix_refunds_asked", table_name="refunds", postgresql_where="next_ask_at IS NOT NULL"
    )
    op.drop_table("refunds")
    op.drop_index(op.f("ix_statement_mappings_seller_id"), table_name="statement_mappings")
    op.drop_table("statement_mappings")
    op.drop_index(op.f("ix_statement_imports_seller_id"), table_name="statement_imports")
    op.drop_table("statement_imports")
    op.drop_index(op.f("ix_gateway_payments_seller_id"), table_name="gateway_payments")
    op.drop_index(op.f("ix_gateway_payments_order_id"), table_name="gateway_payments")
    op.drop_index(
        "ix_gateway_payments_asked",
        table_name="gateway_payments",
        postgresql_where="next_ask_at IS NOT NULL",
    )
    op.drop_table("gateway_payments")
    op.drop_table("gateway_notices")
    op.drop_index("ix_cash_vouchers_seller_id_on", table_name="cash_vouchers")
    op.drop_index(op.f("ix_cash_vouchers_seller_id"), table_name="cash_vouchers")
    op.drop_table("cash_vouchers")
    op.drop_index(op.f("ix_reconciliation_terms_seller_id"), table_name="reconciliation_terms")
    op.drop_table("reconciliation_terms")
    op.drop_index(op.f("ix_gateway_connections_seller_id"), table_name="gateway_connections")
    op.drop_table("gateway_connections")
    op.drop_index(op.f("ix_day_closes_seller_id"), table_name="day_closes")
    op.drop_table("day_closes")
    op.drop_index(op.f("ix_book_exports_seller_id"), table_name="book_exports")
    op.drop_table("book_exports")
