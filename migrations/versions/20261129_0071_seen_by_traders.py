"""A trader says that the money of a code is there, before any bank told: who and when."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_0071"
down_revision = "20261129_0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment_requests", sa.Column("seen_at", sa.DateTime(timezone=True)))
    op.add_column("payment_requests", sa.Column("seen_by", sa.String()))
    op.create_check_constraint(
        op.f("ck_payment_requests_seen"),
        "payment_requests",
        "num_nonnulls(seen_at, seen_by) IN (0, 2)",
    )
    op.create_index(
        "ix_payment_requests_seen",
        "payment_requests",
        ["seen_at", "order_id"],
        postgresql_where=sa.text("seen_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_payment_requests_seen", table_name="payment_requests")
    op.drop_constraint(op.f("ck_payment_requests_seen"), "payment_requests", type_="check")
    op.drop_column("payment_requests", "seen_by")
    op.drop_column("payment_requests", "seen_at")
