"""Teams, who was in them when, and the trainings they held."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import relationship

from shop import references
from shop.accounts.models import User
from shop.database import BigKey, Instant, Mapped, Model, Recorded, mapped_column


class Team(Model):
    """A team of one commune (`area_code`, of today's units); a commune may have several.

    `partner`: who sends its people (Đoàn thanh niên, bưu điện, ngân hàng), empty if nobody.
    """

    __tablename__ = "teams"
    __table_args__ = (CheckConstraint("area_code ~ '^[0-9]{5}$'", "area_code"),)

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    name: Mapped[str]
    area_code: Mapped[str] = mapped_column(index=True)
    partner: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[Recorded]
    closed_at: Mapped[Instant | None]


class TeamMember(Model):
    """A person in a team, from when until when; rows stay, for counting what was."""

    __tablename__ = "team_members"
    __table_args__ = (
        Index(
            "uq_team_members_there",
            "team_id",
            "user_id",
            unique=True,
            postgresql_where="left_at IS NULL",
        ),
        Index("ix_team_members_user_id", "user_id"),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    joined_at: Mapped[Recorded]
    left_at: Mapped[Instant | None]

    team: Mapped[Team] = relationship()
    user: Mapped[User] = relationship()


class Training(Model):
    """A training that a team held: `heads` people came. One noted by mistake is `removed_at`."""

    __tablename__ = "trainings"
    __table_args__ = (
        CheckConstraint("heads > 0", "heads"),
        Index("ix_trainings_team_id_held_on", "team_id", "held_on"),
    )

    id: Mapped[BigKey]
    ref: Mapped[str] = mapped_column(unique=True, default=references.new)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    held_on: Mapped[date]
    place: Mapped[str]
    heads: Mapped[int]
    topics: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Recorded]
    removed_at: Mapped[Instant | None]

    team: Mapped[Team] = relationship()
    by: Mapped[User] = relationship()
