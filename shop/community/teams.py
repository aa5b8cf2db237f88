"""Teams and their people. Who joins may ask the sellers of the commune for their consent, no more.

The right is a membership with the role of a helper in the area; it goes, and with it every
consent there, when the person leaves the last team of the area.
"""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.accounts import audit, delegation, members
from shop.accounts.access import Actor
from shop.accounts.models import Membership, Role, User
from shop.community.errors import InTeam, TeamClosed
from shop.community.models import Team, TeamMember
from shop.database import db
from shop.errors import NotFound
from shop.sellers.models import Seller


def make(actor: Actor, data: dict[str, Any]) -> Team:
    """A new team; `data` as TeamSchema gives it."""
    team = Team(**data)
    db.session.add(team)
    db.session.flush()
    _note(actor, "team.make", team, {"area_code": [None, team.area_code]})
    return team


def change(actor: Actor, team: Team, data: dict[str, Any]) -> None:
    """Another name or partner. The area stays: consents were given to people from here."""
    for name in ("name", "partner"):
        setattr(team, name, data[name])
    _note(actor, "team.change", team, {})


def close(actor: Actor, team: Team) -> None:
    """The team is no more: everybody leaves. Twice is once."""
    for member in there(team):
        leave(actor, member)
    if team.closed_at is None:
        team.closed_at = clock.now()
        _note(actor, "team.close", team, {})


def join(actor: Actor, team: Team, user: User) -> TeamMember:
    """Make `user` a helper of the team's commune. Raises InTeam, TeamClosed.

    An account that was there before is entered anew, by a link that is handed over: who first
    typed the phone number may know its password (see `members.renew`).
    """
    if team.closed_at is not None:
        raise TeamClosed
    if user.id in {member.user_id for member in there(team)}:
        raise InTeam(user.name)
    if Role.HELPER not in {Role(m.role) for m in user.memberships}:
        members.renew(user)
    if _right(user.id, team.area_code) is None:
        area = {"role": Role.HELPER, "area_code": team.area_code}
        db.session.add(Membership(user_id=user.id, **area))
    member = TeamMember(team_id=team.id, user_id=user.id)
    db.session.add(member)
    db.session.flush()
    db.session.expire(user, ["memberships"])
    _note(actor, "team.join", team, {"member": [None, user.name]})
    return member


def leave(actor: Actor, member: TeamMember) -> None:
    """End a membership, and what stood on it; the person's next page is without it.

    Twice is once.
    """
    if member.left_at is not None:
        return
    member.left_at = clock.now()
    db.session.flush()
    area_code, left = member.team.area_code, areas(member.user_id)
    if area_code not in left:
        gone = _right(member.user_id, area_code)
        if gone is not None:
            db.session.delete(gone)
        # Also of one whose address was corrected to a commune where the helper never was.
        outside = Seller.commune_code.is_(None) | Seller.commune_code.not_in(left)
        delegation.end_all(actor, member.user_id, select(Seller.id).where(outside))
    _note(actor, "team.leave", member.team, {"member": [member.user.name, None]})


def right(member: TeamMember) -> Membership:
    """The membership by which a member helps. Raises NotFound for one who left."""
    found = _right(member.user_id, member.team.area_code)
    if found is None or member.left_at is not None:
        raise NotFound(ref=member.ref)
    return found


def _right(user_id: int, area_code: str) -> Membership | None:
    query = select(Membership).where(
        Membership.user_id == user_id,
        Membership.role == Role.HELPER,
        Membership.area_code == area_code,
    )
    return db.session.scalar(query)


def areas(user_id: int) -> set[str]:
    """Codes of the communes where a person is in a team."""
    query = select(Team.area_code).join(TeamMember, TeamMember.team_id == Team.id)
    return set(
        db.session.scalars(query.where(TeamMember.user_id == user_id, TeamMember.left_at.is_(None)))
    )


def there(team: Team) -> list[TeamMember]:
    """Who is in the team now, longest first."""
    query = select(TeamMember).where(TeamMember.team_id == team.id, TeamMember.left_at.is_(None))
    query = query.options(joinedload(TeamMember.user)).order_by(TeamMember.id)
    return list(db.session.scalars(query))


def of(user_id: int | None) -> list[Team]:
    """The teams that a person is in now."""
    query = select(Team).join(TeamMember, TeamMember.team_id == Team.id)
    query = query.where(TeamMember.user_id == user_id, TeamMember.left_at.is_(None))
    return list(db.session.scalars(query.order_by(Team.id)))


def every() -> Select[Team]:
    """Every team, those that are no more at the end."""
    return select(Team).order_by(Team.closed_at.is_not(None), Team.area_code, Team.name, Team.id)


def get(ref: str, *, lock: bool = False) -> Team:
    """A team by its reference; who calls has asked for the permission. Raises NotFound."""
    query = select(Team).where(Team.ref == ref)
    row = db.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(ref=ref)
    return row


def member(ref: str, *, lock: bool = False) -> TeamMember:
    """Somebody's time in a team, by its reference. Raises NotFound."""
    query = select(TeamMember).where(TeamMember.ref == ref)
    row = db.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(ref=ref)
    return row


def _note(actor: Actor, action: str, team: Team, changed: dict[str, Any]) -> None:
    audit.write(actor, action, None, team.name, team.ref, changed)
