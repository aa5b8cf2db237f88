"""Who may do what: the actor, the permissions of each role, and the one scoping fetch.

Every row of a seller is reached through `rows` or `get`. There is no other way from a public
reference to a row, so a permission cannot be forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import current_app, g, request
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import ColumnElement, Select, and_, select

from shop import clock
from shop.accounts.models import Delegation, Membership, Role, User
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
    HELP = "help"


_EVERYTHING = frozenset(Permission)
_NOT_OF_A_SELLER = {Permission.REVIEW, Permission.OPERATE, Permission.HELP, Permission.AREA_READ}
_OF_A_SELLER = _EVERYTHING - _NOT_OF_A_SELLER
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
    # At the sellers that said yes. Never money, orders, stamps (who scans them leaves a phone
    # number) or people: a stall can be set up without any of it.
    Role.HELPER: frozenset(
        {
            Permission.SELLER_READ,
            Permission.SELLER_WRITE,
            Permission.CATALOGUE_READ,
            Permission.CATALOGUE_WRITE,
        }
    ),
}


@dataclass(frozen=True)
class Actor:
    """The person behind a change. `allowed`: seller id (None: every seller) → permissions.

    `behalf`: seller id → who there said yes to this helper; None: of the seller about to be made.
    `helps_in`: codes of the communes whose sellers this helper may set up. `areas`: codes of
    `regions` whose figures an official may read today.
    """

    user_id: int | None
    name: str
    allowed: dict[int | None, frozenset[Permission]]
    behalf: dict[int | None, str] = field(default_factory=dict)
    helps_in: frozenset[str] = frozenset()
    areas: tuple[str, ...] = ()

    def may(self, permission: Permission, seller_id: int | None = None) -> bool:
        """Whether the permission holds for this seller, or for any when none is named.

        HELP and AREA_READ are of areas, not of sellers: they hold for who has an area today.
        """
        if permission is Permission.HELP:
            return bool(self.helps_in)
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

    def acts_for(self, seller_id: int | None) -> str | None:
        """Whom this helper stands for at a seller; None where the actor acts in own right."""
        return self.behalf.get(seller_id, self.behalf.get(None))

    def in_own_right(self) -> "Actor":
        """The same person without what sellers let a helper do: consent is to a person alone."""
        own = {s: granted for s, granted in self.allowed.items() if s not in self.behalf}
        return replace(self, allowed=own, behalf={}, helps_in=frozenset())


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
    """The actor that `user` is, from the memberships and consents as they stand now."""
    allowed: dict[int | None, frozenset[Permission]] = {}
    helps_in = set()
    for membership in user.memberships:
        role = Role(membership.role)
        if role is Role.HELPER:
            helps_in.add(membership.area_code or "")
        elif role is not Role.OFFICIAL:
            before = allowed.get(membership.seller_id, frozenset())
            allowed[membership.seller_id] = before | PERMISSIONS[role]
    official = _areas(user)
    if not helps_in:
        return Actor(user.id, user.name, allowed, areas=official)
    # A right of one's own is wider, and not somebody else's to give.
    behalf = {s: name for s, name in _consents(user) if s not in allowed and None not in allowed}
    granted = dict.fromkeys(behalf, PERMISSIONS[Role.HELPER])
    return Actor(user.id, user.name, {**allowed, **granted}, behalf, frozenset(helps_in), official)


def _consents(user: User) -> list[tuple[int | None, str]]:
    query = select(Delegation.seller_id, Delegation.consenter).where(
        Delegation.user_id == user.id, holds()
    )
    return [(seller_id, name) for seller_id, name in db.session.execute(query)]


def holds() -> ColumnElement[bool]:
    """Whether a delegation holds at this moment."""
    return and_(
        Delegation.consented_at.is_not(None),
        Delegation.ended_at.is_(None),
        Delegation.until >= clock.today(),
    )


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
