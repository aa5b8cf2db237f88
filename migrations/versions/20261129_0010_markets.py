"""Markets and cashless streets with their booths, plates, spreadsheets and signed days."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129_0010"
down_revision = "20261129_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "markets",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), server_default="", nullable=False),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("province_code", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("started_precision", sa.String(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("partners", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("about", sa.String(), server_default="", nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('market', 'street')", name=op.f("ck_markets_kind")),
        sa.CheckConstraint(
            "model IN ('market_4_0', 'cashless_street')", name=op.f("ck_markets_model")
        ),
        sa.CheckConstraint(
            "started_precision IN ('day', 'month', 'year')", name=op.f("ck_markets_precision")
        ),
        sa.CheckConstraint(
            "model IS NOT NULL OR started_on IS NULL", name=op.f("ck_markets_start_of_model")
        ),
        sa.CheckConstraint(
            "num_nonnulls(started_on, started_precision) IN (0, 2)", name=op.f("ck_markets_start")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_markets")),
        sa.UniqueConstraint(
            "commune_code", "sort_key", name=op.f("uq_markets_commune_code_sort_key")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_markets_ref")),
    )
    op.create_index(op.f("ix_markets_province_code"), "markets", ["province_code"], unique=False)
    op.create_index(op.f("ix_markets_sort_key"), "markets", ["sort_key"], unique=False)
    op.create_table(
        "market_managers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets.id"], name=op.f("fk_market_managers_market_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_market_managers_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_market_managers")),
        sa.UniqueConstraint(
            "market_id", "user_id", name=op.f("uq_market_managers_market_id_user_id")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_market_managers_ref")),
    )
    op.create_index(
        op.f("ix_market_managers_user_id"), "market_managers", ["user_id"], unique=False
    )
    op.create_table(
        "booths",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("number_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("goods", sa.String(), server_default="", nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "source", sa.String(), sa.Computed("'booth:' || ref", persisted=True), nullable=False
        ),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('sap', 'kiosk', 'shop')", name=op.f("ck_booths_kind")),
        sa.CheckConstraint("opened_on <= closed_on", name=op.f("ck_booths_days")),
        sa.ForeignKeyConstraint(
            ["bank_account_id"], ["bank_accounts.id"], name=op.f("fk_booths_bank_account_id")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_booths_market_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_booths_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booths")),
        sa.UniqueConstraint("ref", name=op.f("uq_booths_ref")),
        sa.UniqueConstraint("source", name=op.f("uq_booths_source")),
    )
    op.create_index(op.f("ix_booths_market_id"), "booths", ["market_id"], unique=False)
    op.create_index(op.f("ix_booths_seller_id"), "booths", ["seller_id"], unique=False)
    op.create_index(
        "uq_booths_number",
        "booths",
        ["market_id", "number_key"],
        unique=True,
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_table(
        "plate_runs",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("paper", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("skipped", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("file_key", sa.String(), nullable=True),
        sa.Column("refused", sa.String(), server_default="", nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('drawing', 'done', 'failed')", name=op.f("ck_plate_runs_state")
        ),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets.id"], name=op.f("fk_plate_runs_market_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_plate_runs_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate_runs")),
        sa.UniqueConstraint("ref", name=op.f("uq_plate_runs_ref")),
    )
    op.create_index(op.f("ix_plate_runs_market_id"), "plate_runs", ["market_id"], unique=False)
    op.create_table(
        "booth_imports",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("market_id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("mark", sa.String(), nullable=True),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('reading', 'shown', 'applying', 'done', 'failed')",
            name=op.f("ck_booth_imports_state"),
        ),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets.id"], name=op.f("fk_booth_imports_market_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_booth_imports_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booth_imports")),
        sa.UniqueConstraint("ref", name=op.f("uq_booth_imports_ref")),
    )
    op.create_index(
        op.f("ix_booth_imports_market_id"), "booth_imports", ["market_id"], unique=False
    )
    op.create_table(
        "booth_days",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("booth_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("float_vnd", sa.BigInteger(), nullable=False),
        sa.Column("cash_vnd", sa.BigInteger(), nullable=False),
        sa.Column("counted_vnd", sa.BigInteger(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "note <> '' OR counted_vnd = float_vnd + cash_vnd", name=op.f("ck_booth_days_explained")
        ),
        sa.CheckConstraint(
            "float_vnd >= 0 AND counted_vnd >= 0", name=op.f("ck_booth_days_counted")
        ),
        sa.ForeignKeyConstraint(["booth_id"], ["booths.id"], name=op.f("fk_booth_days_booth_id")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_booth_days_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booth_days")),
        sa.UniqueConstraint("booth_id", "on", name=op.f("uq_booth_days_booth_id_on")),
        sa.UniqueConstraint("ref", name=op.f("uq_booth_days_ref")),
    )
    op.create_index(op.f("ix_booth_days_seller_id"), "booth_days", ["seller_id"], unique=False)
    op.create_table(
        "booth_day_rows",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day_id", sa.BigInteger(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["day_id"], ["booth_days.id"], name=op.f("fk_booth_day_rows_day_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booth_day_rows")),
        sa.UniqueConstraint("subject", name=op.f("uq_booth_day_rows_subject")),
    )
    op.create_index(op.f("ix_booth_day_rows_day_id"), "booth_day_rows", ["day_id"], unique=False)


def downgrade() -> None:
    op.drop_table("booth_day_rows")
    op.drop_table("booth_days")
    op.drop_table("booth_imports")
    op.drop_table("plate_runs")
    op.drop_table("booths")
    op.drop_table("market_managers")
    op.drop_table("markets")
