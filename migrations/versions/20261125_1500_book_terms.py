"""The line of business by which a household's revenue is taxed."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_1500"
down_revision = "20261125_1400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "book_terms",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("business", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_book_terms_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_terms")),
        sa.UniqueConstraint("ref", name=op.f("uq_book_terms_ref")),
        sa.UniqueConstraint("seller_id", name=op.f("uq_book_terms_seller_id")),
    )
    op.create_index(op.f("ix_book_terms_seller_id"), "book_terms", ["seller_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_book_terms_seller_id"), table_name="book_terms")
    op.drop_table("book_terms")
