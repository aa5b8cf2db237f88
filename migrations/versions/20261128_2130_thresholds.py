"""Thresholds of new sessions; orders that are short are found at once.

A bare "+1" with goods on the table claims by itself, an order without a code goes to a person.

The reader gives the first 55 percent and the second 20.
"""

from alembic import op

revision = "20261128_2130"
down_revision = "20261128_2005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("broadcasts", "claim_from", server_default="50")
    op.alter_column("broadcasts", "ask_from", server_default="20")


def downgrade() -> None:
    op.alter_column("broadcasts", "claim_from", server_default="70")
    op.alter_column("broadcasts", "ask_from", server_default="40")
