"""A mark for each seller that is another after every change of what a scan page shows.

So a process may keep pages for as long as the mark stays, and no page is ever late. A row names
the transaction that changed something. Nobody waits for anybody: each transaction adds a row of
its own, and takes away those of others only where nobody else is about to.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1645"
down_revision = "20261128_1640"
branch_labels = None
depends_on = None

TABLES = (
    *("sellers", "products", "variants", "photos", "documents", "certificates"),
    *("certificate_coverage", "sites", "households", "lots", "tree_leaves"),
)
SEEN_AS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}

_NOTE = """
CREATE FUNCTION note_shown() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
    mine bigint := pg_current_xact_id()::text::bigint;
BEGIN
    IF TG_TABLE_NAME = 'sellers' THEN
        touched := ARRAY(SELECT DISTINCT id FROM changed);
    ELSIF TG_TABLE_NAME = 'certificate_coverage' THEN
        touched := ARRAY(SELECT DISTINCT c.seller_id FROM changed
                         JOIN certificates c ON c.id = changed.certificate_id);
    ELSIF TG_TABLE_NAME = 'tree_leaves' THEN
        touched := ARRAY(SELECT DISTINCT e.seller_id FROM changed
                         JOIN trace_events e ON e.id = changed.event_id);
    ELSE
        touched := ARRAY(SELECT DISTINCT seller_id FROM changed);
    END IF;
    INSERT INTO shown_marks (seller_id, xid) SELECT unnest(touched), mine ON CONFLICT DO NOTHING;
    IF FOUND THEN
        DELETE FROM shown_marks m USING (
            SELECT seller_id, xid FROM shown_marks
            WHERE seller_id = ANY (touched) AND xid <> mine FOR UPDATE SKIP LOCKED
        ) past WHERE m.seller_id = past.seller_id AND m.xid = past.xid;
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    # No foreign key: a seller that is deleted leaves a mark too.
    op.create_table(
        "shown_marks",
        sa.Column("seller_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("xid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("seller_id", "xid", name=op.f("pk_shown_marks")),
    )
    op.execute(_NOTE)
    for table in TABLES:
        for what, side in SEEN_AS.items():
            op.execute(
                f"CREATE TRIGGER shown_{what.lower()} AFTER {what} ON {table} "
                f"REFERENCING {side} TABLE AS changed "
                "FOR EACH STATEMENT EXECUTE FUNCTION note_shown()"
            )


def downgrade() -> None:
    for table in TABLES:
        for what in SEEN_AS:
            op.execute(f"DROP TRIGGER shown_{what.lower()} ON {table}")
    op.execute("DROP FUNCTION note_shown()")
    op.drop_table("shown_marks")
