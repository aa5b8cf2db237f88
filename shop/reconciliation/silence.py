"""Feeds that tell nothing any more: they fall silent without a word, so somebody has to look."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.accounts.models import Membership, Role
from shop.database import db
from shop.notifications import send
from shop.payments.models import FeedConnection, Notice
from shop.reconciliation.models import Terms
from shop.reconciliation.terms import QUIET_HOURS
from shop.sellers.models import BankAccount


@dataclass(frozen=True)
class Quiet:
    """An account in use, and when its feed was last heard (or connected)."""

    seller_id: int
    account_number: str
    since: datetime


def quiet(seller_ids: Collection[int] | None = None) -> list[Quiet]:
    """Accounts in use of which no feed told anything for longer than their seller allows.

    Of these sellers, or of all.
    """
    heard = (
        select(Notice.connection_id, func.max(Notice.received_at).label("at"))
        .group_by(Notice.connection_id)
        .subquery()
    )
    # What its list told is a word of the bank's too.
    last = func.max(
        func.greatest(heard.c.at, FeedConnection.pulled_fresh_at, FeedConnection.created_at)
    )
    hours = func.coalesce(Terms.quiet_hours, QUIET_HOURS)
    query = (
        select(BankAccount.seller_id, BankAccount.account_number, last, func.min(hours))
        .join(FeedConnection, FeedConnection.bank_account_id == BankAccount.id)
        .outerjoin(heard, heard.c.connection_id == FeedConnection.id)
        .outerjoin(Terms, Terms.seller_id == BankAccount.seller_id)
        # Who said "never" has terms without hours.
        .where(BankAccount.active, Terms.id.is_(None) | Terms.quiet_hours.is_not(None))
        .group_by(BankAccount.id)
        .order_by(BankAccount.id)
    )
    if seller_ids is not None:
        query = query.where(BankAccount.seller_id.in_(seller_ids))
    now = clock.now()
    return [
        Quiet(seller_id, number, at)
        for seller_id, number, at, most in db.session.execute(query)
        if now - at > timedelta(hours=int(most))
    ]


def tell() -> None:
    """Mail the owners and accountants of silent accounts, once a silence.

    Where a list can be asked for it is asked first, and the mail waits for what it tells.
    """
    silent = [each for each in quiet() if not _asked_first(each)]
    query = (
        select(Membership)
        .where(
            Membership.seller_id.in_({each.seller_id for each in silent}),
            Membership.role.in_([Role.OWNER, Role.ACCOUNTANT]),
        )
        .options(joinedload(Membership.user))
    )
    people = list(db.session.scalars(query))
    _mail(silent, people)


def _asked_first(each: Quiet) -> bool:
    query = select(FeedConnection).join(
        BankAccount, BankAccount.id == FeedConnection.bank_account_id
    )
    query = query.where(
        BankAccount.seller_id == each.seller_id,
        BankAccount.account_number == each.account_number,
        FeedConnection.sealed_list_key.is_not(None),
    )
    found = db.session.scalars(query.with_for_update(of=FeedConnection)).all()
    unasked = [row for row in found if not row.pull_failures and _was_asked(row)]
    for connection in unasked:
        connection.next_pull_at = clock.now()
    return bool(unasked)


def _was_asked(row: FeedConnection) -> bool:
    return row.pulled_at is None or row.pulled_at < clock.now() - timedelta(hours=2)


def _mail(silent: Sequence[Quiet], people: Sequence[Membership]) -> None:
    for each in silent:
        since = f"{clock.vietnam(each.since):%d/%m/%Y %H:%M}"
        body = (
            f"Tài khoản {each.account_number} không báo khoản nào từ {since}. Xem lại kết nối báo "
            "có, hoặc gửi sao kê của ngân hàng ở mục Đối soát để không sót tiền.\n"
        )
        for person in people:
            if person.seller_id == each.seller_id and person.user.email:
                once = f"quiet:{each.account_number}:{each.since.isoformat()}:{person.user_id}"
                subject = f"Tài khoản {each.account_number} im lặng"
                send.mail(person.user.email, subject, body, once=once)
