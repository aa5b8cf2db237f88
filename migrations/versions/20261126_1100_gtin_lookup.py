"""Goods are looked up by their GTIN alone: a scan names no seller."""

from alembic import op

revision = "20261126_1100"
down_revision = "20261126_1000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_variants_gtin", "variants", ["gtin"], postgresql_where="gtin IS NOT NULL")
    op.create_index(
        "ix_stamps_suspect", "stamps", ["batch_id"], postgresql_where="suspect IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index("ix_stamps_suspect", "stamps")
    op.drop_index("ix_variants_gtin", "variants")
