"""Background work of reconciliation."""

from datetime import datetime
from functools import cache

import structlog
from sqlalchemy import Select, Update, bindparam, select, update

from shop import clock
from shop.database import db, table_of, transaction
from shop.jobs import job
from shop.payments.feeds import FEEDS
from shop.payments.models import FeedConnection, Notice
from shop.reconciliation import bulk, giving_back, imports, pulling, settling, silence
from shop.reconciliation.models import Allocation, BankLine
from shop.sellers.models import BankAccount

log = structlog.get_logger()


@job("payments", tries=8)
def process_notice(notice_id: int) -> None:
    """Turn one stored bank notice into bank lines and match them; safe to run twice.

    A line about another account than the connection's is not this seller's to see: left out.
    """
    with transaction():
        notice = db.session.execute(_kept(), {"notice": notice_id}).one()
        if notice.processed_at:
            return
        account: BankAccount = notice.BankAccount
        told = FEEDS[notice.provider].lines(notice.raw)
        ours = [line for line in told if line.account_number == account.account_number]
        if len(ours) < len(told):
            log.warning("line of another account left out", notice=notice_id)
        bulk.take(account, ours, [1] * len(ours))
        db.session.execute(_processed(), {"notice": notice_id, "now": clock.now()})


@cache
def _kept() -> Select[bytes, datetime | None, str, BankAccount]:
    query = select(Notice.raw, Notice.processed_at, FeedConnection.provider, BankAccount)
    query = query.join(FeedConnection, FeedConnection.id == Notice.connection_id)
    query = query.join(BankAccount, BankAccount.id == FeedConnection.bank_account_id)
    return query.where(Notice.id == bindparam("notice")).with_for_update(of=Notice)


@cache
def _processed() -> Update:
    done = update(table_of(Notice)).where(Notice.id == bindparam("notice"))
    return done.values(processed_at=bindparam("now"))


@job("documents", timeout_seconds=600, given_up=imports.give_up)
def read_statement(import_id: int) -> None:
    """Read a statement file and show what is in it."""
    imports.read(import_id)


@job("documents", timeout_seconds=3600, given_up=imports.give_up)
def apply_statement(import_id: int) -> None:
    """Record and match the lines of a statement file; taken up again where it ended."""
    imports.carry_out(import_id)


@job("documents", timeout_seconds=3600, given_up=settling.give_up)
def book_settlement(batch_id: int) -> None:
    """Read a settlement sheet and book its lines; taken up again where it ended."""
    settling.carry_out(batch_id)


@job("payments")
def refund_failed(refund_id: int) -> None:
    """A refund was given up: what of a bank line was meant for it waits again."""
    with transaction():
        query = select(Allocation).where(
            Allocation.refund_id == refund_id, Allocation.undone_at.is_(None)
        )
        allocation = db.session.scalar(query.with_for_update())
        if allocation is None:
            return
        line = db.session.get_one(BankLine, allocation.bank_line_id, with_for_update=True)
        giving_back.keep(line, allocation)


@job("channels", tries=3)
def pull_feeds() -> None:
    """Ask the feeds for their lists whose time has come; one that fails is asked again later."""
    for connection_id in pulling.due():
        pulling.pull(connection_id)


@job("default", tries=1)
def look_for_silence() -> None:
    """Tell owners and accountants of accounts whose feed is silent, once a silence."""
    with transaction():
        silence.tell()
