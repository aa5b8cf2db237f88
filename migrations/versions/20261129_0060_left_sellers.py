"""A seller who left is known as one: nobody helps it, gives it a booth or erases it twice."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_0060"
down_revision = "20261129_0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sellers", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE sellers SET left_at = gone.at FROM "
        "(SELECT seller_id, max(at) AS at FROM departures GROUP BY seller_id) AS gone "
        "WHERE gone.seller_id = sellers.id"
    )


def downgrade() -> None:
    op.drop_column("sellers", "left_at")
