"""What is to do in an area: its sellers that lack an account, a stall, a photo or a code."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Integer, Select, case, func, literal, or_, select

from shop import clock
from shop.accounts import access
from shop.accounts.access import Actor
from shop.accounts.models import Delegation, Membership, Role
from shop.catalogue.models import Variant
from shop.database import db
from shop.errors import NotFound
from shop.media.models import Photo
from shop.sellers.models import ReviewState, Seller


@dataclass(frozen=True)
class Thing:
    """One thing that a seller may lack, and on which screen it is done for them.

    `endpoint` None: no screen of a helper's; `why` says who does it.
    """

    name: str
    label: Any
    why: Any
    endpoint: str | None = None
    anchor: str | None = None


THINGS: dict[str, Thing] = {
    thing.name: thing
    for thing in (
        Thing(
            "account",
            _l("Tài khoản"),
            _l("Người bán tự đăng nhập được. Quản trị mở sau khi gọi điện, theo số trong hồ sơ."),
        ),
        Thing(
            "stall",
            _l("Gian hàng"),
            _l("Điền hồ sơ, gửi giấy tờ rồi xin duyệt."),
            "profile.seller",
            "ho-so",
        ),
        Thing(
            "photo",
            _l("Ảnh"),
            _l("Ảnh người làm, nơi làm và sản phẩm."),
            "profile.seller",
            "anh",
        ),
        Thing(
            "code",
            _l("Mã sản phẩm"),
            _l("Mã vạch trên quy cách, hoặc tem truy xuất do người bán in."),
            "catalogue.products",
        ),
    )
}


@dataclass(frozen=True)
class Task:
    """A seller with what it lacks. `may_help`: the helper's consent holds; `asked`: it is open."""

    seller: Seller
    lacks: list[Thing]
    may_help: bool
    asked: bool


def sellers(actor: Actor, lacking: str = "") -> Select[Seller]:
    """The sellers of the helper's communes that lack something (or `lacking`), the neediest first.

    `lacking` "none": those that lack nothing.
    """
    missing = _missing()
    query = select(Seller).where(inside(actor.helps_in))
    if lacking in missing:
        query = query.where(missing[lacking])
    elif lacking == "none":
        query = query.where(~or_(*missing.values()))
    else:
        query = query.where(or_(*missing.values()))
    count: Any = sum((case((test, 1), else_=0) for test in missing.values()), literal(0, Integer))
    return query.order_by(count.desc(), Seller.sort_key, Seller.id)


def inside(communes: Collection[str]) -> ColumnElement[bool]:
    """Real sellers of these communes, who did not leave."""
    there = Seller.placeholder.is_(False) & Seller.left_at.is_(None)
    return Seller.commune_code.in_(communes) & there


def _missing() -> dict[str, ColumnElement[bool]]:
    """Name of a thing → whether a seller lacks it."""
    owner = select(Membership.id).where(
        Membership.seller_id == Seller.id, Membership.role == Role.OWNER
    )
    photo = select(Photo.id).where(Photo.seller_id == Seller.id)
    coded = select(Variant.id).where(Variant.seller_id == Seller.id, Variant.gtin.is_not(None))
    # Asked of the package above by name (see wiring.CHECKS).
    stamped: Select[int] = current_app.extensions["checks"]["community.with_stamps"]()
    return {
        "account": ~owner.exists(),
        "stall": Seller.review != ReviewState.PASSED,
        "photo": ~photo.exists(),
        "code": ~coded.exists() & Seller.id.not_in(stamped),
    }


def tasks(actor: Actor, found: Sequence[Seller]) -> list[Task]:
    """What each of these sellers lacks, and whether the actor may do it; two queries for all."""
    ids = [seller.id for seller in found]
    columns = [test.label(name) for name, test in _missing().items()]
    query = select(Seller.id, *columns).where(Seller.id.in_(ids))
    lacks = {row.id: row._mapping for row in db.session.execute(query)}
    mine = db.session.execute(_open(actor).where(Delegation.seller_id.in_(ids)))
    holds = {row.seller_id: row.holds for row in mine}
    return [
        Task(
            seller,
            [thing for name, thing in THINGS.items() if lacks[seller.id][name]],
            may_help=holds.get(seller.id, False),
            asked=holds.get(seller.id) is False,
        )
        for seller in found
    ]


def _open(actor: Actor) -> Select[int, bool]:
    """Seller id and whether the consent holds, of what the helper asked or was given."""
    query = select(Delegation.seller_id, access.holds().label("holds"))
    mine = (Delegation.user_id == actor.user_id) & Delegation.ended_at.is_(None)
    return query.where(mine, Delegation.until >= clock.today())


def counts(actor: Actor) -> dict[str, int]:
    """Name of a thing → how many sellers of the helper's communes lack it; "all": of how many."""
    columns = [func.count().filter(test).label(name) for name, test in _missing().items()]
    query = select(func.count().label("all"), *columns).where(inside(actor.helps_in))
    return dict(db.session.execute(query).one()._mapping)


def get(actor: Actor, ref: str) -> Seller:
    """A seller of the helper's communes. Raises NotFound for one of another area."""
    row = db.session.scalar(select(Seller).where(Seller.ref == ref, inside(actor.helps_in)))
    if row is None:
        raise NotFound(ref=ref)
    return row
