"""Several marketplaces: rules and pace of a shop, lanes that wait, letters, calls, facts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261128_1700"
down_revision = "20261128_1657"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Our own account at a marketplace is a setting; a copy of it in every row only went stale.
    for name in ("host", "partner_id", "sealed_partner_key"):
        op.drop_column("connections", name)
    for name in ("sealed_access_token", "sealed_refresh_token", "token_expires_at"):
        op.alter_column("connections", name, nullable=True)
    text = {"server_default": "", "nullable": False}
    number = {"server_default": "0", "nullable": False}
    for column in (
        sa.Column("name", sa.String(), **text),
        sa.Column("cipher", sa.String(), **text),
        sa.Column("refresh_until", INSTANT),
        sa.Column("told_of_end", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("share_percent", sa.BigInteger(), server_default="100", nullable=False),
        sa.Column("buffer", sa.BigInteger(), **number),
        sa.Column("threshold", sa.BigInteger(), **number),
        sa.Column("drift", sa.String(), server_default="report", nullable=False),
        sa.Column("calls_per_second", sa.Numeric(7, 2)),
        sa.Column("failures", sa.BigInteger(), **number),
        sa.Column("paused_until", INSTANT),
        sa.Column("pulled_until", INSTANT),
    ):
        op.add_column("connections", column)
    op.create_check_constraint("share", "connections", "share_percent BETWEEN 0 AND 100")
    op.create_check_constraint("rules", "connections", "buffer >= 0 AND threshold >= 0")
    op.create_check_constraint("pace", "connections", "calls_per_second > 0")
    for column in (
        sa.Column("offered", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("category_id", sa.String(), **text),
        sa.Column("attributes", JSONB(), server_default="{}", nullable=False),
        sa.Column("brand_id", sa.String(), **text),
        sa.Column("attempt", sa.String()),
        sa.Column("link", sa.String(), **text),
        sa.Column("remote_state", sa.String()),
    ):
        op.add_column("listings", column)
    for column in (
        sa.Column("marked_at", INSTANT),
        sa.Column("not_before", INSTANT),
        sa.Column("tries", sa.BigInteger(), **number),
        sa.Column("cause", sa.String(), **text),
        sa.Column("request_id", sa.String()),
    ):
        op.add_column("lanes", column)
    _facts()
    _calls()
    _letters()


def _facts() -> None:
    op.create_table(
        "market_facts",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("shop_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.UniqueConstraint("platform", "shop_id", "kind", "key"),
    )


def _calls() -> None:
    op.create_table(
        "market_calls",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("reply", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("request_id", sa.String()),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"]),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"]),
    )
    op.create_index("ix_market_calls_listing_id_at", "market_calls", ["listing_id", "at"])
    op.create_index("ix_market_calls_at", "market_calls", ["at"])


def _letters() -> None:
    op.create_table(
        "letters",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False, unique=True),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("kinds", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("reply", sa.String(), nullable=False),
        sa.Column("at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("closed_by", sa.String()),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"]),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"]),
    )
    op.create_index("ix_letters_seller_id", "letters", ["seller_id"])
    op.create_index("ix_letters_at", "letters", ["at"])
    op.create_index(
        "uq_letters_open",
        "letters",
        ["listing_id", "kinds"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    for table in ("letters", "market_calls", "market_facts"):
        op.drop_table(table)
    for name in ("marked_at", "not_before", "tries", "cause", "request_id"):
        op.drop_column("lanes", name)
    for name in (
        "offered",
        "category_id",
        "attributes",
        "brand_id",
        "attempt",
        "link",
        "remote_state",
    ):
        op.drop_column("listings", name)
    for name in ("share", "rules", "pace"):
        op.drop_constraint(op.f(f"ck_connections_{name}"), "connections")
    for name in (
        "name",
        "cipher",
        "refresh_until",
        "told_of_end",
        "share_percent",
        "buffer",
        "threshold",
        "drift",
        "calls_per_second",
        "failures",
        "paused_until",
        "pulled_until",
    ):
        op.drop_column("connections", name)
    # The tokens belong to the account that is a setting now: such shops are connected anew.
    op.execute("DELETE FROM lanes")
    op.execute("DELETE FROM listings")
    op.execute("DELETE FROM connections")
    for name in ("sealed_access_token", "sealed_refresh_token", "token_expires_at"):
        op.alter_column("connections", name, nullable=False)
    op.add_column("connections", sa.Column("host", sa.String(), nullable=False))
    op.add_column("connections", sa.Column("partner_id", sa.BigInteger(), nullable=False))
    op.add_column("connections", sa.Column("sealed_partner_key", sa.String(), nullable=False))
