"""Places, the append-only record of lots, its seals, and what stamps and scans need."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_0900"
down_revision = "20261125_1500"
branch_labels = None
depends_on = None

APPEND_ONLY = ("trace_events", "trace_items", "tree_heads", "tree_leaves")


def upgrade() -> None:
    op.create_table(
        "tree_heads",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column(
            "sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tree_heads")),
        sa.UniqueConstraint("day", name=op.f("uq_tree_heads_day")),
    )
    op.create_table(
        "containers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["containers.id"], name=op.f("fk_containers_parent_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_containers_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_containers")),
        sa.UniqueConstraint("code", name=op.f("uq_containers_code")),
        sa.UniqueConstraint("ref", name=op.f("uq_containers_ref")),
    )
    op.create_index(op.f("ix_containers_parent_id"), "containers", ["parent_id"], unique=False)
    op.create_index(op.f("ix_containers_seller_id"), "containers", ["seller_id"], unique=False)
    op.create_table(
        "households",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("shown", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_households_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        sa.UniqueConstraint("ref", name=op.f("uq_households_ref")),
        sa.UniqueConstraint("seller_id", "code", name=op.f("uq_households_seller_id_code")),
    )
    op.create_index(op.f("ix_households_seller_id"), "households", ["seller_id"], unique=False)
    op.create_table(
        "saved_layouts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_saved_layouts_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_layouts")),
        sa.UniqueConstraint("ref", name=op.f("uq_saved_layouts_ref")),
        sa.UniqueConstraint("seller_id", "name", name=op.f("uq_saved_layouts_seller_id_name")),
    )
    op.create_index(
        op.f("ix_saved_layouts_seller_id"), "saved_layouts", ["seller_id"], unique=False
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("province", sa.String(), nullable=True),
        sa.Column("latitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("longitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("hectares", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(latitude, longitude) IN (0, 2)", name=op.f("ck_sites_point")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_sites_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("ref", name=op.f("uq_sites_ref")),
        sa.UniqueConstraint("seller_id", "name", name=op.f("uq_sites_seller_id_name")),
    )
    op.create_index(op.f("ix_sites_seller_id"), "sites", ["seller_id"], unique=False)
    op.create_table(
        "trace_events",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("container_id", sa.BigInteger(), nullable=True),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["container_id"], ["containers.id"], name=op.f("fk_trace_events_container_id")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["trace_events.id"], name=op.f("fk_trace_events_corrects_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_trace_events_seller_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_trace_events_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_events")),
        sa.UniqueConstraint("hash", name=op.f("uq_trace_events_hash")),
        sa.UniqueConstraint("ref", name=op.f("uq_trace_events_ref")),
        sa.UniqueConstraint("seller_id", "key", name=op.f("uq_trace_events_seller_id_key")),
    )
    op.create_index(
        op.f("ix_trace_events_container_id"), "trace_events", ["container_id"], unique=False
    )
    op.create_index(
        op.f("ix_trace_events_corrects_id"), "trace_events", ["corrects_id"], unique=False
    )
    op.create_index("ix_trace_events_happened_at", "trace_events", ["happened_at"], unique=False)
    op.create_index("ix_trace_events_kind", "trace_events", ["kind", "happened_at"], unique=False)
    op.create_index(op.f("ix_trace_events_seller_id"), "trace_events", ["seller_id"], unique=False)
    op.create_table(
        "trace_items",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.CheckConstraint(
            "role IN ('subject', 'input', 'output', 'child')", name=op.f("ck_trace_items_role")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["trace_events.id"], name=op.f("fk_trace_items_event_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_trace_items_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_items")),
        sa.UniqueConstraint("lot_id", "number", name=op.f("uq_trace_items_lot_id_number")),
    )
    op.create_index(op.f("ix_trace_items_event_id"), "trace_items", ["event_id"], unique=False)
    op.create_table(
        "trace_words",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["trace_events.id"], name=op.f("fk_trace_words_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_trace_words")),
    )
    op.create_table(
        "tree_leaves",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("head_id", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["trace_events.id"], name=op.f("fk_tree_leaves_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["head_id"], ["tree_heads.id"], name=op.f("fk_tree_leaves_head_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_tree_leaves")),
        sa.UniqueConstraint("head_id", "leaf", name=op.f("uq_tree_leaves_head_id_leaf")),
    )
    op.create_table(
        "scan_days",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("scans", sa.BigInteger(), nullable=False),
        sa.Column("firsts", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["stamp_batches.id"], name=op.f("fk_scan_days_batch_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_scan_days_lot_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_scan_days_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_days")),
        sa.UniqueConstraint(
            "on",
            "product_id",
            "lot_id",
            "batch_id",
            "area",
            "finding",
            name=op.f("uq_scan_days_on_product_id_lot_id_batch_id_area_finding"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_scan_days_product_id_on", "scan_days", ["product_id", "on"], unique=False)
    op.create_table(
        "problems",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("stamp_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), server_default="", nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_problems_lot_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_problems_product_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_problems_seller_id")),
        sa.ForeignKeyConstraint(["stamp_id"], ["stamps.id"], name=op.f("fk_problems_stamp_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problems")),
        sa.UniqueConstraint("ref", name=op.f("uq_problems_ref")),
    )
    op.create_index(op.f("ix_problems_product_id"), "problems", ["product_id"], unique=False)
    op.create_index(op.f("ix_problems_seller_id"), "problems", ["seller_id"], unique=False)
    op.create_table(
        "scans",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("stamp_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("visitor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_scans_lot_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_scans_product_id")),
        sa.ForeignKeyConstraint(["stamp_id"], ["stamps.id"], name=op.f("fk_scans_stamp_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
    )
    op.create_index("ix_scans_at", "scans", ["at"], unique=False, postgresql_using="brin")
    op.create_index("ix_scans_stamp_id_at", "scans", ["stamp_id", "at"], unique=False)
    op.create_table(
        "lot_draws",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_lot_draws_quantity")),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name=op.f("fk_lot_draws_line_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_draws_lot_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_lot_draws_order_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_lot_draws_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_draws")),
        sa.UniqueConstraint("ref", name=op.f("uq_lot_draws_ref")),
    )
    op.create_index("ix_lot_draws_line_id", "lot_draws", ["line_id"], unique=False)
    op.create_index("ix_lot_draws_lot_id", "lot_draws", ["lot_id"], unique=False)
    op.create_index(op.f("ix_lot_draws_order_id"), "lot_draws", ["order_id"], unique=False)
    op.create_index(op.f("ix_lot_draws_seller_id"), "lot_draws", ["seller_id"], unique=False)
    op.add_column("lots", sa.Column("site_id", sa.BigInteger(), nullable=True))
    op.add_column("lots", sa.Column("household_id", sa.BigInteger(), nullable=True))
    op.add_column("lots", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lots", sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lots", sa.Column("recall_reason", sa.String(), nullable=True))
    op.add_column("lots", sa.Column("events", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("lots", sa.Column("head", sa.String(), server_default="", nullable=False))
    op.create_foreign_key(op.f("fk_lots_site_id"), "lots", "sites", ["site_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_lots_household_id"), "lots", "households", ["household_id"], ["id"]
    )
    op.add_column("stamp_batches", sa.Column("product_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE stamp_batches SET product_id = lots.product_id FROM lots WHERE lots.id = lot_id"
    )
    op.alter_column("stamp_batches", "product_id", nullable=False)
    op.add_column("stamp_batches", sa.Column("variant_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "stamp_batches", sa.Column("level", sa.String(), server_default="item", nullable=False)
    )
    op.add_column(
        "stamp_batches", sa.Column("made", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "stamp_batches", sa.Column("format", sa.String(), server_default="pdf", nullable=False)
    )
    op.add_column(
        "stamp_batches", sa.Column("scratch", sa.Boolean(), server_default="false", nullable=False)
    )
    op.alter_column("stamp_batches", "lot_id", existing_type=sa.BIGINT(), nullable=True)
    op.create_index(
        op.f("ix_stamp_batches_product_id"), "stamp_batches", ["product_id"], unique=False
    )
    op.create_foreign_key(
        op.f("fk_stamp_batches_variant_id"), "stamp_batches", "variants", ["variant_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_stamp_batches_product_id"), "stamp_batches", "products", ["product_id"], ["id"]
    )
    op.add_column("stamps", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stamps", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stamps", sa.Column("container_id", sa.BigInteger(), nullable=True))
    op.add_column("stamps", sa.Column("scans", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("stamps", sa.Column("first_scan_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stamps", sa.Column("last_scan_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stamps", sa.Column("suspect", sa.String(), nullable=True))
    op.create_index(op.f("ix_stamps_container_id"), "stamps", ["container_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_stamps_container_id"), "stamps", "containers", ["container_id"], ["id"]
    )
    op.create_check_constraint("quantity", "lots", "quantity > 0")
    op.create_check_constraint(
        "recall", "lots", "num_nonnulls(recalled_at, recall_reason) IN (0, 2)"
    )
    op.drop_constraint(op.f("ck_stamp_batches_count"), "stamp_batches")
    op.create_check_constraint("count", "stamp_batches", "count BETWEEN 1 AND 100000")
    op.create_check_constraint("lot", "stamp_batches", "level = 'product' OR lot_id IS NOT NULL")
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    # Words may have to be erased, never changed.
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE ON trace_words "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_stamp_batches_lot"), "stamp_batches")
    op.drop_constraint(op.f("ck_stamp_batches_count"), "stamp_batches")
    op.execute(
        "DELETE FROM stamps WHERE batch_id IN (SELECT id FROM stamp_batches WHERE count > 10000 OR lot_id IS NULL)"
    )
    op.execute("DELETE FROM stamp_batches WHERE count > 10000 OR lot_id IS NULL")
    op.create_check_constraint("count", "stamp_batches", "count BETWEEN 1 AND 10000")
    op.drop_constraint(op.f("ck_lots_recall"), "lots")
    op.drop_constraint(op.f("ck_lots_quantity"), "lots")
    op.drop_constraint(op.f("fk_stamps_container_id"), "stamps", type_="foreignkey")
    op.drop_index(op.f("ix_stamps_container_id"), table_name="stamps")
    op.drop_column("stamps", "suspect")
    op.drop_column("stamps", "last_scan_at")
    op.drop_column("stamps", "first_scan_at")
    op.drop_column("stamps", "scans")
    op.drop_column("stamps", "container_id")
    op.drop_column("stamps", "claimed_at")
    op.drop_column("stamps", "changed_at")
    op.drop_constraint(op.f("fk_stamp_batches_product_id"), "stamp_batches", type_="foreignkey")
    op.drop_constraint(op.f("fk_stamp_batches_variant_id"), "stamp_batches", type_="foreignkey")
    op.drop_index(op.f("ix_stamp_batches_product_id"), table_name="stamp_batches")
    op.alter_column("stamp_batches", "lot_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("stamp_batches", "scratch")
    op.drop_column("stamp_batches", "format")
    op.drop_column("stamp_batches", "made")
    op.drop_column("stamp_batches", "level")
    op.drop_column("stamp_batches", "variant_id")
    op.drop_column("stamp_batches", "product_id")
    op.drop_constraint(op.f("fk_lots_household_id"), "lots", type_="foreignkey")
    op.drop_constraint(op.f("fk_lots_site_id"), "lots", type_="foreignkey")
    op.drop_column("lots", "head")
    op.drop_column("lots", "events")
    op.drop_column("lots", "recall_reason")
    op.drop_column("lots", "recalled_at")
    op.drop_column("lots", "published_at")
    op.drop_column("lots", "household_id")
    op.drop_column("lots", "site_id")
    op.drop_index(op.f("ix_lot_draws_seller_id"), table_name="lot_draws")
    op.drop_index(op.f("ix_lot_draws_order_id"), table_name="lot_draws")
    op.drop_index("ix_lot_draws_lot_id", table_name="lot_draws")
    op.drop_index("ix_lot_draws_line_id", table_name="lot_draws")
    op.drop_table("lot_draws")
    op.drop_index("ix_scans_stamp_id_at", table_name="scans")
    op.drop_index("ix_scans_at", table_name="scans", postgresql_using="brin")
    op.drop_table("scans")
    op.drop_index(op.f("ix_problems_seller_id"), table_name="problems")
    op.drop_index(op.f("ix_problems_product_id"), table_name="problems")
    op.drop_table("problems")
    op.drop_index("ix_scan_days_product_id_on", table_name="scan_days")
    op.drop_table("scan_days")
    op.drop_table("tree_leaves")
    op.drop_table("trace_words")
    op.drop_index(op.f("ix_trace_items_event_id"), table_name="trace_items")
    op.drop_table("trace_items")
    op.drop_index(op.f("ix_trace_events_seller_id"), table_name="trace_events")
    op.drop_index("ix_trace_events_kind", table_name="trace_events")
    op.drop_index("ix_trace_events_happened_at", table_name="trace_events")
    op.drop_index(op.f("ix_trace_events_corrects_id"), table_name="trace_events")
    op.drop_index(op.f("ix_trace_events_container_id"), table_name="trace_events")
    op.drop_table("trace_events")
    op.drop_index(op.f("ix_sites_seller_id"), table_name="sites")
    op.drop_table("sites")
    op.drop_index(op.f("ix_saved_layouts_seller_id"), table_name="saved_layouts")
    op.drop_table("saved_layouts")
    op.drop_index(op.f("ix_households_seller_id"), table_name="households")
    op.drop_table("households")
    op.drop_index(op.f("ix_containers_seller_id"), table_name="containers")
    op.drop_index(op.f("ix_containers_parent_id"), table_name="containers")
    op.drop_table("containers")
    op.drop_table("tree_heads")
