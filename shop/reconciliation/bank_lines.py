"""Bank lines: recorded once, whatever told us of them."""

import hashlib

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop import clock, references
from shop.database import db
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation.models import BankLine
from shop.sellers.models import BankAccount


def record(account: BankAccount, line: FeedLine) -> BankLine:
    """The bank line of this movement, made when it is first heard of; locked until the commit."""
    key = identity(account, line)
    db.session.execute(
        insert(BankLine)
        .values(
            ref=references.new(),
            seller_id=account.seller_id,
            bank_account_id=account.id,
            identity=key,
            direction=line.direction,
            amount_vnd=line.amount_vnd,
            content=line.content,
            bank_reference=line.bank_reference,
            counterparty=line.counterparty,
            booked_at=line.booked_at,
        )
        .on_conflict_do_nothing(index_elements=["identity"])
    )
    return db.session.scalars(
        select(BankLine).where(BankLine.identity == key).with_for_update(of=BankLine)
    ).one()


def identity(account: BankAccount, line: FeedLine) -> str:
    """The same for a movement from a webhook and from a statement.

    Account, bank reference, direction, amount and Vietnamese day; without a bank reference the
    content stands in for it.
    """
    day = clock.vietnam(line.booked_at).date().isoformat()
    known_by = line.bank_reference or f"content:{line.content}"
    parts = (account.bank_bin, account.account_number, known_by, line.direction)
    named = "\x1f".join([*parts, str(line.amount_vnd), day])
    return hashlib.sha256(named.encode()).hexdigest()
