"""Orders of marketplaces, what their items are of ours, pushes as they arrived."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1710"
down_revision = "20261128_1700"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "channel_orders",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("remote_at", INSTANT, nullable=False),
        sa.Column("intake", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), unique=True),
        sa.Column("trouble", sa.String()),
        sa.Column("total_vnd", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"]),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index("ix_channel_orders_seller_id", "channel_orders", ["seller_id"])
    op.create_index("ix_channel_orders_intake", "channel_orders", ["connection_id", "intake"])
    op.create_table(
        "channel_lines",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("channel_order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_vnd", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(["channel_order_id"], ["channel_orders.id"]),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"]),
        sa.UniqueConstraint("channel_order_id", "line_id"),
    )
    op.create_table(
        "channel_payouts",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("channel_order_id", sa.BigInteger(), nullable=False, unique=True),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("gross_vnd", sa.BigInteger(), nullable=False),
        sa.Column("fee_vnd", sa.BigInteger(), nullable=False),
        sa.Column("tax_vnd", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_vnd", sa.BigInteger(), nullable=False),
        sa.Column("net_vnd", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["channel_order_id"], ["channel_orders.id"]),
    )
    op.create_table(
        "item_links",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"]),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"]),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_table(
        "market_pushes",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("shop_id", sa.String(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.UniqueConstraint("platform", "delivery"),
    )
    op.create_index("ix_market_pushes_at", "market_pushes", ["at"])
    op.create_table(
        "market_differences",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("listing_id", sa.BigInteger()),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ours", sa.String(), nullable=False),
        sa.Column("theirs", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"]),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"]),
    )
    op.create_index("ix_market_differences", "market_differences", ["connection_id", "listing_id"])


def downgrade() -> None:
    for table in (
        "market_differences",
        "market_pushes",
        "item_links",
        "channel_payouts",
        "channel_lines",
        "channel_orders",
    ):
        op.drop_table(table)
