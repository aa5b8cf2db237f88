"""The ledger: entries that balance, closed books."""

import sqlalchemy as sa
from alembic import op

revision = "20261124_0800"
down_revision = "20261123_0800"
branch_labels = None
depends_on = None


APPEND_ONLY = ("ledger_entries", "ledger_postings")

# Looked at when the transaction commits: an entry is written before its postings.
BALANCED = """
CREATE FUNCTION ledger_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint;
    total bigint;
BEGIN
    IF TG_TABLE_NAME = 'ledger_entries' THEN
        entry := NEW.id;
    ELSE
        entry := NEW.entry_id;
    END IF;
    SELECT sum(amount_vnd) INTO total FROM ledger_postings WHERE entry_id = entry;
    IF total IS DISTINCT FROM 0 THEN
        RAISE EXCEPTION 'ledger entry % does not balance: %', entry, total;
    END IF;
    RETURN NULL;
END $$
"""
OPEN = """
CREATE FUNCTION ledger_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_closed
               WHERE seller_id = NEW.seller_id AND until >= NEW."on") THEN
        RAISE EXCEPTION 'the books of seller % are closed on %', NEW.seller_id, NEW."on";
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    _tables()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(BALANCED)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balanced()"
        )
    op.execute(OPEN)
    op.execute(
        "CREATE TRIGGER open_books BEFORE INSERT ON ledger_entries "
        "FOR EACH ROW EXECUTE FUNCTION ledger_open()"
    )


def _tables() -> None:
    op.create_table(
        "ledger_closed",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_ledger_closed_seller_id")
        ),
        sa.PrimaryKeyConstraint("seller_id", name=op.f("pk_ledger_closed")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_entries.id"], name=op.f("fk_ledger_entries_reverses_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_ledger_entries_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("ref", name=op.f("uq_ledger_entries_ref")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_ledger_entries_reverses_id")),
        sa.UniqueConstraint("seller_id", "key", name=op.f("uq_ledger_entries_seller_id_key")),
    )
    op.create_index(
        op.f("ix_ledger_entries_seller_id"), "ledger_entries", ["seller_id"], unique=False
    )
    op.create_index(
        "ix_ledger_entries_seller_id_on", "ledger_entries", ["seller_id", "on"], unique=False
    )
    op.create_index("ix_ledger_entries_subject", "ledger_entries", ["subject"], unique=False)
    op.create_table(
        "ledger_postings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_vnd <> 0", name=op.f("ck_ledger_postings_moves")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entries.id"], name=op.f("fk_ledger_postings_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_postings")),
    )
    op.create_index(
        "ix_ledger_postings_account", "ledger_postings", ["account", "entry_id"], unique=False
    )
    op.create_index(
        op.f("ix_ledger_postings_entry_id"), "ledger_postings", ["entry_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_ledger_postings_entry_id"), table_name="ledger_postings")
    op.drop_index("ix_ledger_postings_account", table_name="ledger_postings")
    op.drop_table("ledger_postings")
    op.drop_index("ix_ledger_entries_subject", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_seller_id_on", table_name="ledger_entries")
    op.drop_index(op.f("ix_ledger_entries_seller_id"), table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_table("ledger_closed")
    op.execute("DROP FUNCTION ledger_balanced()")
    op.execute("DROP FUNCTION ledger_open()")
