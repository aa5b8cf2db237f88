"""The wait for a stamp's first scan is counted by day, so that no page reads every stamp for it."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1657"
down_revision = "20261128_1655"
branch_labels = None
depends_on = None

_COUNT = """
INSERT INTO scan_waits (product_id, "on", hours, stamps)
SELECT product_id, "on",
       CASE WHEN hours < 24 THEN hours WHEN hours < 720 THEN hours / 24 * 24
            ELSE hours / 720 * 720 END, count(*)
FROM (SELECT b.product_id, (s.first_scan_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS "on",
             floor(extract(epoch FROM s.first_scan_at - s.changed_at) / 3600)::integer AS hours
      FROM stamps s JOIN stamp_batches b ON b.id = s.batch_id
      WHERE s.state = 'active' AND s.first_scan_at > s.changed_at) each
GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    op.create_table(
        "scan_waits",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("hours", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stamps", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_scan_waits_product_id_products")
        ),
        sa.PrimaryKeyConstraint("product_id", "on", "hours", name=op.f("pk_scan_waits")),
    )
    op.execute(_COUNT)


def downgrade() -> None:
    op.drop_table("scan_waits")
