"""Orders of a harvest: its window, the deposit; harvests without deposit, and cancelled ones."""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1130"
down_revision = "20261124_1000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("harvests", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_harvests_deposit"), "harvests", type_="check")
    op.create_check_constraint(
        op.f("ck_harvests_deposit"), "harvests", "deposit_percent BETWEEN 0 AND 100"
    )
    op.create_check_constraint(
        op.f("ck_harvests_one_end"), "harvests", "arrived_at IS NULL OR cancelled_at IS NULL"
    )
    op.add_column("orders", sa.Column("harvest_id", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("deliver_from", sa.Date(), nullable=True))
    op.add_column("orders", sa.Column("deliver_until", sa.Date(), nullable=True))
    op.add_column(
        "orders", sa.Column("deposit_vnd", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_foreign_key(
        op.f("fk_orders_harvest_id"), "orders", "harvests", ["harvest_id"], ["id"]
    )
    op.create_check_constraint(op.f("ck_orders_deposit"), "orders", "deposit_vnd >= 0")
    op.create_check_constraint(
        op.f("ck_orders_preorder"),
        "orders",
        "num_nonnulls(harvest_id, deliver_from, deliver_until) IN (0, 3)",
    )
    op.create_check_constraint(
        op.f("ck_orders_preorder_cashless"), "orders", "harvest_id IS NULL OR pay_by = 'cashless'"
    )
    op.create_index(
        "ix_orders_harvest_id",
        "orders",
        ["harvest_id"],
        unique=False,
        postgresql_where="harvest_id IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index(
        "ix_orders_harvest_id", table_name="orders", postgresql_where="harvest_id IS NOT NULL"
    )
    for name in ("preorder_cashless", "preorder", "deposit"):
        op.drop_constraint(op.f(f"ck_orders_{name}"), "orders", type_="check")
    op.drop_constraint(op.f("fk_orders_harvest_id"), "orders", type_="foreignkey")
    for column in ("deposit_vnd", "deliver_until", "deliver_from", "harvest_id"):
        op.drop_column("orders", column)
    op.drop_constraint(op.f("ck_harvests_one_end"), "harvests", type_="check")
    op.drop_constraint(op.f("ck_harvests_deposit"), "harvests", type_="check")
    # A harvest without deposit asks for the least that the older table can say.
    op.execute("UPDATE harvests SET deposit_percent = 1 WHERE deposit_percent = 0")
    op.create_check_constraint(
        op.f("ck_harvests_deposit"), "harvests", "deposit_percent BETWEEN 1 AND 100"
    )
    op.drop_column("harvests", "cancelled_at")
