"""People of a seller: invite, change role, remove, and let in who lost the password."""

from flask import url_for
from flask_babel import gettext as _
from flask_security.recoverable import generate_reset_password_token
from flask_security.utils import hash_password
from sqlalchemy import func, select

from shop import references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.accounts.models import Membership, Role, User
from shop.accounts.signin import datastore
from shop.database import db
from shop.errors import DomainError


class LastOwner(DomainError):
    """A seller must keep at least one owner."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Phải còn ít nhất một chủ nhiệm (chủ sở hữu)."))


class AlreadyMember(DomainError):
    """The person belongs to this seller already."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("%(name)s đã là thành viên.", name=name))


class KnownNumber(DomainError):
    """The phone number has an account already; only the administrator adds it elsewhere."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            _("Số này đã có tài khoản. Xin nhờ quản trị nền tảng thêm vào đơn vị của bạn.")
        )


class NotYours(DomainError):
    """The account is used at another seller too; only its own person may reset it."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(_("%(name)s còn làm ở nơi khác, phải tự đặt lại mật khẩu.", name=name))


def person(name: str, *, phone: str | None = None, email: str | None = None) -> User:
    """The user with this phone (E.164) or e-mail; a new one, without a usable password, if none."""
    known = [User.phone == phone] if phone else []
    known += [func.lower(User.email) == email.lower()] if email else []
    for condition in known:
        found = db.session.scalar(select(User).where(condition))
        if found is not None:
            return found
    user = User(name=name, phone=phone, email=email, password=hash_password(references.token()))
    user.active = True
    db.session.add(user)
    db.session.flush()
    return user


def known(phone: str) -> User | None:
    """The user with this phone (E.164), if there is one."""
    return db.session.scalar(select(User).where(User.phone == phone))


def renew(user: User) -> None:
    """Void the password and every link and session that others may hold of an account.

    Who first entered a phone number may have set its password; before the account gets rights
    somewhere else, its person must come in anew, by a link handed over by who gives them.
    """
    set_password(user, references.token())


def invite(actor: Actor, seller_id: int, user: User, role: Role) -> Membership:
    """Make `user` a member. Raises AlreadyMember."""
    there = select(Membership).where(
        Membership.seller_id == seller_id, Membership.user_id == user.id
    )
    if db.session.scalar(there) is not None:
        raise AlreadyMember(user.name)
    membership = Membership(user_id=user.id, seller_id=seller_id, role=role)
    db.session.add(membership)
    _note(actor, "member.add", seller_id, user, role)
    return membership


def remove(actor: Actor, membership: Membership) -> None:
    """End a membership. Raises LastOwner. The person's next page is already without it."""
    if membership.role == Role.OWNER and _owners(membership.seller_id or 0) == 1:
        raise LastOwner
    _note(actor, "member.remove", membership.seller_id, membership.user, membership.role)
    db.session.delete(membership)


def _owners(seller_id: int) -> int:
    owners = select(Membership.id).where(
        Membership.seller_id == seller_id, Membership.role == Role.OWNER
    )
    # Locked, so that two owners cannot remove each other at the same moment.
    return len(db.session.scalars(owners.with_for_update()).all())


def password_link(actor: Actor, membership: Membership) -> str:
    """A one-time address at which the member sets a new password; for people without e-mail.

    Only for somebody who belongs to this seller alone: an owner must not be able to take over an
    account that is also used elsewhere. Raises NotYours.
    """
    user = membership.user
    elsewhere = {m.seller_id for m in user.memberships} != {membership.seller_id}
    if elsewhere and not actor.administers:
        raise NotYours(user.name)
    _note(actor, "member.link", membership.seller_id, user, membership.role)
    token = generate_reset_password_token(user)  # type: ignore[no-untyped-call]
    return url_for("security.reset_password", token=token, _external=True)


def set_password(user: User, password: str) -> None:
    """Set a password; every session that stands on the old one ends."""
    user.password = hash_password(password)
    datastore.set_uniquifier(user)


def _note(actor: Actor, action: str, seller_id: int | None, user: User, role: str) -> None:
    audit.write(actor, action, seller_id, user.name, user.ref, {"role": [None, role]})
