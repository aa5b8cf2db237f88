"""Open exchange and recalls: what was said outside, what came in, what was called back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_1200"
down_revision = "20261126_1100"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "lot_names",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_names_lot_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_lot_names_seller_id")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_lot_names")),
        sa.UniqueConstraint("seller_id", "uri", name=op.f("uq_lot_names_seller_id_uri")),
    )
    op.create_table(
        "epcis_statements",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash_id", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("namespaces", postgresql.JSONB(), nullable=False),
        sa.Column("marks", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["trace_events.id"], name=op.f("fk_epcis_statements_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_epcis_statements_seller_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_epcis_statements")),
        sa.UniqueConstraint("seller_id", "name", name=op.f("uq_epcis_statements_seller_id_name")),
    )
    op.create_index("ix_epcis_statements_hash_id", "epcis_statements", ["seller_id", "hash_id"])
    op.create_index(
        "ix_epcis_statements_marks", "epcis_statements", ["marks"], postgresql_using="gin"
    )
    op.create_table(
        "epcis_captures",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("proceed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=True),
        sa.Column("running", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("success", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("kept", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("errors", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_epcis_captures_user_id")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_epcis_captures_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epcis_captures")),
        sa.UniqueConstraint("ref", name=op.f("uq_epcis_captures_ref")),
    )
    op.create_index(op.f("ix_epcis_captures_seller_id"), "epcis_captures", ["seller_id"])
    _recalls()


def _recalls() -> None:
    op.create_table(
        "recalls",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_reason", sa.String(), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_recalls_lot_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_recalls_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
        sa.UniqueConstraint("ref", name=op.f("uq_recalls_ref")),
    )
    op.create_index(op.f("ix_recalls_lot_id"), "recalls", ["lot_id"])
    op.create_index(op.f("ix_recalls_seller_id"), "recalls", ["seller_id"])
    op.create_table(
        "recall_lots",
        sa.Column("recall_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["recalls.id"], name=op.f("fk_recall_lots_recall_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_recall_lots_lot_id")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["trace_events.id"], name=op.f("fk_recall_lots_event_id")
        ),
        sa.PrimaryKeyConstraint("recall_id", "lot_id", name=op.f("pk_recall_lots")),
    )
    op.create_index(op.f("ix_recall_lots_lot_id"), "recall_lots", ["lot_id"])
    op.create_table(
        "recall_letters",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("recall_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.String(), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["recalls.id"], name=op.f("fk_recall_letters_recall_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_recall_letters_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_recall_letters_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_letters")),
        sa.UniqueConstraint("ref", name=op.f("uq_recall_letters_ref")),
        sa.UniqueConstraint(
            "recall_id", "order_id", name=op.f("uq_recall_letters_recall_id_order_id")
        ),
    )
    op.create_index(op.f("ix_recall_letters_order_id"), "recall_letters", ["order_id"])
    op.create_index(op.f("ix_recall_letters_seller_id"), "recall_letters", ["seller_id"])


def downgrade() -> None:
    for table in ("recall_letters", "recall_lots", "recalls"):
        op.drop_table(table)
    for table in ("epcis_captures", "epcis_statements", "lot_names"):
        op.drop_table(table)
