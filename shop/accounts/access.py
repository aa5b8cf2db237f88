"""Who may do what: the actor, the permissions of each role, and the one scoping fetch.

Every row of a seller is reached through `rows` or `get`. There is no other way from a public
reference to a row, so a permission cannot be forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import current_app, g, request
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import Select, select

from shop import clock
from shop.accounts.models import Membership, Role, User
from shop.database import Model, db
from shop.errors import DomainError, NotFound


class Permission(StrEnum):
    """What a role allows inside its scope."""

    SELLER_READ = "seller.read"
    SELLER_WRITE = "seller.write"
    MEMBERS_MANAGE = "members.manage"
    BANK_MANAGE = "bank.manage"
    AUDIT_READ = "audit.read"
    CATALOGUE_READ = "catalogue.read"
    CATALOGUE_WRITE = "catalogue.write"
    STAMPS_READ = "stamps.read"
    STAMPS_PRINT = "stamps.print"
    TRACE_WRITE = "trace.write"
    RECALL = "trace.recall"
    CHANNELS_READ = "channels.read"
    CHANNELS_WRITE = "channels.write"
    LIVESTREAM_READ = "livestream.read"
    LIVESTREAM_RUN = "livestream.run"
    AREA_READ = "area.read"
    ORDERS_READ = "orders.read"
    ORDERS_WRITE = "orders.write"
    MONEY_READ = "money.read"
    MONEY_WRITE = "money.write"
    REVIEW = "review"
    OPERATE = "operate"


_EVERYTHING = frozenset(Permission)
_OF_A_SELLER = _EVERYTHING - {Permission.REVIEW, Permission.OPERATE, Permission.AREA_READ}
_READ = frozenset(
    {
        Permission.SELLER_READ,
        Permission.CATALOGUE_READ,
        Permission.STAMPS_READ,
        Permission.CHANNELS_READ,
        Permission.LIVESTREAM_READ,
        Permission.ORDERS_READ,
    }
)

# What an official sees of their area comes through reports (`Actor.areas`), never through a
# seller's rows.
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: _EVERYTHING,
    Role.REVIEWER: frozenset(
        {
            Permission.SELLER_READ,
            Permission.CATALOGUE_READ,
            Permission.STAMPS_READ,
            Permission.REVIEW,
        }
    ),
    Role.OWNER: _OF_A_SELLER,
    Role.MANAGER: _OF_A_SELLER - {Permission.MEMBERS_MANAGE, Permission.BANK_MANAGE},
    Role.HOST: frozenset(
        {
            Permission.SELLER_READ,
            Permission.CATALOGUE_READ,
            Permission.LIVESTREAM_READ,
            Permission.LIVESTREAM_RUN,
            Permission.ORDERS_READ,
        }
    ),
    Role.ACCOUNTANT: _READ | {Permission.MONEY_READ, Permission.MONEY_WRITE, Permission.AUDIT_READ},
    Role.VIEWER: _READ,
    Role.OFFICIAL: frozenset(),
}


@dataclass(frozen=True)
class Actor:
    """The person behind a change. `allowed`: seller id (None: every seller) → permissions.

    `areas`: codes of `regions` whose figures an official may read today.
    """

    user_id: int | None
    name: str
    allowed: dict[int | None, frozenset[Permission]]
    areas: tuple[str, ...] = ()

    def may(self, permission: Permission, seller_id: int | None = None) -> bool:
        """Whether the permission holds for this seller, or for any when none is named.

        AREA_READ is of areas, not sellers: it holds for who has an area today.
        """
        if permission in self.allowed.get(None, ()):
            return True
        if permission is Permission.AREA_READ:
            return seller_id is None and bool(self.areas)
        if seller_id is None:
            return any(permission in granted for granted in self.allowed.values())
        return permission in self.allowed.get(seller_id, ())

    @property
    def administers(self) -> bool:
        """Whether this is a platform administrator."""
        return self.allowed.get(None) == _EVERYTHING


SYSTEM = Actor(None, "Hệ thống", {None: _EVERYTHING})


# A model with `ref` and `seller_id`: every Owned one, memberships, and the seller itself.
M = TypeVar("M", bound=Model)
P = ParamSpec("P")
View = Callable[Concatenate[Actor, P], ResponseReturnValue]


def rows(actor: Actor, model: type[M], permission: Permission) -> Select[M]:
    """The rows of `model` that the actor may see under `permission`."""
    query = select(model)
    if permission in actor.allowed.get(None, ()):
        return query
    scoped: Any = model
    return query.where(scoped.seller_id.in_(_seller_ids(actor, permission)))


def get(actor: Actor, model: type[M], ref: str, permission: Permission, *, lock: bool = False) -> M:
    """The only way from a public reference to a row; `lock` reads it anew and locks it.

    Raises NotFound alike for missing, another seller's and not allowed: the answer never tells
    which.
    """
    referred: Any = model
    query = rows(actor, model, permission).where(referred.ref == ref)
    if lock:
        query = query.with_for_update(of=model).execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound(ref=ref)
    return row


def expect(actor: Actor, permission: Permission) -> None:
    """Go on only if the permission holds for some seller: for pages that are about no one row.

    Raises NotFound, as `get` would for each of the rows that the page is about.
    """
    if not actor.may(permission):
        raise NotFound


def _seller_ids(actor: Actor, permission: Permission) -> list[int]:
    return [s for s, granted in actor.allowed.items() if s is not None and permission in granted]


def of(user: User) -> Actor:
    """The actor that `user` is, from the memberships as they stand now."""
    allowed: dict[int | None, frozenset[Permission]] = {}
    for membership in user.memberships:
        role = Role(membership.role)
        if role is not Role.OFFICIAL:
            before = allowed.get(membership.seller_id, frozenset())
            allowed[membership.seller_id] = before | PERMISSIONS[role]
    return Actor(user.id, user.name, allowed, areas=_areas(user))


def _areas(user: User) -> tuple[str, ...]:
    """The areas that are an official's today: who was moved keeps nothing of the old one."""
    today = clock.today()
    return tuple(
        str(each.area_code)
        for each in user.memberships
        if each.role == Role.OFFICIAL
        and (each.valid_from is None or each.valid_from <= today)
        and (each.valid_until is None or today <= each.valid_until)
    )


def current() -> Actor | None:
    """The signed-in actor of this request, or None."""
    if "actor" not in g:
        g.actor = of(current_user) if current_user.is_authenticated else None
    found: Actor | None = g.actor
    return found


class MustSignIn(DomainError):
    """The page needs a signed-in person. The browser is led to the sign-in page."""

    status = 401

    def __init__(self) -> None:
        from flask_babel import gettext as _

        super().__init__(_("Xin đăng nhập để tiếp tục."), next=request.full_path.rstrip("?"))


def signed_in(view: View[P]) -> Callable[P, ResponseReturnValue]:
    """Give the view its actor, first. Raises MustSignIn when nobody is signed in."""

    @wraps(view)
    def with_actor(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        actor = current()
        if actor is None:
            raise MustSignIn
        return current_app.ensure_sync(view)(actor, *args, **kwargs)  # type: ignore[no-any-return]

    return with_actor


def memberships(seller_id: int) -> list[Membership]:
    """Everybody who belongs to a seller, oldest first."""
    query = select(Membership).where(Membership.seller_id == seller_id).order_by(Membership.id)
    return list(db.session.scalars(query))
