"""Sessions as they are planned, heard, looked after and closed; refused parcels of buyers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_2000"
down_revision = "20261128_1900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "livestream_festivals",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("area_code", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_livestream_festivals_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_livestream_festivals")),
        sa.UniqueConstraint("ref", name=op.f("uq_livestream_festivals_ref")),
    )
    op.create_table(
        "livestream_hosts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("personal_number", sa.LargeBinary(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.BigInteger(), nullable=True),
        sa.Column("refused", sa.String(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checked_by"], ["users.id"], name=op.f("fk_livestream_hosts_checked_by")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_livestream_hosts_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_livestream_hosts")),
        sa.UniqueConstraint("ref", name=op.f("uq_livestream_hosts_ref")),
    )
    op.create_index(
        op.f("ix_livestream_hosts_seller_id"), "livestream_hosts", ["seller_id"], unique=False
    )
    op.create_table(
        "livestream_words",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("phrase", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_livestream_words_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_livestream_words")),
        sa.UniqueConstraint("ref", name=op.f("uq_livestream_words_ref")),
        sa.UniqueConstraint(
            "seller_id", "phrase", name=op.f("uq_livestream_words_seller_id_phrase")
        ),
    )
    op.create_index(
        op.f("ix_livestream_words_seller_id"), "livestream_words", ["seller_id"], unique=False
    )
    op.create_table(
        "livestream_listeners",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("cursor", sa.String(), server_default="", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("trouble", sa.String(), server_default="", nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_livestream_listeners_broadcast_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_livestream_listeners_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_livestream_listeners")),
        sa.UniqueConstraint(
            "broadcast_id",
            "platform",
            "external_id",
            name=op.f("uq_livestream_listeners_broadcast_id_platform_external_id"),
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_livestream_listeners_ref")),
    )
    op.create_index(
        op.f("ix_livestream_listeners_seller_id"),
        "livestream_listeners",
        ["seller_id"],
        unique=False,
    )
    op.create_table(
        "livestream_notices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_livestream_notices_broadcast_id")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_livestream_notices_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_livestream_notices")),
        sa.UniqueConstraint("ref", name=op.f("uq_livestream_notices_ref")),
    )
    op.create_index(
        op.f("ix_livestream_notices_broadcast_id"),
        "livestream_notices",
        ["broadcast_id"],
        unique=False,
    )
    op.create_table(
        "livestream_acts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column("before", postgresql.JSONB, nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_livestream_acts_broadcast_id")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["livestream_buyers.id"], name=op.f("fk_livestream_acts_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_livestream_acts_comment_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_livestream_acts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_livestream_acts")),
    )
    op.create_index(
        "ix_livestream_acts_broadcast_id_at",
        "livestream_acts",
        ["broadcast_id", "at"],
        unique=False,
    )
    op.create_table(
        "buyer_marks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("phone_hash", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appeal", sa.String(), server_default="", nullable=False),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_buyer_marks_decided_by")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_buyer_marks_order_id")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_buyer_marks_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_marks")),
        sa.UniqueConstraint("order_id", name=op.f("uq_buyer_marks_order_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_buyer_marks_ref")),
    )
    op.create_index(
        "ix_buyer_marks_phone_hash", "buyer_marks", ["phone_hash", "expires_at"], unique=False
    )
    op.create_index(op.f("ix_buyer_marks_seller_id"), "buyer_marks", ["seller_id"], unique=False)
    op.add_column("broadcasts", sa.Column("host_id", sa.BigInteger(), nullable=True))
    op.add_column("broadcasts", sa.Column("festival_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "broadcasts", sa.Column("voucher_code", sa.String(), server_default="", nullable=False)
    )
    op.add_column("broadcasts", sa.Column("hold_minutes", sa.BigInteger(), nullable=True))
    op.add_column(
        "broadcasts", sa.Column("unpaid", sa.String(), server_default="release", nullable=False)
    )
    op.add_column(
        "broadcasts",
        sa.Column("claim_from", sa.SmallInteger(), server_default="70", nullable=False),
    )
    op.add_column(
        "broadcasts", sa.Column("ask_from", sa.SmallInteger(), server_default="40", nullable=False)
    )
    op.add_column(
        "broadcasts", sa.Column("replay_url", sa.String(), server_default="", nullable=False)
    )
    op.add_column("broadcasts", sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("broadcasts", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "broadcasts", sa.Column("stop_reason", sa.String(), server_default="", nullable=False)
    )
    op.create_index(op.f("ix_broadcasts_festival_id"), "broadcasts", ["festival_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_broadcasts_festival_id"),
        "broadcasts",
        "livestream_festivals",
        ["festival_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_broadcasts_host_id"), "broadcasts", "livestream_hosts", ["host_id"], ["id"]
    )
    op.add_column("claims", sa.Column("pin_id", sa.BigInteger(), nullable=True))
    op.add_column("claims", sa.Column("comment_id", sa.BigInteger(), nullable=True))
    op.add_column("claims", sa.Column("said_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("claims", sa.Column("price_vnd", sa.BigInteger(), nullable=True))
    op.add_column("claims", sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("claims", sa.Column("made_by", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_claims_waiting",
        "claims",
        ["variant_id", "said_at"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )
    op.create_foreign_key(op.f("fk_claims_made_by"), "claims", "users", ["made_by"], ["id"])
    op.create_foreign_key(op.f("fk_claims_pin_id"), "claims", "pins", ["pin_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_claims_comment_id"), "claims", "comments", ["comment_id"], ["id"]
    )
    op.add_column(
        "comments", sa.Column("source", sa.String(), server_default="bridge", nullable=False)
    )
    op.add_column(
        "comments", sa.Column("rehearsal", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "comments",
        sa.Column("shows_phone", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("comments", sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("comments", sa.Column("taken_by", sa.BigInteger(), nullable=True))
    op.add_column("comments", sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("comments", sa.Column("handled_by", sa.BigInteger(), nullable=True))
    op.add_column("comments", sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_comments_open",
        "comments",
        ["broadcast_id", "posted_at"],
        unique=False,
        postgresql_where="state IN ('review', 'question') AND handled_at IS NULL",
    )
    op.create_foreign_key(
        op.f("fk_comments_handled_by"), "comments", "users", ["handled_by"], ["id"]
    )
    op.create_foreign_key(op.f("fk_comments_taken_by"), "comments", "users", ["taken_by"], ["id"])
    op.add_column(
        "livestream_buyers", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("livestream_buyers", sa.Column("told_by", sa.BigInteger(), nullable=True))
    op.add_column("livestream_buyers", sa.Column("taken_by", sa.BigInteger(), nullable=True))
    op.add_column(
        "livestream_buyers", sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_foreign_key(
        op.f("fk_livestream_buyers_told_by"), "livestream_buyers", "users", ["told_by"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_livestream_buyers_taken_by"), "livestream_buyers", "users", ["taken_by"], ["id"]
    )
    op.add_column(
        "orders", sa.Column("slips_printed", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("pins", sa.Column("from_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pins", sa.Column("until_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pins", sa.Column("price_vnd", sa.BigInteger(), nullable=True))
    op.add_column("pins", sa.Column("cap", sa.Numeric(precision=12, scale=3), nullable=True))
    op.add_column("pins", sa.Column("per_buyer", sa.Numeric(precision=12, scale=3), nullable=True))
    op.drop_constraint(op.f("uq_pins_broadcast_id_code"), "pins", type_="unique")
    op.create_index(
        "uq_pins_current",
        "pins",
        ["broadcast_id", "code"],
        unique=True,
        postgresql_where="until_at IS NULL",
    )


def downgrade() -> None:
    op.drop_index("uq_pins_current", table_name="pins", postgresql_where="until_at IS NULL")
    op.create_unique_constraint(
        op.f("uq_pins_broadcast_id_code"),
        "pins",
        ["broadcast_id", "code"],
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("pins", "per_buyer")
    op.drop_column("pins", "cap")
    op.drop_column("pins", "price_vnd")
    op.drop_column("pins", "until_at")
    op.drop_column("pins", "from_at")
    op.drop_column("orders", "slips_printed")
    op.drop_constraint(
        op.f("fk_livestream_buyers_taken_by"), "livestream_buyers", type_="foreignkey"
    )
    op.drop_constraint(
        op.f("fk_livestream_buyers_told_by"), "livestream_buyers", type_="foreignkey"
    )
    op.drop_column("livestream_buyers", "taken_until")
    op.drop_column("livestream_buyers", "taken_by")
    op.drop_column("livestream_buyers", "told_by")
    op.drop_column("livestream_buyers", "told_at")
    op.drop_constraint(op.f("fk_comments_taken_by"), "comments", type_="foreignkey")
    op.drop_constraint(op.f("fk_comments_handled_by"), "comments", type_="foreignkey")
    op.drop_index(
        "ix_comments_open",
        table_name="comments",
        postgresql_where="state IN ('review', 'question') AND handled_at IS NULL",
    )
    op.drop_column("comments", "handled_at")
    op.drop_column("comments", "handled_by")
    op.drop_column("comments", "taken_until")
    op.drop_column("comments", "taken_by")
    op.drop_column("comments", "hidden_at")
    op.drop_column("comments", "shows_phone")
    op.drop_column("comments", "rehearsal")
    op.drop_column("comments", "source")
    op.drop_constraint(op.f("fk_claims_comment_id"), "claims", type_="foreignkey")
    op.drop_constraint(op.f("fk_claims_pin_id"), "claims", type_="foreignkey")
    op.drop_constraint(op.f("fk_claims_made_by"), "claims", type_="foreignkey")
    op.drop_index("ix_claims_waiting", table_name="claims", postgresql_where="state = 'waiting'")
    op.drop_column("claims", "made_by")
    op.drop_column("claims", "offered_at")
    op.drop_column("claims", "price_vnd")
    op.drop_column("claims", "said_at")
    op.drop_column("claims", "comment_id")
    op.drop_column("claims", "pin_id")
    op.drop_constraint(op.f("fk_broadcasts_host_id"), "broadcasts", type_="foreignkey")
    op.drop_constraint(op.f("fk_broadcasts_festival_id"), "broadcasts", type_="foreignkey")
    op.drop_index(op.f("ix_broadcasts_festival_id"), table_name="broadcasts")
    op.drop_column("broadcasts", "stop_reason")
    op.drop_column("broadcasts", "stopped_at")
    op.drop_column("broadcasts", "starts_at")
    op.drop_column("broadcasts", "replay_url")
    op.drop_column("broadcasts", "ask_from")
    op.drop_column("broadcasts", "claim_from")
    op.drop_column("broadcasts", "unpaid")
    op.drop_column("broadcasts", "hold_minutes")
    op.drop_column("broadcasts", "voucher_code")
    op.drop_column("broadcasts", "festival_id")
    op.drop_column("broadcasts", "host_id")
    op.drop_index(op.f("ix_buyer_marks_seller_id"), table_name="buyer_marks")
    op.drop_index("ix_buyer_marks_phone_hash", table_name="buyer_marks")
    op.drop_table("buyer_marks")
    op.drop_index("ix_livestream_acts_broadcast_id_at", table_name="livestream_acts")
    op.drop_table("livestream_acts")
    op.drop_index(op.f("ix_livestream_notices_broadcast_id"), table_name="livestream_notices")
    op.drop_table("livestream_notices")
    op.drop_index(op.f("ix_livestream_listeners_seller_id"), table_name="livestream_listeners")
    op.drop_table("livestream_listeners")
    op.drop_index(op.f("ix_livestream_words_seller_id"), table_name="livestream_words")
    op.drop_table("livestream_words")
    op.drop_index(op.f("ix_livestream_hosts_seller_id"), table_name="livestream_hosts")
    op.drop_table("livestream_hosts")
    op.drop_table("livestream_festivals")
