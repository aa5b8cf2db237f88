"""Portals worked by hand, files for and from them, feeds for shopping engines."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261128_1720"
down_revision = "20261128_1710"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def owned(*columns: sa.schema.SchemaItem) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"]),
        *columns,
    ]


def of_connection() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"]),
    ]


def upgrade() -> None:
    op.create_table(
        "portals",
        *owned(*of_connection()),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("columns", JSONB(), nullable=False),
        sa.Column("order_columns", JSONB(), server_default="{}", nullable=False),
        sa.Column("listing_columns", JSONB(), server_default="{}", nullable=False),
        sa.UniqueConstraint("connection_id"),
    )
    op.create_table(
        "portal_exports",
        *owned(*of_connection()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("told", JSONB(), nullable=False),
        sa.Column("left_out", JSONB(), nullable=False),
        sa.Column("notes", JSONB(), nullable=False),
        sa.Column("sheet_key", sa.String()),
        sa.Column("images_key", sa.String()),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("uploaded_at", INSTANT),
        sa.CheckConstraint("state IN ('working', 'done', 'failed')", "state"),
        sa.CheckConstraint("state <> 'done' OR sheet_key IS NOT NULL", "sheet"),
    )
    op.create_table(
        "portal_files",
        *owned(*of_connection()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=False),
        sa.Column("headings", JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("plan", JSONB(), nullable=False),
        sa.Column("faults", JSONB(), nullable=False),
        sa.Column("forgotten", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("state IN ('sent', 'shown', 'working', 'done', 'failed')", "state"),
        sa.CheckConstraint("kind IN ('orders', 'listings')", "kind"),
    )
    op.create_table(
        "feeds",
        *owned(),
        sa.Column("digest", sa.String(), unique=True),
        sa.Column("sealed_word", sa.String()),
        sa.Column("changes", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("written", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("changed_at", INSTANT),
        sa.Column("written_at", INSTANT),
        sa.Column("files", JSONB(), server_default="{}", nullable=False),
        sa.Column("items", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("left_out", JSONB(), server_default="[]", nullable=False),
        sa.Column("created_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.UniqueConstraint("seller_id"),
    )
    op.create_index(
        "ix_feeds_changed_at",
        "feeds",
        ["changed_at"],
        postgresql_where=sa.text("changed_at IS NOT NULL"),
    )
    for table in ("portals", "portal_exports", "portal_files", "feeds"):
        op.create_index(f"ix_{table}_seller_id", table, ["seller_id"])
    for table in ("portal_exports", "portal_files"):
        op.create_index(f"ix_{table}_connection_id", table, ["connection_id"])


def downgrade() -> None:
    for table in ("feeds", "portal_files", "portal_exports", "portals"):
        op.drop_table(table)
