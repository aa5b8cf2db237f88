"""Terms agreed: a seller states how it takes goods back; an order keeps what was agreed."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1330"
down_revision = "20261128_1320"
branch_labels = None
depends_on = None

ADDED = (
    ("delivery_terms", "returns"),
    ("orders", "delivery_note"),
    ("orders", "returns_note"),
)
# What every buyer of a basket was shown until now.
BEFORE = (
    "Hàng không đúng như mô tả, hỏng hoặc thiếu: báo người bán trong 7 ngày kể từ khi nhận để đổi, "
    "trả hoặc nhận lại tiền."
)


def upgrade() -> None:
    for table, column in ADDED:
        op.add_column(table, sa.Column(column, sa.String(), server_default="", nullable=False))
    fill = sa.text("UPDATE orders SET returns_note = :said WHERE source = 'storefront'")
    op.execute(fill.bindparams(said=BEFORE))


def downgrade() -> None:
    for table, column in reversed(ADDED):
        op.drop_column(table, column)
