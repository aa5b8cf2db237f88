"""Invoices of orders, how sellers issue them, and what providers reported."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_1100"
down_revision = "20261125_1000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invoice_terms",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.String(), nullable=False),
        sa.Column("hook_url", sa.String(), nullable=True),
        sa.Column("sealed_secret", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_invoice_terms_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_terms")),
        sa.UniqueConstraint("ref", name=op.f("uq_invoice_terms_ref")),
        sa.UniqueConstraint("seller_id", name=op.f("uq_invoice_terms_seller_id")),
    )
    op.create_index(
        op.f("ix_invoice_terms_seller_id"), "invoice_terms", ["seller_id"], unique=False
    )
    op.create_table(
        "invoice_notices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("terms_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("became", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["invoice_terms.id"], name=op.f("fk_invoice_notices_terms_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_notices")),
        sa.UniqueConstraint("terms_id", "digest", name=op.f("uq_invoice_notices_terms_id_digest")),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("buyer_name", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("tax_code", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("authority_code", sa.String(), nullable=False),
        sa.Column("lookup_url", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state <> 'issued' OR number <> ''", name=op.f("ck_invoices_number")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_invoices_order_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_invoices_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("order_id", name=op.f("uq_invoices_order_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_invoices_ref")),
    )
    op.create_index(op.f("ix_invoices_seller_id"), "invoices", ["seller_id"], unique=False)
    op.create_index(
        "ix_invoices_seller_id_state", "invoices", ["seller_id", "state", "id"], unique=False
    )
    op.create_table(
        "invoice_events",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_events_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_events")),
    )
    op.create_index(
        op.f("ix_invoice_events_invoice_id"), "invoice_events", ["invoice_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_invoice_events_invoice_id"), table_name="invoice_events")
    op.drop_table("invoice_events")
    op.drop_index("ix_invoices_seller_id_state", table_name="invoices")
    op.drop_index(op.f("ix_invoices_seller_id"), table_name="invoices")
    op.drop_table("invoices")
    op.drop_table("invoice_notices")
    op.drop_index(op.f("ix_invoice_terms_seller_id"), table_name="invoice_terms")
    op.drop_table("invoice_terms")
