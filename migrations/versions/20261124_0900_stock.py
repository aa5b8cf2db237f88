"""Stock by location, levels, safety stock, harvests sold ahead."""

import sqlalchemy as sa
from alembic import op

revision = "20261124_0900"
down_revision = "20261124_0800"
branch_labels = None
depends_on = None


# The level of a variant at a location is the sum of its entries, whoever writes them.
LEVELS = """
CREATE FUNCTION stock_level() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stock_levels SET on_hand = on_hand + NEW.quantity
    WHERE variant_id = NEW.variant_id AND location_id = NEW.location_id;
    IF NOT FOUND THEN
        INSERT INTO stock_levels (variant_id, location_id, on_hand)
        VALUES (NEW.variant_id, NEW.location_id, NEW.quantity);
    END IF;
    RETURN NULL;
END $$
"""
MAIN = """
INSERT INTO stock_locations (ref, seller_id, name, main)
SELECT DISTINCT upper(substr(md5('main' || v.seller_id), 1, 9)), v.seller_id, 'Kho chính', true
FROM stock_entries e JOIN variants v ON v.id = e.variant_id
"""
PLACED = """
UPDATE stock_entries e SET location_id = l.id
FROM variants v JOIN stock_locations l ON l.seller_id = v.seller_id
WHERE v.id = e.variant_id
"""
SUMMED = """
INSERT INTO stock_levels (variant_id, location_id, on_hand)
SELECT variant_id, location_id, sum(quantity) FROM stock_entries GROUP BY variant_id, location_id
"""


def upgrade() -> None:
    _tables()
    op.execute(LEVELS)
    op.execute(
        "CREATE TRIGGER level AFTER INSERT ON stock_entries "
        "FOR EACH ROW EXECUTE FUNCTION stock_level()"
    )


def _tables() -> None:
    op.create_table(
        "stock_locations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_stock_locations_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_locations")),
        sa.UniqueConstraint("ref", name=op.f("uq_stock_locations_ref")),
    )
    op.create_index(
        op.f("ix_stock_locations_seller_id"), "stock_locations", ["seller_id"], unique=False
    )
    op.create_index(
        "uq_stock_locations_main",
        "stock_locations",
        ["seller_id"],
        unique=True,
        postgresql_where="main",
    )
    op.create_index(
        "uq_stock_locations_name", "stock_locations", ["seller_id", "name"], unique=True
    )
    op.create_table(
        "harvests",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("order_until", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("deposit_percent", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("deposit_percent BETWEEN 1 AND 100", name=op.f("ck_harvests_deposit")),
        sa.CheckConstraint(
            "from_day <= until_day AND order_until <= until_day", name=op.f("ck_harvests_days")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_harvests_quantity")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_harvests_seller_id")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_harvests_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_harvests")),
        sa.UniqueConstraint("ref", name=op.f("uq_harvests_ref")),
    )
    op.create_index(
        "ix_harvests_open",
        "harvests",
        ["variant_id"],
        unique=False,
        postgresql_where="arrived_at IS NULL",
    )
    op.create_index(op.f("ix_harvests_seller_id"), "harvests", ["seller_id"], unique=False)
    op.create_table(
        "stock_levels",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_levels_not_negative")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["stock_locations.id"], name=op.f("fk_stock_levels_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_stock_levels_variant_id")
        ),
        sa.PrimaryKeyConstraint("variant_id", "location_id", name=op.f("pk_stock_levels")),
    )
    op.create_table(
        "stock_rules",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("safety", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.CheckConstraint("safety >= 0", name=op.f("ck_stock_rules_safety")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_stock_rules_variant_id")
        ),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_stock_rules")),
    )
    op.add_column(
        "orders", sa.Column("short", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("reservations", sa.Column("harvest_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_reservations_harvest",
        "reservations",
        ["harvest_id"],
        unique=False,
        postgresql_where="harvest_id IS NOT NULL",
    )
    op.create_foreign_key(
        op.f("fk_reservations_harvest_id"), "reservations", "harvests", ["harvest_id"], ["id"]
    )
    op.add_column("stock_entries", sa.Column("location_id", sa.BigInteger(), nullable=True))
    op.execute(MAIN)
    op.execute("ALTER TABLE stock_entries DISABLE TRIGGER append_only")
    op.execute(PLACED)
    op.execute("ALTER TABLE stock_entries ENABLE TRIGGER append_only")
    op.execute(SUMMED)
    op.alter_column("stock_entries", "location_id", nullable=False)
    op.drop_index(op.f("ix_stock_entries_variant_id"), table_name="stock_entries")
    op.create_index(
        "ix_stock_entries_variant_id_id", "stock_entries", ["variant_id", "id"], unique=False
    )
    op.create_foreign_key(
        op.f("fk_stock_entries_location_id"),
        "stock_entries",
        "stock_locations",
        ["location_id"],
        ["id"],
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER level ON stock_entries")
    op.execute("DROP FUNCTION stock_level()")
    op.drop_constraint(op.f("fk_stock_entries_location_id"), "stock_entries", type_="foreignkey")
    op.drop_index("ix_stock_entries_variant_id_id", table_name="stock_entries")
    op.create_index(
        op.f("ix_stock_entries_variant_id"), "stock_entries", ["variant_id"], unique=False
    )
    op.drop_column("stock_entries", "location_id")
    op.drop_constraint(op.f("fk_reservations_harvest_id"), "reservations", type_="foreignkey")
    op.drop_index(
        "ix_reservations_harvest",
        table_name="reservations",
        postgresql_where="harvest_id IS NOT NULL",
    )
    op.drop_column("reservations", "harvest_id")
    op.drop_column("orders", "short")
    op.drop_table("stock_rules")
    op.drop_table("stock_levels")
    op.drop_index(op.f("ix_harvests_seller_id"), table_name="harvests")
    op.drop_index("ix_harvests_open", table_name="harvests", postgresql_where="arrived_at IS NULL")
    op.drop_table("harvests")
    op.drop_index("uq_stock_locations_name", table_name="stock_locations")
    op.drop_index("uq_stock_locations_main", table_name="stock_locations", postgresql_where="main")
    op.drop_index(op.f("ix_stock_locations_seller_id"), table_name="stock_locations")
    op.drop_table("stock_locations")
