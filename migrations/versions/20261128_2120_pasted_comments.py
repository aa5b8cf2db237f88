"""Pasted comments are found at once: every batch that is heard looks for them."""

from alembic import op

revision = "20261128_2120"
down_revision = "20261128_2140"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_comments_pasted", "comments", ["broadcast_id"], postgresql_where="source = 'paste'"
    )


def downgrade() -> None:
    op.drop_index("ix_comments_pasted", table_name="comments")
