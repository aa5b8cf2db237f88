"""What went into an event is found apart from what came out: both may be thousands of lots."""

from alembic import op

revision = "20261128_1355"
down_revision = "20261128_1330"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_trace_items_event_id", table_name="trace_items")
    op.create_index("ix_trace_items_event_id", "trace_items", ["event_id", "role"])


def downgrade() -> None:
    op.drop_index("ix_trace_items_event_id", table_name="trace_items")
    op.create_index("ix_trace_items_event_id", "trace_items", ["event_id"])
