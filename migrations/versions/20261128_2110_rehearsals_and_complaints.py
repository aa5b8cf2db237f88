"""When a session was rehearsed, and what viewers say against one.

What was said to a rehearsal never becomes an order, however late it comes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_2110"
down_revision = "20261128_2000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "broadcasts", sa.Column("rehearsed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "broadcasts", sa.Column("rehearsal_ended_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "livestream_complaints",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.BigInteger(), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_livestream_complaints_broadcast_id")
        ),
        sa.ForeignKeyConstraint(
            ["handled_by"], ["users.id"], name=op.f("fk_livestream_complaints_handled_by")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_livestream_complaints_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_livestream_complaints")),
        sa.UniqueConstraint("ref", name=op.f("uq_livestream_complaints_ref")),
    )
    for column in ("broadcast_id", "seller_id"):
        op.create_index(
            op.f(f"ix_livestream_complaints_{column}"), "livestream_complaints", [column]
        )


def downgrade() -> None:
    op.drop_table("livestream_complaints")
    op.drop_column("broadcasts", "rehearsal_ended_at")
    op.drop_column("broadcasts", "rehearsed_at")
