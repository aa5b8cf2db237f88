"""A signed day keeps the rows behind its figures: what is put right later does not change them."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1310"
down_revision = "20261128_1255"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "day_closes",
        sa.Column("kept_rows", sa.Boolean(), server_default="false", nullable=False),
    )
    op.create_table(
        "day_close_rows",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day_close_id", sa.BigInteger(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["day_close_id"], ["day_closes.id"], name=op.f("fk_day_close_rows_day_close_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_close_rows")),
    )
    op.create_index("ix_day_close_rows_figure", "day_close_rows", ["day_close_id", "figure"])


def downgrade() -> None:
    op.drop_table("day_close_rows")
    op.drop_column("day_closes", "kept_rows")
