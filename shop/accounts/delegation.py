"""Helpers who act for sellers (tổ công nghệ số cộng đồng): consent, its limits, its end.

What a helper may do is `access.PERMISSIONS[Role.HELPER]`, and only while a consent holds; every
request looks anew, so an end is felt at once. Who has an account of their own says yes there, or
by a code sent to them; a helper records the word of those alone who have none.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import array

from shop import clock
from shop.accounts import access, audit
from shop.accounts.access import Actor
from shop.accounts.errors import AsksOwner, ConsentOver
from shop.accounts.models import AuditEntry, Delegation, Membership, Role, Way
from shop.database import db
from shop.errors import BadInput

# A word on the phone is easily said and soon forgotten.
LONGEST_DAYS = {Way.PAPER: 365, Way.CODE: 365, Way.ACCOUNT: 365, Way.PHONE: 30}
CODE_LIVES = timedelta(minutes=15)
MOST_TRIES = 5


@dataclass(frozen=True)
class Consent:
    """Who said yes, how, and the last day on which it holds; `note`: what proves it."""

    consenter: str
    way: Way
    until: date
    note: str = ""


def ask(actor: Actor, seller_id: int, way: Way, until: date) -> Delegation:
    """The helper asks; nothing is allowed yet. Asked again, it is the same row.

    A code that was sent before is worth nothing then: its mail names another last day.
    Raises BadInput for a day that is past or too far, and for a code that would go to an address
    which the helper wrote down.
    """
    _expect_day(way, until)
    if way == Way.CODE and not has_people(seller_id) and _wrote_address(actor, seller_id):
        said = _("Hộp thư hoặc số điện thoại này do bạn ghi. Xin dùng giấy đã ký, chụp lại.")
        raise BadInput({"way": [said]})
    row = _open(actor, seller_id)
    if row is not None and row.consented_at is None:
        row.way, row.until, row.code_digest = way, until, None
        return row
    if row is not None:
        return row  # may help already
    row = _new(actor, seller_id)
    row.way, row.until = way, until
    _save(row)
    _note(actor, "delegation.ask", row)
    return row


def record(actor: Actor, seller_id: int, consent: Consent) -> Delegation:
    """The helper notes the yes of a seller without an account; it holds from now on.

    Raises AsksOwner where somebody of the seller can sign in, BadInput for a bad day, and for a
    word on the phone of who took their yes back from this helper before.
    """
    if has_people(seller_id):
        raise AsksOwner
    if consent.way == Way.PHONE and _took_it_back(actor, seller_id):
        raise BadInput({"way": [_("Người này đã thôi nhờ bạn. Lần này cần giấy đã ký, chụp lại.")]})
    row = _open(actor, seller_id)
    if row is not None and row.consented_at is not None:
        end(actor, row)
        row = None
    return _hold(actor, row or _new(actor, seller_id), consent)


def _wrote_address(actor: Actor, seller_id: int) -> bool:
    """Whether this person entered the seller, as a helper or otherwise, or where it is reached:
    it may be their own."""
    reached = func.jsonb_exists_any(AuditEntry.changes, array(["email", "phone"]))
    query = select(AuditEntry.id).where(
        AuditEntry.seller_id == seller_id,
        AuditEntry.actor_id == actor.user_id,
        or_(AuditEntry.action == "seller.create", reached),
    )
    return db.session.scalar(query.limit(1)) is not None


def _took_it_back(actor: Actor, seller_id: int) -> bool:
    """Whether who had said yes ended it by the slip (see `end_by_slip`)."""
    query = select(Delegation.id).where(
        Delegation.seller_id == seller_id,
        Delegation.user_id == actor.user_id,
        Delegation.ended_by == Delegation.consenter,
        Delegation.consenter != "",
    )
    return db.session.scalar(query.limit(1)) is not None


def agree(actor: Actor, row: Delegation, until: date) -> None:
    """The seller says yes in their own account, or sets another last day.

    Raises ConsentOver for one that was ended, BadInput for a bad day.
    """
    if row.ended_at is not None:
        raise ConsentOver
    _hold(actor, row, Consent(actor.name, Way.ACCOUNT, until))


def end(actor: Actor, row: Delegation) -> None:
    """Take a consent back, refuse what was asked, or give the help up. Twice is once."""
    if row.ended_at is None:
        row.ended_at, row.ended_by, row.code_digest = clock.now(), actor.name, None
        _note(actor, "delegation.end", row)


def end_by_slip(row: Delegation) -> None:
    """Who holds the slip ends the consent: the seller, or somebody of the house for them."""
    end(Actor(None, row.consenter, {}), row)


def end_all(actor: Actor, user_id: int, seller_ids: Select[int]) -> None:
    """End every consent that a helper has among these sellers: the person left their area."""
    query = select(Delegation).where(
        Delegation.user_id == user_id,
        Delegation.ended_at.is_(None),
        Delegation.seller_id.in_(seller_ids),
    )
    for row in db.session.scalars(query.order_by(Delegation.id).with_for_update()):
        end(actor, row)


def new_code(row: Delegation) -> str:
    """Six digits for the seller to read out; those sent before work no more. Only asked rows.

    Raises ConsentOver for one that was ended or agreed to.
    """
    if row.ended_at is not None or row.consented_at is not None:
        raise ConsentOver
    code = f"{secrets.randbelow(1_000_000):06d}"
    row.code_digest, row.code_sent_at, row.code_tries = _digest(row, code), clock.now(), 0
    return code


def say_code(actor: Actor, row: Delegation, code: str, consent: Consent) -> bool:
    """Whether the code is the one that was sent; then the consent holds. A miss is counted.

    It never raises for a wrong code: the count of tries must be kept.
    """
    fresh = row.code_sent_at is not None and clock.now() < row.code_sent_at + CODE_LIVES
    if row.code_digest is None or not fresh or row.code_tries >= MOST_TRIES:
        return False
    row.code_tries += 1
    if not hmac.compare_digest(row.code_digest, _digest(row, code)):
        return False
    row.code_digest = None
    _hold(actor, row, consent)
    return True


def _digest(row: Delegation, code: str) -> str:
    return hashlib.sha256(f"{row.ref}:{code}".encode()).hexdigest()


def acting(actor: Actor, row: Delegation) -> Actor:
    """The actor as the consent makes them, in the very request that records it."""
    if row.seller_id in actor.allowed or None in actor.allowed:
        return actor
    granted = access.PERMISSIONS[Role.HELPER]
    return replace(
        actor,
        allowed=actor.allowed | {row.seller_id: granted},
        behalf=actor.behalf | {row.seller_id: row.consenter},
    )


def about_to_make(actor: Actor, consenter: str) -> Actor:
    """The helper while entering a seller that is no row yet."""
    return replace(actor, behalf=actor.behalf | {None: consenter})


def holds(row: Delegation) -> bool:
    """Whether the helper may act now."""
    agreed = row.consented_at is not None and row.ended_at is None
    return agreed and row.until >= clock.today()


def has_people(seller_id: int) -> bool:
    """Whether anybody can sign in for the seller."""
    there = select(Membership.id).where(Membership.seller_id == seller_id).limit(1)
    return db.session.scalar(there) is not None


def of_seller(seller_id: int) -> Select[Delegation]:
    """Everybody who helped, helps or asked to, the newest first."""
    query = select(Delegation).where(Delegation.seller_id == seller_id)
    return query.order_by(Delegation.id.desc())


def _open(actor: Actor, seller_id: int) -> Delegation | None:
    """The row of this helper and seller that nobody ended; one that lapsed is closed on the way.

    A form sent twice waits here, and finds the row of the first.
    """
    key = func.hashtextextended(f"delegation:{seller_id}:{actor.user_id}", 0)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))
    query = select(Delegation).where(
        Delegation.seller_id == seller_id,
        Delegation.user_id == actor.user_id,
        Delegation.ended_at.is_(None),
    )
    row = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is not None and row.until < clock.today():
        row.ended_at, row.ended_by = clock.now(), ""
        db.session.flush()
        return None
    return row


def _new(actor: Actor, seller_id: int) -> Delegation:
    if actor.user_id is None:
        raise ValueError("only a person helps")
    return Delegation(seller_id=seller_id, user_id=actor.user_id)


def _hold(actor: Actor, row: Delegation, consent: Consent) -> Delegation:
    _expect_day(consent.way, consent.until)
    row.way, row.until = consent.way, consent.until
    row.consenter, row.note = consent.consenter, consent.note
    row.consented_at = clock.now()
    _save(row)
    helper = actor.user_id == row.user_id
    _note(acting(actor, row) if helper else actor, "delegation.consent", row)
    return row


def _save(row: Delegation) -> None:
    db.session.add(row)
    db.session.flush()
    db.session.refresh(row, ["user"])


def _note(actor: Actor, action: str, row: Delegation) -> None:
    facts = {"way": [None, str(row.way)], "until": [None, row.until.isoformat()]}
    audit.write(actor, action, row.seller_id, row.user.name, row.ref, facts)


def _expect_day(way: Way, until: date) -> None:
    today, most = clock.today(), LONGEST_DAYS[Way(way)]
    if until < today:
        raise BadInput({"until": [_("Ngày này đã qua.")]})
    if until > today + timedelta(days=most):
        raise BadInput({"until": [_("Nhiều nhất %(count)s ngày kể từ hôm nay.", count=most)]})
