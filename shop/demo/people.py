"""Invented people who can sign in to a demo."""

import json
import secrets

from sqlalchemy import select

from shop import clock
from shop.accounts import members
from shop.accounts.access import SYSTEM
from shop.accounts.models import Membership, Role, User
from shop.community import teams
from shop.community.models import Team
from shop.database import db, transaction
from shop.reports import officials
from shop.sellers.models import Seller
from shop.settings import Settings

HOST = "htx-che-hao-dat"

# Who speaks in the demo's session: invented, as is the number.
SPEAKER = {
    "name": "Người livestream (chạy thử)",
    "born_on": "1990-01-01",
    "personal_number": "019190000000",
}

# Whose figures the demo's official reads.
OFFICIALS_AREA = "19"

# Name, phone, role. All but the administrator and the official work at HOST; the helper in its
# commune.
PEOPLE = (
    ("Quản trị (chạy thử)", "+84900000901", Role.ADMINISTRATOR),
    ("Chủ nhiệm (chạy thử)", "+84900000902", Role.OWNER),
    ("Quản lý (chạy thử)", "+84900000903", Role.MANAGER),
    ("Người livestream (chạy thử)", "+84900000904", Role.HOST),
    ("Kế toán (chạy thử)", "+84900000905", Role.ACCOUNTANT),
    ("Người giúp (chạy thử)", "+84900000906", Role.HELPER),
    ("Cán bộ tỉnh (chạy thử)", "+84900000909", Role.OFFICIAL),
)
TEAM = "Tổ công nghệ số cộng đồng (chạy thử)"


def ensure(settings: Settings) -> list[tuple[str, str, str]]:
    """Name, phone as typed, password of each demo person; made at the first call, then kept."""
    path = settings.var_dir / "secrets" / "demo_people.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    with transaction():
        for name, phone, role in PEOPLE:
            kept.setdefault(phone, secrets.token_urlsafe(9))
            _person(name, phone, role, kept[phone])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(kept))
    return [(name, "0" + phone[3:], kept[phone]) for name, phone, _role in PEOPLE]


def _person(name: str, phone: str, role: Role, password: str) -> None:
    if db.session.scalar(select(User.id).where(User.phone == phone)):
        return
    user = members.person(name, phone=phone)
    if role is Role.HELPER:
        teams.join(SYSTEM, team(), user)
    elif role is Role.OFFICIAL:
        officials.grant(user, OFFICIALS_AREA, clock.today(), None)
    else:
        seller_id = None if role is Role.ADMINISTRATOR else at_host().id
        db.session.add(Membership(user_id=user.id, role=role, seller_id=seller_id))
    members.set_password(user, password)


def team() -> Team:
    """The team of the commune where HOST is."""
    about = {"name": TEAM, "area_code": at_host().commune_code, "partner": "Đoàn thanh niên"}
    found = db.session.scalar(select(Team).where(Team.name == TEAM))
    return found or teams.make(SYSTEM, about)


def at_host() -> Seller:
    """The cooperative at which they work."""
    return db.session.scalars(select(Seller).where(Seller.starter_id == HOST)).one()
