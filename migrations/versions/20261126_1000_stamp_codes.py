"""Codes of products without a GTIN, the GTIN a batch was printed with, and its numbers.

What is on paper must be found for ever: a pack's GTIN may change, the paper does not.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_1000"
down_revision = "20261126_0907"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_codes",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_codes_product_id")
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_product_codes_code")),
    )
    op.add_column("stamp_batches", sa.Column("gtin", sa.String(), nullable=True))
    op.add_column(
        "stamp_batches",
        sa.Column("first_number", sa.BigInteger(), server_default="1", nullable=False),
    )
    op.create_check_constraint("gtin", "stamp_batches", "gtin ~ '^[0-9]{14}$'")
    op.create_check_constraint("first_number", "stamp_batches", "first_number > 0")
    op.create_index(
        "ix_stamp_batches_gtin",
        "stamp_batches",
        ["gtin"],
        unique=False,
        postgresql_where="gtin IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_stamp_batches_gtin", table_name="stamp_batches")
    op.drop_constraint(op.f("ck_stamp_batches_first_number"), "stamp_batches")
    op.drop_constraint(op.f("ck_stamp_batches_gtin"), "stamp_batches")
    op.drop_column("stamp_batches", "first_number")
    op.drop_column("stamp_batches", "gtin")
    op.drop_table("product_codes")
