"""Until when a call that was not answered may still arrive at its marketplace."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_2005"
down_revision = "20261128_1910"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lanes", sa.Column("unheard_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("lanes", "unheard_until")
