"""Invented people who can sign in to a demo."""

import json
import secrets

from sqlalchemy import select

from shop import clock
from shop.accounts import members
from shop.accounts.models import Membership, Role, User
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

# Name, phone, role. All but the administrator and the official work at HOST.
PEOPLE = (
    ("Quản trị (chạy thử)", "+84900000901", Role.ADMINISTRATOR),
    ("Chủ nhiệm (chạy thử)", "+84900000902", Role.OWNER),
    ("Quản lý (chạy thử)", "+84900000903", Role.MANAGER),
    ("Người livestream (chạy thử)", "+84900000904", Role.HOST),
    ("Kế toán (chạy thử)", "+84900000905", Role.ACCOUNTANT),
    ("Cán bộ tỉnh (chạy thử)", "+84900000909", Role.OFFICIAL),
)


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
    members.set_password(user, password)
    if role is Role.OFFICIAL:
        officials.grant(user, OFFICIALS_AREA, clock.today(), None)
        return
    at_host = None if role is Role.ADMINISTRATOR else _seller(HOST).id
    db.session.add(Membership(user_id=user.id, role=role, seller_id=at_host))


def _seller(starter_id: str) -> Seller:
    return db.session.scalars(select(Seller).where(Seller.starter_id == starter_id)).one()
