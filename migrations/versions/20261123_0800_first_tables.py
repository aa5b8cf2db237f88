"""The first tables: accounts, sellers, catalogue, stock, orders, money, livestream, stamps, sync."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_0800"
down_revision = None
branch_labels = None
depends_on = None


# What may only be added to: the audit trail and the stock ledger.
APPEND_ONLY = ("audit_entries", "stock_entries")


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
    # Search form of a text, as text.fold makes it: lower case, no marks, đ as d.
    op.execute(
        "CREATE FUNCTION fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE "
        "RETURN lower(unaccent('unaccent'::regdictionary, normalize($1, NFKC)))"
    )
    # How it sounds to who mixes up ch and tr, d, gi and r, l and n, s and x, i and y.
    op.execute(
        "CREATE FUNCTION sound(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE "
        "RETURN translate(replace(replace(fold($1), 'tr', 'ch'), 'gi', 'd'), 'lxry', 'nsdi')"
    )
    _tables()
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _tables() -> None:
    op.create_table(
        "once_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("led_to", sa.String(), nullable=False),
        sa.Column(
            "used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_once_keys")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(), nullable=True),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("enqueued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(
        "ix_outbox_failed",
        "outbox",
        ["failed_at"],
        unique=False,
        postgresql_where="failed_at IS NOT NULL",
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["due_at"],
        unique=False,
        postgresql_where="finished_at IS NULL AND failed_at IS NULL",
    )
    op.create_table(
        "sellers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("starter_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("representative", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("tax_code", sa.String(), nullable=True),
        sa.Column("legal_name", sa.String(), nullable=True),
        sa.Column("registration_no", sa.String(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("registered_by", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("street", sa.String(), nullable=True),
        sa.Column("latitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("longitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("story", sa.String(), server_default="", nullable=False),
        sa.Column("colour", sa.String(), nullable=True),
        sa.Column("review", sa.String(), server_default="draft", nullable=False),
        sa.Column("edited", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("province", sa.String(), nullable=True),
        sa.Column("province_code", sa.String(), nullable=True),
        sa.Column("placeholder", sa.Boolean(), nullable=False),
        sa.Column("sources", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name=op.f("ck_sellers_colour")),
        sa.CheckConstraint(
            "review IN ('draft', 'waiting', 'passed', 'refused')", name=op.f("ck_sellers_review")
        ),
        sa.CheckConstraint(
            "num_nonnulls(latitude, longitude) IN (0, 2)", name=op.f("ck_sellers_point")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sellers")),
        sa.UniqueConstraint("ref", name=op.f("uq_sellers_ref")),
        sa.UniqueConstraint("starter_id", name=op.f("uq_sellers_starter_id")),
    )
    op.create_index(op.f("ix_sellers_commune_code"), "sellers", ["commune_code"], unique=False)
    op.create_index(op.f("ix_sellers_province_code"), "sellers", ["province_code"], unique=False)
    op.create_index(op.f("ix_sellers_sort_key"), "sellers", ["sort_key"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("fs_uniquifier", sa.String(), nullable=False),
        sa.Column("current_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("login_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("current_login_ip", sa.String(), nullable=True),
        sa.Column("last_login_ip", sa.String(), nullable=True),
        sa.Column("tf_primary_method", sa.String(), nullable=True),
        sa.Column("tf_totp_secret", sa.String(), nullable=True),
        sa.Column("tf_phone_number", sa.String(), nullable=True),
        sa.Column("mf_recovery_codes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "email IS NOT NULL OR phone IS NOT NULL", name=op.f("ck_users_reachable")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
        sa.UniqueConstraint("phone", name=op.f("uq_users_phone")),
        sa.UniqueConstraint("ref", name=op.f("uq_users_ref")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("tail", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_api_tokens_digest")),
        sa.CheckConstraint("cardinality(scopes) > 0", name=op.f("ck_api_tokens_scopes")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_tokens_digest")),
        sa.UniqueConstraint("ref", name=op.f("uq_api_tokens_ref")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_ref", sa.String(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_entries_actor_id")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_audit_entries_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("ref", name=op.f("uq_audit_entries_ref")),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"], unique=False)
    op.create_index(
        op.f("ix_audit_entries_seller_id"), "audit_entries", ["seller_id"], unique=False
    )
    op.create_index(
        "ix_audit_entries_seller_id_at", "audit_entries", ["seller_id", "at"], unique=False
    )
    op.create_table(
        "bank_accounts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("bank_bin", sa.String(), nullable=False),
        sa.Column("account_number", sa.String(), nullable=False),
        sa.Column("account_name", sa.String(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("main", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account_number ~ '^[0-9A-Za-z]{1,19}$'", name=op.f("ck_bank_accounts_account_number")
        ),
        sa.CheckConstraint("bank_bin ~ '^[0-9]{6}$'", name=op.f("ck_bank_accounts_bin")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_bank_accounts_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
        sa.UniqueConstraint("ref", name=op.f("uq_bank_accounts_ref")),
    )
    op.create_index(
        op.f("ix_bank_accounts_seller_id"), "bank_accounts", ["seller_id"], unique=False
    )
    op.create_index(
        "uq_bank_accounts_number",
        "bank_accounts",
        ["seller_id", "bank_bin", "account_number"],
        unique=True,
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sealed_ingest_key", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_broadcasts_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
        sa.UniqueConstraint("ref", name=op.f("uq_broadcasts_ref")),
    )
    op.create_index(op.f("ix_broadcasts_seller_id"), "broadcasts", ["seller_id"], unique=False)
    op.create_table(
        "certificates",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("criteria_set", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("extended_until", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("reviewer", sa.String(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("reminded", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_on IS NOT NULL)",
            name=op.f("ck_certificates_withdrawal"),
        ),
        sa.CheckConstraint(
            "level IN ('district', 'province', 'ministry')", name=op.f("ck_certificates_level")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'verified', 'refused', 'withdrawn')",
            name=op.f("ck_certificates_state"),
        ),
        sa.CheckConstraint("expires_on > issued_on", name=op.f("ck_certificates_expiry")),
        sa.CheckConstraint(
            "extended_until BETWEEN expires_on + 1 AND expires_on + 180",
            name=op.f("ck_certificates_extension"),
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_certificates_score")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_certificates_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("ref", name=op.f("uq_certificates_ref")),
        sa.UniqueConstraint("seller_id", "number", name=op.f("uq_certificates_seller_id_number")),
    )
    op.create_index(
        "ix_certificates_expires_on",
        "certificates",
        ["expires_on"],
        unique=False,
        postgresql_where="state = 'verified'",
    )
    op.create_index(op.f("ix_certificates_seller_id"), "certificates", ["seller_id"], unique=False)
    op.create_table(
        "connections",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("shop_id", sa.String(), nullable=False),
        sa.Column("partner_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed_partner_key", sa.String(), nullable=False),
        sa.Column("sealed_access_token", sa.String(), nullable=False),
        sa.Column("sealed_refresh_token", sa.String(), nullable=False),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("health", sa.String(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_connections_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
        sa.UniqueConstraint("platform", "shop_id", name=op.f("uq_connections_platform_shop_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_connections_ref")),
    )
    op.create_index(op.f("ix_connections_seller_id"), "connections", ["seller_id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_documents_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("ref", name=op.f("uq_documents_ref")),
    )
    op.create_index(op.f("ix_documents_seller_id"), "documents", ["seller_id"], unique=False)
    op.create_index(
        "uq_documents_holder_kind_sha256",
        "documents",
        ["holder", "kind", "sha256"],
        unique=True,
        postgresql_where="removed_at IS NULL",
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=True),
        sa.Column("area_code", sa.String(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "CASE WHEN role IN ('platform_administrator', 'platform_reviewer') THEN num_nonnulls(seller_id, area_code) = 0 WHEN role = 'official' THEN seller_id IS NULL AND area_code IS NOT NULL ELSE seller_id IS NOT NULL AND area_code IS NULL END",
            name=op.f("ck_memberships_scope"),
        ),
        sa.CheckConstraint(
            "role IN ('owner', 'manager', 'livestream_host', 'accountant', 'viewer', 'official', 'platform_reviewer', 'platform_administrator')",
            name=op.f("ck_memberships_role"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_memberships_seller_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("ref", name=op.f("uq_memberships_ref")),
        sa.UniqueConstraint(
            "user_id",
            "seller_id",
            "area_code",
            "role",
            name=op.f("uq_memberships_user_id_seller_id_area_code_role"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_memberships_seller_id"), "memberships", ["seller_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("buyer_name", sa.String(), nullable=False),
        sa.Column("buyer_phone", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("total_vnd", sa.BigInteger(), nullable=False),
        sa.Column("paid_vnd", sa.BigInteger(), nullable=False),
        sa.Column(
            "placed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("paid_vnd >= 0", name=op.f("ck_orders_paid")),
        sa.CheckConstraint("total_vnd >= 0", name=op.f("ck_orders_total")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_orders_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("ref", name=op.f("uq_orders_ref")),
        sa.UniqueConstraint("source_key", name=op.f("uq_orders_source_key")),
        sa.UniqueConstraint("token", name=op.f("uq_orders_token")),
    )
    op.create_index("ix_orders_placed_at", "orders", ["placed_at"], unique=False)
    op.create_index(op.f("ix_orders_seller_id"), "orders", ["seller_id"], unique=False)
    op.create_index(
        "ix_orders_seller_id_placed_at", "orders", ["seller_id", "placed_at"], unique=False
    )
    op.create_index("ix_orders_source", "orders", ["source"], unique=False)
    op.create_index(
        "ix_orders_unpaid",
        "orders",
        ["placed_at"],
        unique=False,
        postgresql_where="state = 'awaiting_payment'",
    )
    op.create_table(
        "photos",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("alt", sa.String(), server_default="", nullable=False),
        sa.Column("original_key", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("derived", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state <> 'ready' OR derived <> '{}'", name=op.f("ck_photos_derived")),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'failed')", name=op.f("ck_photos_state")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_photos_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("holder", "sha256", name=op.f("uq_photos_holder_sha256")),
        sa.UniqueConstraint("ref", name=op.f("uq_photos_ref")),
    )
    op.create_index("ix_photos_holder_position", "photos", ["holder", "position"], unique=False)
    op.create_index(op.f("ix_photos_seller_id"), "photos", ["seller_id"], unique=False)
    op.create_table(
        "product_imports",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=False),
        sa.Column("result_key", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "changes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("mark", sa.String(), nullable=True),
        sa.Column("stale", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('reading', 'shown', 'applying', 'done', 'failed')",
            name=op.f("ck_product_imports_state"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_product_imports_requested_by")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_product_imports_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_imports")),
        sa.UniqueConstraint("ref", name=op.f("uq_product_imports_ref")),
    )
    op.create_index(
        op.f("ix_product_imports_seller_id"), "product_imports", ["seller_id"], unique=False
    )
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("starter_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("description", sa.String(), server_default="", nullable=False),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("ingredients", sa.String(), server_default="", nullable=False),
        sa.Column("storage", sa.String(), server_default="", nullable=False),
        sa.Column("shelf_life", sa.String(), server_default="", nullable=False),
        sa.Column(
            "months", postgresql.ARRAY(sa.SmallInteger()), server_default="{}", nullable=False
        ),
        sa.Column("review", sa.String(), server_default="draft", nullable=False),
        sa.Column("edited", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("on_sale", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("criteria_set", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("aliases", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reported", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column(
            "folded", sa.String(), sa.Computed("fold(words)", persisted=True), nullable=False
        ),
        sa.Column(
            "sounded", sa.String(), sa.Computed("sound(words)", persisted=True), nullable=False
        ),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "NOT on_sale OR status = 'published' AND review = 'passed'",
            name=op.f("ck_products_on_sale"),
        ),
        sa.CheckConstraint(
            "months <@ '{1,2,3,4,5,6,7,8,9,10,11,12}'::smallint[]", name=op.f("ck_products_months")
        ),
        sa.CheckConstraint(
            "review IN ('draft', 'waiting', 'passed', 'refused')", name=op.f("ck_products_review")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'paused', 'archived')",
            name=op.f("ck_products_status"),
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_products_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("id", "seller_id", name=op.f("uq_products_id_seller_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_products_ref")),
        sa.UniqueConstraint("starter_id", name=op.f("uq_products_starter_id")),
    )
    op.create_index(
        "ix_products_folded",
        "products",
        ["folded"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_products_lexemes",
        "products",
        [sa.literal_column("to_tsvector('simple'::regconfig, folded)")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_products_months",
        "products",
        ["months"],
        unique=False,
        postgresql_using="gin",
        postgresql_where="on_sale",
    )
    op.create_index(
        "ix_products_newest",
        "products",
        ["created_at", "id"],
        unique=False,
        postgresql_where="on_sale",
    )
    op.create_index(
        "ix_products_on_sale",
        "products",
        ["sort_key", "id"],
        unique=False,
        postgresql_where="on_sale",
    )
    op.create_index(
        "ix_products_seller",
        "products",
        ["seller_id", "sort_key", "id"],
        unique=False,
        postgresql_where="on_sale",
    )
    op.create_index(op.f("ix_products_seller_id"), "products", ["seller_id"], unique=False)
    op.create_index(
        "ix_products_set",
        "products",
        ["criteria_set", "sort_key", "id"],
        unique=False,
        postgresql_where="on_sale",
        postgresql_include=["seller_id"],
    )
    op.create_index(
        "ix_products_sounded",
        "products",
        ["sounded"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"sounded": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_products_to_see",
        "products",
        ["id"],
        unique=False,
        postgresql_where="review = 'waiting' OR edited",
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_reviews_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("ref", name=op.f("uq_reviews_ref")),
    )
    op.create_index(op.f("ix_reviews_seller_id"), "reviews", ["seller_id"], unique=False)
    op.create_index("ix_reviews_subject_at", "reviews", ["subject", "at"], unique=False)
    op.create_table(
        "bank_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("bank_reference", sa.String(), nullable=False),
        sa.Column("counterparty", sa.String(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_bank_lines_direction")),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_bank_lines_amount")),
        sa.ForeignKeyConstraint(
            ["bank_account_id"], ["bank_accounts.id"], name=op.f("fk_bank_lines_bank_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_bank_lines_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
        sa.UniqueConstraint("identity", name=op.f("uq_bank_lines_identity")),
        sa.UniqueConstraint("ref", name=op.f("uq_bank_lines_ref")),
    )
    op.create_index("ix_bank_lines_booked_at", "bank_lines", ["booked_at"], unique=False)
    op.create_index(op.f("ix_bank_lines_seller_id"), "bank_lines", ["seller_id"], unique=False)
    op.create_index(
        "ix_bank_lines_seller_id_booked_at", "bank_lines", ["seller_id", "booked_at"], unique=False
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reading", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_comments_broadcast_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sa.UniqueConstraint(
            "broadcast_id", "platform_id", name=op.f("uq_comments_broadcast_id_platform_id")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_comments_ref")),
    )
    op.create_index(
        "ix_comments_broadcast_id_posted_at",
        "comments",
        ["broadcast_id", "posted_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_comments_new",
        "comments",
        ["broadcast_id", "posted_at"],
        unique=False,
        postgresql_where="state = 'new'",
    )
    op.create_table(
        "feed_connections",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed_secret", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_accounts.id"],
            name=op.f("fk_feed_connections_bank_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_feed_connections_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_connections")),
        sa.UniqueConstraint(
            "provider", "bank_account_id", name=op.f("uq_feed_connections_provider_bank_account_id")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_feed_connections_ref")),
    )
    op.create_index(
        op.f("ix_feed_connections_seller_id"), "feed_connections", ["seller_id"], unique=False
    )
    op.create_table(
        "focuses",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_focuses_broadcast_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focuses")),
    )
    op.create_index("ix_focuses_broadcast_id_at", "focuses", ["broadcast_id", "at"], unique=False)
    op.create_table(
        "livestream_buyers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("token", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_livestream_buyers_broadcast_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_livestream_buyers")),
        sa.UniqueConstraint(
            "broadcast_id", "author_id", name=op.f("uq_livestream_buyers_broadcast_id_author_id")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_livestream_buyers_token")),
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("produced_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_lots_product_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_lots_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("ref", name=op.f("uq_lots_ref")),
        sa.UniqueConstraint("seller_id", "code", name=op.f("uq_lots_seller_id_code")),
    )
    op.create_index(op.f("ix_lots_product_id"), "lots", ["product_id"], unique=False)
    op.create_index(op.f("ix_lots_seller_id"), "lots", ["seller_id"], unique=False)
    op.create_table(
        "order_events",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_events_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_events")),
    )
    op.create_index(op.f("ix_order_events_order_id"), "order_events", ["order_id"], unique=False)
    op.create_table(
        "payment_requests",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column(
            "opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_accounts.id"],
            name=op.f("fk_payment_requests_bank_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_payment_requests_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_requests")),
        sa.UniqueConstraint("order_id", name=op.f("uq_payment_requests_order_id")),
    )
    op.create_table(
        "variants",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("price_vnd", sa.BigInteger(), nullable=False),
        sa.Column("price_illustrative", sa.Boolean(), nullable=False),
        sa.Column("gtin", sa.String(), nullable=True),
        sa.Column("weight_g", sa.BigInteger(), nullable=True),
        sa.Column("least", sa.Numeric(precision=12, scale=3), server_default="1", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("gtin ~ '^[0-9]{8}([0-9]{4,6})?$'", name=op.f("ck_variants_gtin")),
        sa.CheckConstraint("least > 0", name=op.f("ck_variants_least")),
        sa.CheckConstraint("price_vnd >= 0", name=op.f("ck_variants_price")),
        sa.CheckConstraint("weight_g > 0", name=op.f("ck_variants_weight")),
        sa.ForeignKeyConstraint(
            ["product_id", "seller_id"],
            ["products.id", "products.seller_id"],
            name=op.f("fk_variants_product_id_seller_id"),
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_variants_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
        sa.UniqueConstraint("ref", name=op.f("uq_variants_ref")),
        sa.UniqueConstraint("seller_id", "gtin", name=op.f("uq_variants_seller_id_gtin")),
        sa.UniqueConstraint("seller_id", "sku", name=op.f("uq_variants_seller_id_sku")),
    )
    op.create_index(
        "ix_variants_cheapest",
        "variants",
        ["product_id", "price_vnd", "id"],
        unique=False,
        postgresql_where="active",
    )
    op.create_index(
        "ix_variants_price",
        "variants",
        ["price_vnd", "id", "product_id"],
        unique=False,
        postgresql_where="active",
    )
    op.create_index(op.f("ix_variants_product_id"), "variants", ["product_id"], unique=False)
    op.create_index(op.f("ix_variants_seller_id"), "variants", ["seller_id"], unique=False)
    op.create_table(
        "allocations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("bank_line_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_vnd > 0", name=op.f("ck_allocations_amount")),
        sa.ForeignKeyConstraint(
            ["bank_line_id"], ["bank_lines.id"], name=op.f("fk_allocations_bank_line_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_allocations_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index(
        op.f("ix_allocations_bank_line_id"), "allocations", ["bank_line_id"], unique=False
    )
    op.create_index(op.f("ix_allocations_order_id"), "allocations", ["order_id"], unique=False)
    op.create_table(
        "certificate_coverage",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("certificate_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificates.id"],
            name=op.f("fk_certificate_coverage_certificate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_certificate_coverage_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_certificate_coverage_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_coverage")),
        sa.UniqueConstraint(
            "certificate_id",
            "product_id",
            "variant_id",
            name=op.f("uq_certificate_coverage_certificate_id_product_id_variant_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_certificate_coverage_product_id"),
        "certificate_coverage",
        ["product_id"],
        unique=False,
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_ref", sa.String(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_claims_quantity")),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_claims_broadcast_id")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["livestream_buyers.id"], name=op.f("fk_claims_buyer_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_claims_seller_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_claims_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("ref", name=op.f("uq_claims_ref")),
    )
    op.create_index(op.f("ix_claims_broadcast_id"), "claims", ["broadcast_id"], unique=False)
    op.create_index(op.f("ix_claims_buyer_id"), "claims", ["buyer_id"], unique=False)
    op.create_index(
        "ix_claims_held", "claims", ["held_until"], unique=False, postgresql_where="state = 'held'"
    )
    op.create_index(op.f("ix_claims_seller_id"), "claims", ["seller_id"], unique=False)
    op.create_index(
        "uq_claims_live",
        "claims",
        ["buyer_id", "variant_id"],
        unique=True,
        postgresql_where="state IN ('held', 'waiting')",
    )
    op.create_table(
        "listings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_listings_connection_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_listings_seller_id")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_listings_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.UniqueConstraint(
            "connection_id", "variant_id", name=op.f("uq_listings_connection_id_variant_id")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_listings_ref")),
    )
    op.create_index(op.f("ix_listings_seller_id"), "listings", ["seller_id"], unique=False)
    op.create_index(op.f("ix_listings_variant_id"), "listings", ["variant_id"], unique=False)
    op.create_index(
        "uq_listings_external",
        "listings",
        ["connection_id", "external_id"],
        unique=True,
        postgresql_where="external_id IS NOT NULL",
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["feed_connections.id"], name=op.f("fk_notices_connection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "connection_id", "external_id", name=op.f("uq_notices_connection_id_external_id")
        ),
    )
    op.create_table(
        "order_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("unit_price_vnd", sa.BigInteger(), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_vnd >= 0", name=op.f("ck_order_lines_amount")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_order_lines_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
    )
    op.create_index(op.f("ix_order_lines_order_id"), "order_lines", ["order_id"], unique=False)
    op.create_index(op.f("ix_order_lines_variant_id"), "order_lines", ["variant_id"], unique=False)
    op.create_table(
        "pins",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("aliases", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("variants", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_pins_broadcast_id")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_pins_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pins")),
        sa.UniqueConstraint("broadcast_id", "code", name=op.f("uq_pins_broadcast_id_code")),
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_reservations_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    op.create_index(op.f("ix_reservations_holder"), "reservations", ["holder"], unique=False)
    op.create_index(
        "ix_reservations_live",
        "reservations",
        ["variant_id"],
        unique=False,
        postgresql_where="released_at IS NULL",
    )
    op.create_index(
        "uq_reservations_live_holder",
        "reservations",
        ["holder", "variant_id"],
        unique=True,
        postgresql_where="released_at IS NULL",
    )
    op.create_table(
        "stamp_batches",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=True),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("count BETWEEN 1 AND 10000", name=op.f("ck_stamp_batches_count")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_stamp_batches_lot_id")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_stamp_batches_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamp_batches")),
        sa.UniqueConstraint("ref", name=op.f("uq_stamp_batches_ref")),
    )
    op.create_index(op.f("ix_stamp_batches_lot_id"), "stamp_batches", ["lot_id"], unique=False)
    op.create_index(
        op.f("ix_stamp_batches_seller_id"), "stamp_batches", ["seller_id"], unique=False
    )
    op.create_table(
        "stock_entries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('receipt', 'adjustment', 'sale', 'return', 'loss')",
            name=op.f("ck_stock_entries_kind"),
        ),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_stock_entries_moves")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_stock_entries_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_entries")),
        sa.UniqueConstraint("source", name=op.f("uq_stock_entries_source")),
    )
    op.create_index(
        op.f("ix_stock_entries_variant_id"), "stock_entries", ["variant_id"], unique=False
    )
    op.create_table(
        "lanes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_lanes_listing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lanes")),
        sa.UniqueConstraint("listing_id", "kind", name=op.f("uq_lanes_listing_id_kind")),
    )
    op.create_index(
        "ix_lanes_open", "lanes", ["listing_id"], unique=False, postgresql_where="wanted > settled"
    )
    op.create_table(
        "stamps",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["stamp_batches.id"], name=op.f("fk_stamps_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamps")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_stamps_batch_id_number")),
        sa.UniqueConstraint("code", name=op.f("uq_stamps_code")),
    )


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
    op.drop_table("stamps")
    op.drop_index("ix_lanes_open", table_name="lanes", postgresql_where="wanted > settled")
    op.drop_table("lanes")
    op.drop_index(op.f("ix_stock_entries_variant_id"), table_name="stock_entries")
    op.drop_table("stock_entries")
    op.drop_index(op.f("ix_stamp_batches_seller_id"), table_name="stamp_batches")
    op.drop_index(op.f("ix_stamp_batches_lot_id"), table_name="stamp_batches")
    op.drop_table("stamp_batches")
    op.drop_index(
        "uq_reservations_live_holder",
        table_name="reservations",
        postgresql_where="released_at IS NULL",
    )
    op.drop_index(
        "ix_reservations_live", table_name="reservations", postgresql_where="released_at IS NULL"
    )
    op.drop_index(op.f("ix_reservations_holder"), table_name="reservations")
    op.drop_table("reservations")
    op.drop_table("pins")
    op.drop_index(op.f("ix_order_lines_variant_id"), table_name="order_lines")
    op.drop_index(op.f("ix_order_lines_order_id"), table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_table("notices")
    op.drop_index(
        "uq_listings_external", table_name="listings", postgresql_where="external_id IS NOT NULL"
    )
    op.drop_index(op.f("ix_listings_variant_id"), table_name="listings")
    op.drop_index(op.f("ix_listings_seller_id"), table_name="listings")
    op.drop_table("listings")
    op.drop_index(
        "uq_claims_live", table_name="claims", postgresql_where="state IN ('held', 'waiting')"
    )
    op.drop_index(op.f("ix_claims_seller_id"), table_name="claims")
    op.drop_index("ix_claims_held", table_name="claims", postgresql_where="state = 'held'")
    op.drop_index(op.f("ix_claims_buyer_id"), table_name="claims")
    op.drop_index(op.f("ix_claims_broadcast_id"), table_name="claims")
    op.drop_table("claims")
    op.drop_index(op.f("ix_certificate_coverage_product_id"), table_name="certificate_coverage")
    op.drop_table("certificate_coverage")
    op.drop_index(op.f("ix_allocations_order_id"), table_name="allocations")
    op.drop_index(op.f("ix_allocations_bank_line_id"), table_name="allocations")
    op.drop_table("allocations")
    op.drop_index(op.f("ix_variants_seller_id"), table_name="variants")
    op.drop_index(op.f("ix_variants_product_id"), table_name="variants")
    op.drop_index("ix_variants_price", table_name="variants", postgresql_where="active")
    op.drop_index("ix_variants_cheapest", table_name="variants", postgresql_where="active")
    op.drop_table("variants")
    op.drop_table("payment_requests")
    op.drop_index(op.f("ix_order_events_order_id"), table_name="order_events")
    op.drop_table("order_events")
    op.drop_index(op.f("ix_lots_seller_id"), table_name="lots")
    op.drop_index(op.f("ix_lots_product_id"), table_name="lots")
    op.drop_table("lots")
    op.drop_table("livestream_buyers")
    op.drop_index("ix_focuses_broadcast_id_at", table_name="focuses")
    op.drop_table("focuses")
    op.drop_index(op.f("ix_feed_connections_seller_id"), table_name="feed_connections")
    op.drop_table("feed_connections")
    op.drop_index("ix_comments_new", table_name="comments", postgresql_where="state = 'new'")
    op.drop_index("ix_comments_broadcast_id_posted_at", table_name="comments")
    op.drop_table("comments")
    op.drop_index("ix_bank_lines_seller_id_booked_at", table_name="bank_lines")
    op.drop_index(op.f("ix_bank_lines_seller_id"), table_name="bank_lines")
    op.drop_index("ix_bank_lines_booked_at", table_name="bank_lines")
    op.drop_table("bank_lines")
    op.drop_index("ix_reviews_subject_at", table_name="reviews")
    op.drop_index(op.f("ix_reviews_seller_id"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_index(
        "ix_products_to_see", table_name="products", postgresql_where="review = 'waiting' OR edited"
    )
    op.drop_index(
        "ix_products_sounded",
        table_name="products",
        postgresql_using="gin",
        postgresql_ops={"sounded": "gin_trgm_ops"},
    )
    op.drop_index(
        "ix_products_set",
        table_name="products",
        postgresql_where="on_sale",
        postgresql_include=["seller_id"],
    )
    op.drop_index(op.f("ix_products_seller_id"), table_name="products")
    op.drop_index("ix_products_seller", table_name="products", postgresql_where="on_sale")
    op.drop_index("ix_products_on_sale", table_name="products", postgresql_where="on_sale")
    op.drop_index("ix_products_newest", table_name="products", postgresql_where="on_sale")
    op.drop_index(
        "ix_products_months",
        table_name="products",
        postgresql_using="gin",
        postgresql_where="on_sale",
    )
    op.drop_index("ix_products_lexemes", table_name="products", postgresql_using="gin")
    op.drop_index(
        "ix_products_folded",
        table_name="products",
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
    op.drop_table("products")
    op.drop_index(op.f("ix_product_imports_seller_id"), table_name="product_imports")
    op.drop_table("product_imports")
    op.drop_index(op.f("ix_photos_seller_id"), table_name="photos")
    op.drop_index("ix_photos_holder_position", table_name="photos")
    op.drop_table("photos")
    op.drop_index(
        "ix_orders_unpaid", table_name="orders", postgresql_where="state = 'awaiting_payment'"
    )
    op.drop_index("ix_orders_source", table_name="orders")
    op.drop_index("ix_orders_seller_id_placed_at", table_name="orders")
    op.drop_index(op.f("ix_orders_seller_id"), table_name="orders")
    op.drop_index("ix_orders_placed_at", table_name="orders")
    op.drop_table("orders")
    op.drop_index(op.f("ix_memberships_seller_id"), table_name="memberships")
    op.drop_table("memberships")
    op.drop_index(
        "uq_documents_holder_kind_sha256",
        table_name="documents",
        postgresql_where="removed_at IS NULL",
    )
    op.drop_index(op.f("ix_documents_seller_id"), table_name="documents")
    op.drop_table("documents")
    op.drop_index(op.f("ix_connections_seller_id"), table_name="connections")
    op.drop_table("connections")
    op.drop_index(op.f("ix_certificates_seller_id"), table_name="certificates")
    op.drop_index(
        "ix_certificates_expires_on",
        table_name="certificates",
        postgresql_where="state = 'verified'",
    )
    op.drop_table("certificates")
    op.drop_index(op.f("ix_broadcasts_seller_id"), table_name="broadcasts")
    op.drop_table("broadcasts")
    op.drop_index("uq_bank_accounts_number", table_name="bank_accounts")
    op.drop_index(op.f("ix_bank_accounts_seller_id"), table_name="bank_accounts")
    op.drop_table("bank_accounts")
    op.drop_index("ix_audit_entries_seller_id_at", table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_seller_id"), table_name="audit_entries")
    op.drop_index("ix_audit_entries_at", table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_index(op.f("ix_api_tokens_user_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_table("users")
    op.drop_index(op.f("ix_sellers_sort_key"), table_name="sellers")
    op.drop_index(op.f("ix_sellers_province_code"), table_name="sellers")
    op.drop_index(op.f("ix_sellers_commune_code"), table_name="sellers")
    op.drop_table("sellers")
    op.drop_index(
        "ix_outbox_open",
        table_name="outbox",
        postgresql_where="finished_at IS NULL AND failed_at IS NULL",
    )
    op.drop_index("ix_outbox_failed", table_name="outbox", postgresql_where="failed_at IS NOT NULL")
    op.drop_table("outbox")
    op.drop_table("once_keys")
    op.execute("DROP FUNCTION sound(text)")
    op.execute("DROP FUNCTION fold(text)")
