"""What sales are counted from is noted as it changes, so that at night only that is reckoned anew.

Sales are the large part of all figures, and they change late: a parcel comes back months after, a
phone without signal sends what it sold weeks ago. A note says in which province and in which months
the figures of sales may be others now. It is added by triggers, because orders are changed in many
places and none may be forgotten; nobody waits for anybody, since notes are only ever added and the
night takes them away. A sheet of such a month is marked as touched.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_0050"
down_revision = "20261129_0071"
branch_labels = None
depends_on = None

# `o` is the row as it was, `n` as it is now; one of them is empty when it came or went.
_TOUCH = """
CREATE FUNCTION touch_figures_{table}_{what}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO figure_touches (province_code, first, last)
    SELECT DISTINCT p.province_code, m.first, m.last
    FROM {changed}
    CROSS JOIN LATERAL ({provinces}) p
    CROSS JOIN LATERAL ({months}) m
    WHERE ({of_o}) IS DISTINCT FROM ({of_n})
        AND p.province_code IS NOT NULL AND m.first IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER touch_figures_{what} AFTER {what} ON {table} REFERENCING {sides}
    FOR EACH STATEMENT EXECUTE FUNCTION touch_figures_{table}_{what}();
"""
_HOW = {
    "insert": ("NEW TABLE AS came", "came n LEFT JOIN came o ON false"),
    "update": ("OLD TABLE AS gone NEW TABLE AS came", "gone o JOIN came n ON n.id = o.id"),
    "delete": ("OLD TABLE AS gone", "gone o LEFT JOIN gone n ON false"),
}


def _month(at: str) -> str:
    return f"date_trunc('month', timezone('Asia/Ho_Chi_Minh', {at}))::date"


def _provinces(sellers: str) -> str:
    """Where a seller is, and where the markets of its booths are."""
    return (
        f"SELECT s.province_code FROM sellers s WHERE s.id IN ({sellers}) UNION ALL "
        "SELECT k.province_code FROM booths b JOIN markets k ON k.id = b.market_id "
        f"WHERE b.seller_id IN ({sellers})"
    )


def _of_order(order: str) -> str:
    return _provinces(f"SELECT seller_id FROM orders WHERE id = {order}")


def _markets(ids: str) -> str:
    return f"SELECT k.province_code FROM markets k WHERE k.id IN ({ids})"


def _in(*instants: str) -> str:
    """Just the months of these instants."""
    each = ", ".join(f"({_month(at)})" for at in instants)
    return f"SELECT x.first, x.first AS last FROM (VALUES {each}) x(first)"


def _since(first: str) -> str:
    """A month and all after it."""
    return f"SELECT {first} AS first, NULL::date AS last"


def _of_span(begin: str, end: str) -> str:
    """From where a span differs: from its end, if it begins as it did."""
    same = f"o.{begin} = n.{begin}"
    return f"CASE WHEN {same} THEN least(o.{end}, n.{end}) ELSE least(o.{begin}, n.{begin}) END"


# A seller's figures cannot be others before it was there or sold something.
_BEGINNING = "least({created}, (SELECT min(placed_at) FROM orders WHERE seller_id = coalesce(n.{id}, o.{id})))"
_SELLER = "coalesce(n.seller_id, o.seller_id)"
# Table → what of it figures of sales read, where those figures are, which months they are of.
TABLES = {
    "orders": (
        "seller_id state source pay_by buyer_phone placed_at paid_at total_vnd discount_vnd"
        " paid_vnd returned_vnd refunded_vnd trial",
        _provinces("o.seller_id, n.seller_id"),
        _in("o.placed_at", "o.paid_at", "n.placed_at", "n.paid_at"),
    ),
    "payment_requests": (
        "seen_at",
        _of_order("coalesce(n.order_id, o.order_id)"),
        _in(
            "o.seen_at",
            "n.seen_at",
            "(SELECT paid_at FROM orders WHERE id = coalesce(n.order_id, o.order_id))",
        ),
    ),
    "connections": (
        "sandbox",
        _provinces(_SELLER),
        _since(_month("coalesce(o.created_at, n.created_at)")),
    ),
    "invoices": (
        "state",
        _of_order("coalesce(n.order_id, o.order_id)"),
        _in("(SELECT placed_at FROM orders WHERE id = coalesce(n.order_id, o.order_id))"),
    ),
    "voucher_uses": (
        "at undone_at amount_vnd",
        _of_order("coalesce(n.order_id, o.order_id)"),
        _in("o.at", "n.at"),
    ),
    "sellers": (
        "review placeholder province_code commune_code kind",
        "SELECT x.province_code FROM (VALUES (o.province_code, o.review), "
        "(n.province_code, n.review)) x(province_code, review) WHERE x.review = 'passed'",
        _since(_month(_BEGINNING.format(created="n.created_at", id="id"))),
    ),
    "figure_consents": (
        "seller_id ended_at",
        _provinces(_SELLER),
        _since(
            _month(
                _BEGINNING.format(
                    created=f"(SELECT created_at FROM sellers WHERE id = {_SELLER})", id="seller_id"
                )
            )
        ),
    ),
    "product_sale_spans": (
        "from_at until_at",
        "SELECT s.province_code FROM products p JOIN sellers s ON s.id = p.seller_id"
        " WHERE p.id = coalesce(n.product_id, o.product_id)",
        _since(_month(_of_span("from_at", "until_at"))),
    ),
    "listing_spans": (
        "from_at until_at",
        "SELECT s.province_code FROM listings l JOIN sellers s ON s.id = l.seller_id"
        " WHERE l.id = coalesce(n.listing_id, o.listing_id)",
        _since(_month(_of_span("from_at", "until_at"))),
    ),
    "broadcasts": (
        "festival_id",
        _provinces(_SELLER),
        _since(_month("coalesce(o.created_at, n.created_at)")),
    ),
    "livestream_festivals": (
        "name",
        "SELECT s.province_code FROM broadcasts b JOIN sellers s ON s.id = b.seller_id"
        " WHERE b.festival_id = coalesce(n.id, o.id)",
        _since(_month("coalesce(o.created_at, n.created_at)")),
    ),
    "markets": (
        "province_code commune_code",
        "SELECT x.province_code FROM (VALUES (o.province_code), (n.province_code)) x(province_code)",
        _since(
            "(SELECT date_trunc('month', min(b.opened_on))::date FROM booths b"
            " WHERE b.market_id = coalesce(n.id, o.id))"
        ),
    ),
    "booths": (
        "market_id seller_id opened_on closed_on",
        _markets("o.market_id, n.market_id"),
        _since(
            "date_trunc('month', CASE WHEN (o.market_id, o.seller_id) = (n.market_id, n.seller_id)"
            f" THEN {_of_span('opened_on', 'closed_on')}"
            " ELSE least(o.opened_on, n.opened_on) END)::date"
        ),
    ),
    "booth_days": (
        '"on"',
        _markets("SELECT b.market_id FROM booths b WHERE b.id = coalesce(n.booth_id, o.booth_id)"),
        "SELECT date_trunc('month', x.\"on\")::date AS first, date_trunc('month', x.\"on\")::date"
        ' AS last FROM (VALUES (o."on"), (n."on")) x("on")',
    ),
}


_AT_BOOTHS = sa.text("pay_by = 'cashless' AND source ^@ 'booth:'")


def upgrade() -> None:
    # What was sold somewhere in some days was looked for among all that was ever sold there.
    op.create_index("ix_orders_source_placed_at", "orders", ["source", "placed_at"])
    op.drop_index("ix_orders_source", table_name="orders")
    op.create_index(
        "ix_orders_booth_paid_at", "orders", ["source", "paid_at"], postgresql_where=_AT_BOOTHS
    )
    _notes()


def _notes() -> None:
    op.create_table(
        "figure_touches",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("province_code", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_touches")),
    )
    op.add_column(
        "figure_sheets",
        sa.Column("touched", sa.Boolean(), server_default="true", nullable=False),
    )
    for table, (columns, provinces, months) in TABLES.items():
        of_o, of_n = (
            ", ".join(f"{side}.{name}" for name in columns.split()) for side in ("o", "n")
        )
        for what, (sides, changed) in _HOW.items():
            of = {"table": table, "what": what, "sides": sides, "changed": changed}
            rows = {"provinces": provinces, "months": months, "of_o": of_o, "of_n": of_n}
            op.execute(_TOUCH.format(**of, **rows))


def downgrade() -> None:
    for table in TABLES:
        for what in _HOW:
            op.execute(f"DROP TRIGGER touch_figures_{what} ON {table}")
            op.execute(f"DROP FUNCTION touch_figures_{table}_{what}()")
    op.drop_column("figure_sheets", "touched")
    op.drop_table("figure_touches")
    op.drop_index("ix_orders_booth_paid_at", table_name="orders")
    op.create_index("ix_orders_source", "orders", ["source"])
    op.drop_index("ix_orders_source_placed_at", table_name="orders")
