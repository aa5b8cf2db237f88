"""Users, memberships, the audit trail, and `Owned`, the mixin of every row of a seller."""

from datetime import date
from enum import StrEnum
from typing import Any

from flask_security import UserMixin
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import declared_attr, relationship

from shop import references
from shop.database import BigKey, Instant, Json, Mapped, Model, Recorded, mapped_column


class Role(StrEnum):
    """What a membership makes of a person. The scope each needs is in Membership's check."""

    OWNER = "owner"
    MANAGER = "manager"
    HOST = "livestream_host"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"
    OFFICIAL = "official"
    HELPER = "community_helper"
    REVIEWER = "platform_reviewer"
    ADMINISTRATOR = "platform_administrator"


SELLER_ROLES = (Role.OWNER, Role.MANAGER, Role.HOST, Role.ACCOUNTANT, Role.VIEWER)


class User(Model, UserMixin):
    """A person who signs in, by `phone` (E.164) or `email`; at least one of them.

    The fields from `active` on are the ones Flask-Security keeps.
    """

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", "reachable"),)

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(unique=True)  # type: ignore[assignment]
    phone: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[Recorded]
    active: Mapped[bool] = mapped_column(default=True)
    password: Mapped[str | None]
    fs_uniquifier: Mapped[str] = mapped_column(unique=True, default=references.token)
    current_login_at: Mapped[Instant | None]  # type: ignore[assignment]
    last_login_at: Mapped[Instant | None]  # type: ignore[assignment]
    login_count: Mapped[int] = mapped_column(default=0, server_default="0")
    current_login_ip: Mapped[str | None]
    last_login_ip: Mapped[str | None]
    tf_primary_method: Mapped[str | None]
    tf_totp_secret: Mapped[str | None]
    tf_phone_number: Mapped[str | None]
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(JSONB)

    memberships: Mapped[list["Membership"]] = relationship(lazy="selectin", viewonly=True)

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]
        """Flask-Security's own roles: none. Rights come from memberships (see `access`)."""
        return []


class Membership(Model):
    """A person's role, and over what: a seller, an area (a code of `regions`), or all.

    The check admits each role with its own kind of scope only. An official has an area from the
    day `valid_from` to the day `valid_until`, both included; null: without beginning or end.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint(
            "CASE WHEN role IN ('platform_administrator', 'platform_reviewer')"
            " THEN num_nonnulls(seller_id, area_code) = 0"
            " WHEN role IN ('official', 'community_helper')"
            " THEN seller_id IS NULL AND area_code IS NOT NULL"
            " ELSE seller_id IS NOT NULL AND area_code IS NULL END",
            "scope",
        ),
        CheckConstraint(f"role IN ({', '.join(repr(str(r)) for r in Role)})", "role"),
        CheckConstraint("valid_until >= valid_from", "term"),
        UniqueConstraint(
            *("user_id", "seller_id", "area_code", "role", "valid_from"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str]
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("sellers.id"), index=True)
    area_code: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    created_at: Mapped[Recorded]

    user: Mapped[User] = relationship(overlaps="memberships")


class Way(StrEnum):
    """How a seller said yes to a helper."""

    PAPER = "paper"
    PHONE = "phone"
    CODE = "code"
    ACCOUNT = "account"


class ApiToken(Model):
    """A key with which a program acts as `user` under /api/v1, within `scopes` (tokens.SCOPES).

    Only the SHA-256 of the token is kept (`digest`, hex); `tail`, its last four characters, tells
    people which one it is. `expires_on`: the last day in Vietnam on which it works.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (
        CheckConstraint("cardinality(scopes) > 0", "scopes"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", "digest"),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    digest: Mapped[str] = mapped_column(unique=True)
    tail: Mapped[str]
    expires_on: Mapped[date]
    last_used_on: Mapped[date | None]
    revoked_at: Mapped[Instant | None]
    created_at: Mapped[Recorded]

    user: Mapped[User] = relationship()


class Owned:
    """A row of one seller, known outside by its unguessable `ref`."""

    ref: Mapped[str] = mapped_column(unique=True, default=references.new)

    @declared_attr
    def seller_id(cls) -> Mapped[int]:
        """The seller whose row it is."""
        return mapped_column(BigInteger, ForeignKey("sellers.id"), index=True)


class Delegation(Owned, Model):
    """A helper acts for a seller, as long as somebody there said yes: who, how (`way`), until when.

    It holds from `consented_at` through the day `until` (in Vietnam) unless it was ended. Before
    that it was only asked for: `consenter` is empty. `note`: the number called, the paper's place.
    `code_digest`: of the code sent to the seller, while it waits to be said back. `token` opens the
    page on which who has no account ends it; it is on the slip that the helper hands over. Rows
    stay: they tell who might do what, when.
    """

    __tablename__ = "delegations"
    __table_args__ = (
        CheckConstraint(f"way IN ({', '.join(repr(str(w)) for w in Way)})", "way"),
        CheckConstraint("consented_at IS NULL OR consenter <> ''", "consenter"),
        # One open row of a helper and a seller.
        Index(
            "uq_delegations_open",
            "seller_id",
            "user_id",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
        Index("ix_delegations_user_id", "user_id"),
    )

    id: Mapped[BigKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    way: Mapped[str]
    consenter: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    until: Mapped[date]
    asked_at: Mapped[Recorded]
    consented_at: Mapped[Instant | None]
    token: Mapped[str] = mapped_column(unique=True, default=references.token)
    code_digest: Mapped[str | None]
    code_sent_at: Mapped[Instant | None]
    code_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    ended_at: Mapped[Instant | None]
    ended_by: Mapped[str | None]

    user: Mapped[User] = relationship()


class AuditEntry(Owned, Model):
    """Who changed what. `changes`: field → [before, after]. The database refuses edits.

    `actor_name` is kept as it was; `subject` names the row for people ("Chè móc câu").
    `behalf_of`: whom a helper acted for, as the consent named them. `seller_id` None: of the
    platform, for its administrators alone.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_seller_id_at", "seller_id", "at"),
        Index("ix_audit_entries_at", "at"),
    )

    id: Mapped[BigKey]
    seller_id: Mapped[int | None] = mapped_column(  # type: ignore[assignment]
        BigInteger, ForeignKey("sellers.id"), index=True
    )
    at: Mapped[Recorded]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_name: Mapped[str]
    behalf_of: Mapped[str | None]
    action: Mapped[str]
    subject: Mapped[str]
    subject_ref: Mapped[str]
    changes: Mapped[Json]
    request_id: Mapped[str | None]
