"""Helpers act for sellers by a consent; teams, trainings; landmarks; the platform's own trail.

An audit entry says for whom a helper acted. Entries and photos of the platform have no seller.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_0030"
down_revision = "20261129_0020"
branch_labels = None
depends_on = None

ROLES = (
    "'owner', 'manager', 'livestream_host', 'accountant', 'viewer', 'official'"
    ", 'platform_reviewer', 'platform_administrator'"
)
SCOPE = (
    "CASE WHEN role IN ('platform_administrator', 'platform_reviewer')"
    " THEN num_nonnulls(seller_id, area_code) = 0"
    " WHEN role {area} THEN seller_id IS NULL AND area_code IS NOT NULL"
    " ELSE seller_id IS NOT NULL AND area_code IS NULL END"
)


def _now(name):
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _instant(name):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _text(name):
    return sa.Column(name, sa.String(), server_default="", nullable=False)


def _roles(roles, area):
    for name, rule in (("role", f"role IN ({roles})"), ("scope", SCOPE.format(area=area))):
        op.drop_constraint(op.f(f"ck_memberships_{name}"), "memberships", type_="check")
        op.create_check_constraint(op.f(f"ck_memberships_{name}"), "memberships", rule)


def upgrade() -> None:
    _roles(f"{ROLES}, 'community_helper'", "IN ('official', 'community_helper')")
    op.add_column("audit_entries", sa.Column("behalf_of", sa.String(), nullable=True))
    for table in ("audit_entries", "photos"):
        op.alter_column(table, "seller_id", nullable=True)
    _sellers_alone_have_marks()
    _words_of_the_trail_can_be_erased()
    _departures()
    _delegations()
    _teams()
    _trainings()
    _landmarks()


def _sellers_alone_have_marks() -> None:
    """A photo of the platform is on no scan page, and has no seller to mark."""
    written = op.get_bind().scalar(sa.text("SELECT pg_get_functiondef('note_shown'::regproc)"))
    of_all = "SELECT DISTINCT seller_id FROM changed)"
    if of_all not in written:
        raise RuntimeError("note_shown is another by now: teach it about photos of nobody")
    of_sellers = "SELECT DISTINCT seller_id FROM changed WHERE seller_id IS NOT NULL)"
    op.get_bind().exec_driver_sql(written.replace(of_all, of_sellers))


def _words_of_the_trail_can_be_erased() -> None:
    """What was done, when and on what stays as it was; who it names may go, where a law asks."""
    columns = ("id", "ref", "seller_id", "at", "actor_id", "action", "subject_ref", "request_id")
    old, new = (", ".join(f"{side}.{name}" for name in columns) for side in ("OLD", "NEW"))
    op.execute(
        "CREATE FUNCTION refuse_change_but_of_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' AND current_setting('ocop.erasing', true) = 'on' "
        f"AND ({old}) IS NOT DISTINCT FROM ({new}) THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    _guard("refuse_change_but_of_words")


def _guard(function) -> None:
    op.execute("DROP TRIGGER append_only ON audit_entries")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entries "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def _departures() -> None:
    op.create_table(
        "departures",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=True),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        _now("at"),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_departures_by_id")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_departures_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departures")),
        sa.UniqueConstraint("ref", name=op.f("uq_departures_ref")),
    )
    op.create_index("ix_departures_seller_id", "departures", ["seller_id"])


def _delegations() -> None:
    op.create_table(
        "delegations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        _text("consenter"),
        _text("note"),
        sa.Column("until", sa.Date(), nullable=False),
        _now("asked_at"),
        _instant("consented_at"),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("code_digest", sa.String(), nullable=True),
        _instant("code_sent_at"),
        sa.Column("code_tries", sa.BigInteger(), server_default="0", nullable=False),
        _instant("ended_at"),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "way IN ('paper', 'phone', 'code', 'account')", name=op.f("ck_delegations_way")
        ),
        sa.CheckConstraint(
            "consented_at IS NULL OR consenter <> ''", name=op.f("ck_delegations_consenter")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_delegations_user_id")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_delegations_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
        sa.UniqueConstraint("ref", name=op.f("uq_delegations_ref")),
        sa.UniqueConstraint("token", name=op.f("uq_delegations_token")),
    )
    op.create_index("ix_delegations_seller_id", "delegations", ["seller_id"])
    op.create_index("ix_delegations_user_id", "delegations", ["user_id"])
    op.create_index(
        "uq_delegations_open",
        "delegations",
        ["seller_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("area_code", sa.String(), nullable=False),
        _text("partner"),
        _now("created_at"),
        _instant("closed_at"),
        sa.CheckConstraint("area_code ~ '^[0-9]{5}$'", name=op.f("ck_teams_area_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("ref", name=op.f("uq_teams_ref")),
    )
    op.create_index("ix_teams_area_code", "teams", ["area_code"])
    op.create_table(
        "team_members",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        _now("joined_at"),
        _instant("left_at"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_team_members_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_members")),
        sa.UniqueConstraint("ref", name=op.f("uq_team_members_ref")),
    )
    op.create_index("ix_team_members_user_id", "team_members", ["user_id"])
    op.create_index(
        "uq_team_members_there",
        "team_members",
        ["team_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )


def _trainings() -> None:
    op.create_table(
        "trainings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("heads", sa.BigInteger(), nullable=False),
        sa.Column("topics", sa.String(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        _now("created_at"),
        _instant("removed_at"),
        sa.CheckConstraint("heads > 0", name=op.f("ck_trainings_heads")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_trainings_team_id")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_trainings_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainings")),
        sa.UniqueConstraint("ref", name=op.f("uq_trainings_ref")),
    )
    op.create_index("ix_trainings_team_id_held_on", "trainings", ["team_id", "held_on"])


def _landmarks() -> None:
    op.create_table(
        "landmarks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        _text("words"),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("latitude", sa.Numeric(9, 6), nullable=True),
        sa.Column("longitude", sa.Numeric(9, 6), nullable=True),
        sa.Column("video_url", sa.String(), nullable=True),
        sa.Column("shown", sa.Boolean(), server_default="false", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint(
            "kind IN ('relic', 'craft_village', 'growing_area')", name=op.f("ck_landmarks_kind")
        ),
        sa.CheckConstraint(
            "num_nonnulls(latitude, longitude) IN (0, 2)", name=op.f("ck_landmarks_point")
        ),
        sa.CheckConstraint("commune_code ~ '^[0-9]{5}$'", name=op.f("ck_landmarks_commune_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_landmarks")),
        sa.UniqueConstraint("ref", name=op.f("uq_landmarks_ref")),
    )
    op.create_index("ix_landmarks_commune_code", "landmarks", ["commune_code"])


def downgrade() -> None:
    _guard("refuse_change")
    op.execute("DROP FUNCTION refuse_change_but_of_words()")
    for table in ("landmarks", "trainings", "team_members", "teams", "delegations", "departures"):
        op.drop_table(table)
    op.execute("DELETE FROM photos WHERE seller_id IS NULL")
    op.execute("ALTER TABLE audit_entries DISABLE TRIGGER append_only")
    op.execute("DELETE FROM audit_entries WHERE seller_id IS NULL")
    op.execute("ALTER TABLE audit_entries ENABLE TRIGGER append_only")
    for table in ("photos", "audit_entries"):
        op.alter_column(table, "seller_id", nullable=False)
    op.drop_column("audit_entries", "behalf_of")
    op.execute("DELETE FROM memberships WHERE role = 'community_helper'")
    _roles(ROLES, "= 'official'")
