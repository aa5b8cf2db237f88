"""What changed of a payout after it was kept is kept beside it; when it was last asked for."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_0005"
down_revision = "20261128_2120"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.Column("number", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("channel_payouts", number)
    asked = sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.func.now())
    asked.nullable = False
    op.add_column("channel_payouts", asked)
    op.drop_constraint("uq_channel_payouts_channel_order_id", "channel_payouts")
    op.create_unique_constraint(
        "uq_channel_payouts_channel_order_id_number",
        "channel_payouts",
        ["channel_order_id", "number"],
    )


def downgrade() -> None:
    op.execute("DELETE FROM channel_payouts WHERE number > 0")
    op.drop_constraint("uq_channel_payouts_channel_order_id_number", "channel_payouts")
    op.create_unique_constraint(
        "uq_channel_payouts_channel_order_id", "channel_payouts", ["channel_order_id"]
    )
    op.drop_column("channel_payouts", "asked_at")
    op.drop_column("channel_payouts", "number")
