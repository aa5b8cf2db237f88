"""Officials: whose area it is, from which day to which; only administrators say so.

An official reads the figures of exactly the regions they were given, while the term runs. A new
term may not overlap another of theirs: from two regions of which one holds the other, small groups
could be reckoned. Terms are never deleted, so it stays known who could read what and when.
"""

from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from shop import clock, regions
from shop.accounts import members
from shop.accounts.access import Actor, Permission
from shop.accounts.models import Membership, Role, User
from shop.database import db
from shop.errors import BadInput, NotFound
from shop.regions import Region
from shop.reports.errors import AddressTaken, Ended, Overlaps


def sees_all(actor: Actor) -> bool:
    """Whether they read every region, and every row behind a figure."""
    return Permission.AREA_READ in actor.allowed.get(None, ())


def region(actor: Actor, code: str) -> Region:
    """The region of a code that is the actor's to read today.

    Raises NotFound alike for an unknown one and for another's.
    """
    found = regions.get(code)
    if found is None or not (sees_all(actor) or code in actor.areas):
        raise NotFound(area=code)
    return found


def of(actor: Actor) -> list[Region]:
    """The regions of an official today."""
    return [found for code in actor.areas if (found := regions.get(code)) is not None]


def person(name: str, phone: str, email: str | None = None) -> User:
    """Who is to be an official; somebody with an account already comes in anew by a link.

    Who first entered the number may know its password. Raises AddressTaken.
    """
    known = members.known(phone)
    user = known or members.person(name, phone=phone)
    if known is not None and not _terms(known.id):
        members.renew(known)
    if email is not None:
        mail_to(user, email)
    return user


def mail_to(user: User, email: str | None) -> None:
    """Where the monthly mail goes, None: nowhere. Raises AddressTaken."""
    if email is not None:
        other = select(User.id).where(func.lower(User.email) == email.lower(), User.id != user.id)
        if db.session.scalar(other) is not None:
            raise AddressTaken
    user.email = email
    db.session.flush()


def grant(user: User, code: str, first: date, last: date | None) -> Membership:
    """Give a person a region from `first` to `last` (both included; None: without end).

    The caller has seen to it that an administrator asks. Raises BadInput, Overlaps.
    """
    region = regions.get(code)
    if region is None:
        raise BadInput({"area_code": [_("Không có vùng nào mang mã này.")]})
    if last is not None and last < first:
        raise BadInput({"valid_until": [_("Ngày kết thúc phải từ ngày bắt đầu trở đi.")]})
    # One after the other, so that two grants of one person do not pass each other by.
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())
    for term in _terms(user.id):
        if _meet(term, first, last) and _region(term).meets(region):
            raise Overlaps(_region(term).name)
    row = Membership(
        user_id=user.id, role=Role.OFFICIAL, area_code=code, valid_from=first, valid_until=last
    )
    db.session.add(row)
    db.session.flush()
    db.session.expire(user)
    return row


def _terms(user_id: int) -> list[Membership]:
    query = select(Membership).where(
        Membership.user_id == user_id, Membership.role == Role.OFFICIAL
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _meet(term: Membership, first: date, last: date | None) -> bool:
    begins = term.valid_from or date.min
    ends = term.valid_until or date.max
    return first <= ends and begins <= (last or date.max)


def _region(term: Membership) -> Region:
    return regions.get(str(term.area_code)) or Region(str(term.area_code), str(term.area_code))


def end(term: Membership, last: date) -> None:
    """The region is theirs until `last`; of one that had not begun nothing remains.

    Raises Ended when it is over by then already.
    """
    if term.valid_until is not None and term.valid_until < last:
        raise Ended
    if term.valid_from is not None and last < term.valid_from:
        db.session.delete(term)
    else:
        term.valid_until = last
    db.session.flush()
    db.session.expire(term.user)


def move(user: User, code: str, first: date) -> Membership:
    """Another region from `first` on: all they have ends the day before, and nothing is kept."""
    for term in _terms(user.id):
        if term.valid_until is None or term.valid_until >= first:
            end(term, first - timedelta(days=1))
    return grant(user, code, first, None)


def get(ref: str) -> Membership:
    """The term of a reference, locked. Raises NotFound."""
    query = select(Membership).where(Membership.ref == ref, Membership.role == Role.OFFICIAL)
    found = db.session.scalar(query.with_for_update(of=Membership))
    if found is None:
        raise NotFound(ref=ref)
    return found


def terms() -> Select[Membership]:
    """All terms, those that run first, then the newest."""
    over = Membership.valid_until < clock.today()
    query = select(Membership).where(Membership.role == Role.OFFICIAL)
    query = query.options(joinedload(Membership.user))
    return query.order_by(over.is_(True), Membership.valid_from.desc(), Membership.id.desc())


def running() -> list[Membership]:
    """The terms that run today, with their people."""
    today = clock.today()
    query = select(Membership).where(
        Membership.role == Role.OFFICIAL,
        (Membership.valid_from.is_(None)) | (Membership.valid_from <= today),
        (Membership.valid_until.is_(None)) | (Membership.valid_until >= today),
    )
    return list(db.session.scalars(query.options(joinedload(Membership.user))))
