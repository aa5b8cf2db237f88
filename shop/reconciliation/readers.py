"""Who read bank lines: the law counts them as sensitive, so that reading them leaves a trace.

Law 91/2025 on personal data, with Decree 356/2025: access to transaction history is logged.
"""

from collections.abc import Mapping, Sequence

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.reconciliation.models import BankLine


def note(actor: Actor, lines: Sequence[BankLine], said: Mapping[str, str]) -> None:
    """Write into the trail that `actor` saw these lines in one list: an entry for each seller.

    `said`: the filters of the list, shown to whoever reads the trail. `lines`: with their account.
    """
    words = ", ".join(f"{name} {value}" for name, value in said.items() if value)
    for seller_id in sorted({line.seller_id for line in lines}):
        mine = [line for line in lines if line.seller_id == seller_id]
        accounts = sorted({line.bank_account.ref for line in mine})
        seen = {"lines": [None, len(mine)], "accounts": [None, accounts]}
        audit.write(actor, "bank_line.read", seller_id, words, accounts[0], seen)
