"""Background work of reconciliation."""

import structlog
from sqlalchemy.orm import joinedload

from shop import clock
from shop.database import db, transaction
from shop.jobs import job
from shop.payments.feeds import FEEDS
from shop.payments.models import FeedConnection, Notice
from shop.reconciliation import bank_lines, matching

log = structlog.get_logger()


@job("payments", tries=8)
def process_notice(notice_id: int) -> None:
    """Turn one stored bank notice into bank lines and match them; safe to run twice.

    A line about another account than the connection's is not this seller's to see: left out.
    """
    with transaction():
        with_account = joinedload(Notice.connection).joinedload(FeedConnection.bank_account)
        notice = db.session.get_one(
            Notice, notice_id, with_for_update={"of": Notice}, options=[with_account]
        )
        if notice.processed_at:
            return
        account = notice.connection.bank_account
        for line in FEEDS[notice.connection.provider].lines(notice.raw):
            if line.account_number == account.account_number:
                matching.match(bank_lines.record(account, line))
            else:
                log.warning("line of another account left out", notice=notice.id)
        notice.processed_at = clock.now()
