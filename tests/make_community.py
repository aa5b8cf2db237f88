"""Helpers of a team, and what sellers let them do."""

from datetime import timedelta

from shop import clock
from shop.accounts import access, delegation
from shop.accounts.access import SYSTEM
from shop.accounts.delegation import Consent
from shop.accounts.models import Delegation, User, Way
from shop.community import teams
from shop.community.models import Team
from shop.database import db
from shop.sellers.models import Seller
from tests import make

TAN_CUONG = "05503"
LA_BANG = "05818"


def seller(*, name: str = "Hộ bà Nguyễn Thị Lan", area: str = TAN_CUONG, **more) -> Seller:
    """A seller of the commune whom nobody can sign in for."""
    values = {"commune_code": area, "commune": "Xã Tân Cương", "review": "draft"}
    return make.seller(name=name, **values | more)


def team(area: str = TAN_CUONG, *, name: str = "Tổ công nghệ số xóm Hồng Thái") -> Team:
    return teams.make(SYSTEM, {"name": name, "area_code": area, "partner": "Đoàn thanh niên"})


def helper(of: Team | None = None, *, name: str = "Trần Thị Hoa", **more) -> User:
    """A person in a team."""
    person = make.user(name=name, **more)
    teams.join(SYSTEM, of or team(), person)
    db.session.flush()
    return person


def consent(person: User, to: Seller, *, days: int = 30, by: str = "Nguyễn Thị Lan") -> Delegation:
    """A consent on the phone, from today on."""
    until = clock.today() + timedelta(days=days)
    actor = access.of(person)
    return delegation.record(actor, to.id, Consent(by, Way.PHONE, until))
