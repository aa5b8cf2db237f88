"""Officials have a term; what was on sale when; sheets of figures, consent, reported numbers.

Spans are kept by triggers, because `on_sale` and a listing's state are set in many places and none
may be forgotten. What is on sale now is taken to be so since it was made.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129_0020"
down_revision = "20261129_0010"
branch_labels = None
depends_on = None

_SPANS = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {new} AND NOT (TG_OP = 'UPDATE' AND {old}) THEN
        INSERT INTO {table} ({column}, from_at) VALUES (NEW.id, now())
            ON CONFLICT DO NOTHING;
    ELSIF TG_OP = 'UPDATE' AND {old} AND NOT {new} THEN
        UPDATE {table} SET until_at = now() WHERE {column} = NEW.id AND until_at IS NULL;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER {name} AFTER INSERT OR UPDATE OF {watched} ON {of}
    FOR EACH ROW EXECUTE FUNCTION {name}();
"""

_FROZEN = """
CREATE FUNCTION refuse_thawing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a frozen sheet never changes';
END
$$;
CREATE TRIGGER refuse_thawing BEFORE UPDATE OR DELETE ON figure_sheets
    FOR EACH ROW WHEN (OLD.frozen) EXECUTE FUNCTION refuse_thawing();
"""


def upgrade() -> None:
    _officials()
    _spans()
    _sheets()


def _officials() -> None:
    for name in ("valid_from", "valid_until"):
        op.add_column("memberships", sa.Column(name, sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_memberships_term"), "memberships", "valid_until >= valid_from"
    )
    op.drop_constraint(
        op.f("uq_memberships_user_id_seller_id_area_code_role"), "memberships", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_memberships_user_id_seller_id_area_code_role_valid_from"),
        "memberships",
        ["user_id", "seller_id", "area_code", "role", "valid_from"],
        postgresql_nulls_not_distinct=True,
    )


def _spans() -> None:
    for table, column, of in (
        ("product_sale_spans", "product_id", "products"),
        ("listing_spans", "listing_id", "listings"),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.BigInteger(), primary_key=True),
            sa.Column(column, sa.BigInteger(), sa.ForeignKey(f"{of}.id"), nullable=False),
            sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        )
        op.create_index(f"ix_{table}_{column}", table, [column, "from_at"])
        open_index = "uq_product_sale_spans_open" if of == "products" else "uq_listing_spans_open"
        op.create_index(
            open_index, table, [column], unique=True, postgresql_where=sa.text("until_at IS NULL")
        )
    op.execute(
        "INSERT INTO product_sale_spans (product_id, from_at)"
        " SELECT id, created_at FROM products WHERE on_sale"
    )
    op.execute(
        "INSERT INTO listing_spans (listing_id, from_at)"
        " SELECT id, created_at FROM listings WHERE state = 'live' AND offered"
    )
    op.execute(
        _SPANS.format(
            name="keep_sale_span",
            table="product_sale_spans",
            column="product_id",
            of="products",
            watched="on_sale",
            new="NEW.on_sale",
            old="OLD.on_sale",
        )
    )
    op.execute(
        _SPANS.format(
            name="keep_listing_span",
            table="listing_spans",
            column="listing_id",
            of="listings",
            watched="state, offered",
            new="(NEW.state = 'live' AND NEW.offered)",
            old="(OLD.state = 'live' AND OLD.offered)",
        )
    )


def _sheets() -> None:
    op.create_table(
        "figure_sheets",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("area_code", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.UniqueConstraint("ref", name=op.f("uq_figure_sheets_ref")),
        sa.CheckConstraint("first <= last", name=op.f("ck_figure_sheets_days")),
        sa.CheckConstraint(
            "NOT frozen OR taken_by IS NOT NULL", name=op.f("ck_figure_sheets_frozen_by")
        ),
    )
    op.create_index(
        "uq_figure_sheets_kept",
        "figure_sheets",
        ["area_code", "period"],
        unique=True,
        postgresql_where=sa.text("NOT frozen"),
    )
    op.create_index("ix_figure_sheets_area_code", "figure_sheets", ["area_code", "last"])
    op.execute(_FROZEN)
    op.create_table(
        "figure_consents",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), sa.ForeignKey("sellers.id"), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.UniqueConstraint("ref", name=op.f("uq_figure_consents_ref")),
    )
    op.create_index("ix_figure_consents_seller_id", "figure_consents", ["seller_id"])
    op.create_index(
        "uq_figure_consents_given",
        "figure_consents",
        ["seller_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "reported_figures",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("said_on", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("area_code", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("as_printed", sa.String(), nullable=False),
        sa.Column("qualifier", sa.String(), nullable=False),
        sa.Column("value", sa.Numeric(18, 2), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.UniqueConstraint("ref", name=op.f("uq_reported_figures_ref")),
        sa.UniqueConstraint(
            "source", "place", "period", "indicator", name=op.f("uq_reported_figures_source")
        ),
    )
    op.create_index("ix_reported_figures_area_code", "reported_figures", ["area_code"])


def downgrade() -> None:
    for table in ("reported_figures", "figure_consents", "figure_sheets"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_thawing()")
    for name, of in (("keep_listing_span", "listings"), ("keep_sale_span", "products")):
        op.execute(f"DROP TRIGGER {name} ON {of}")
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("listing_spans")
    op.drop_table("product_sale_spans")
    op.drop_constraint(
        op.f("uq_memberships_user_id_seller_id_area_code_role_valid_from"),
        "memberships",
        type_="unique",
    )
    # Without terms an official has an area once: what was over is gone.
    op.execute("DELETE FROM memberships WHERE role = 'official' AND valid_until IS NOT NULL")
    op.create_unique_constraint(
        op.f("uq_memberships_user_id_seller_id_area_code_role"),
        "memberships",
        ["user_id", "seller_id", "area_code", "role"],
        postgresql_nulls_not_distinct=True,
    )
    op.drop_constraint(op.f("ck_memberships_term"), "memberships", type_="check")
    for name in ("valid_until", "valid_from"):
        op.drop_column("memberships", name)
