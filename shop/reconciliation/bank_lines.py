"""Bank lines: recorded once, whatever told us of them."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Integer, Select, bindparam, func, select

from shop import clock, references
from shop.database import among_given, db, insert_many
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation import likes
from shop.reconciliation.models import BankLine, Reason
from shop.sellers.models import BankAccount

# The first of the two keys of PostgreSQL's advisory locks; the second is the account.
_LOCK = 7_226_011


def record(account: BankAccount, line: FeedLine) -> BankLine:
    """The bank line of this movement, made when it is first heard of; locked until the commit."""
    found = record_all(account, [line], [1])
    return db.session.scalars(
        select(BankLine).where(BankLine.id == found[0][0]).with_for_update(of=BankLine)
    ).one()


def record_all(
    account: BankAccount,
    lines: Sequence[FeedLine],
    occurrences: Sequence[int],
    import_id: int | None = None,
) -> list[tuple[int, bool]]:
    """The ids of the bank lines of these movements, and whether each is new here.

    `occurrences`: the how-manieth line of its kind in one source each is.
    """
    told = sort_out(account, lines, occurrences, import_id)
    made = insert(
        [
            values(account, line, key, import_id)
            | {"reason": Reason.LOOKS_LIKE if key in told.doubtful else None}
            for key, line in told.fresh
        ]
    )
    return [
        (told.there[key], False) if key in told.there else (made[key], True) for key in told.keys
    ]


@dataclass(frozen=True)
class Told:
    """Movements by their identity, as told: `there` are known (identity → id), `fresh` are new.

    The `doubtful` of the new ones may be what another source told in other words: a person says.
    """

    keys: Sequence[str]
    there: Mapping[str, int]
    fresh: Sequence[tuple[str, FeedLine]]
    doubtful: frozenset[str] = frozenset()


def sort_out(
    account: BankAccount,
    lines: Sequence[FeedLine],
    occurrences: Sequence[int],
    import_id: int | None = None,
) -> Told:
    """Which of these movements are new; nobody else records lines of the account until the commit.

    What another source told before, with or without the bank's reference, is found again.
    """
    lock(account)
    keys = [identity(account, line, n) for line, n in zip(lines, occurrences, strict=True)]
    there = _there(keys)
    unknown = [line for line, key in zip(lines, keys, strict=True) if key not in there]
    alike = likes.of(account, unknown, set(there.values()), import_id)
    fresh, doubtful = [], set()
    for line, key in zip(lines, keys, strict=True):
        if key in there:
            continue
        twin = alike.same(line)
        if twin is not None:
            there[key] = twin
        else:
            fresh.append((key, line))
            if alike.maybe(line):
                doubtful.add(key)
    return Told(keys, there, fresh, frozenset(doubtful))


def there(account: BankAccount, lines: Sequence[FeedLine], occurrences: Sequence[int]) -> set[int]:
    """The ids of those of these movements that were told before."""
    return set(sort_out(account, lines, occurrences).there.values())


def lock(account: BankAccount) -> None:
    """Nobody else records lines of this account until the commit."""
    db.session.execute(_only_one(), {"account": account.id % 2**31})


@cache
def _only_one() -> Select[None]:
    return select(func.pg_advisory_xact_lock(_LOCK, bindparam("account", type_=Integer)))


def _there(keys: Sequence[str]) -> dict[str, int]:
    rows = db.session.execute(_known(), {"keys": keys})
    return {row.identity: row.id for row in rows}


@cache
def _known() -> Select[str, int]:
    query = select(BankLine.identity, BankLine.id)
    return query.where(among_given(BankLine.identity, "keys"))


def values(
    account: BankAccount, line: FeedLine, key: str, import_id: int | None
) -> dict[str, object]:
    """The columns of a new line, without its state."""
    return {
        "ref": references.new(),
        "seller_id": account.seller_id,
        "bank_account_id": account.id,
        "identity": key,
        "direction": line.direction,
        "amount_vnd": line.amount_vnd,
        "content": line.content,
        "bank_reference": line.bank_reference,
        "counterparty": line.counterparty,
        "booked_at": line.booked_at,
        "import_id": import_id,
    }


def insert(fresh: Sequence[dict[str, object]]) -> dict[str, int]:
    """Insert new lines, all with the same columns; identity → id."""
    made = insert_many(BankLine, fresh, "identity", "id")
    return {row.identity: row.id for row in made}


def occurrences(account: BankAccount, lines: Sequence[FeedLine]) -> list[int]:
    """The how-manieth line of its kind in one source each of `lines` is, from 1."""
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        key = identity(account, line)
        seen[key] += 1
        found.append(seen[key])
    return found


def identity(account: BankAccount, line: FeedLine, occurrence: int = 1) -> str:
    """The same for a movement from a webhook and from a statement.

    Account, bank reference, direction, amount, Vietnamese day, and the how-manieth of its kind;
    without a bank reference the content stands in for it.
    """
    day = clock.vietnam(line.booked_at).date().isoformat()
    known_by = line.bank_reference or f"content:{line.content}"
    parts = [account.bank_bin, account.account_number, known_by, line.direction]
    parts += [str(line.amount_vnd), day]
    if occurrence > 1:
        parts.append(f"no. {occurrence}")
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
