"""Acts have names, to be undone by; a mark of a buyer says why and what came of an appeal.

Comments whose phone is still to be hidden are found at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_2140"
down_revision = "20261128_2110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("livestream_acts", sa.Column("ref", sa.String(), nullable=True))
    op.execute("UPDATE livestream_acts SET ref = upper(md5(random()::text || id::text))")
    op.alter_column("livestream_acts", "ref", nullable=False)
    op.create_unique_constraint(op.f("uq_livestream_acts_ref"), "livestream_acts", ["ref"])
    for name in ("reason", "answer"):
        op.add_column(
            "buyer_marks", sa.Column(name, sa.String(), server_default="", nullable=False)
        )
    op.create_index(
        "ix_comments_showing",
        "comments",
        ["broadcast_id", "posted_at"],
        postgresql_where=sa.text("shows_phone AND hidden_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_comments_showing", table_name="comments")
    for name in ("answer", "reason"):
        op.drop_column("buyer_marks", name)
    op.drop_constraint(op.f("uq_livestream_acts_ref"), "livestream_acts", type_="unique")
    op.drop_column("livestream_acts", "ref")
