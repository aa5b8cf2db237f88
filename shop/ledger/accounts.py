"""The accounts of a seller's ledger, by name. Debit is positive.

What stands after a colon names whose: a bank account, a gateway, a marketplace, a carrier, a tag.
"""

CASH = "cash"
RECEIVABLE = "receivable"  # what buyers owe; below zero: what they paid ahead of the goods
SUSPENSE = "suspense"  # money in, nobody knows for what yet
CREDIT = "customer_credit"  # paid too much, owed back to the buyer
SALES = "income:sales"
DELIVERY = "income:delivery"
RETURNS = "sales_returns"
WRITE_OFF = "expense:write_off"
FEES = "expense:fees"
FREIGHT = "expense:freight"
TAX_WITHHELD = "tax_withheld"
HELD = "held_by_collector"  # taken from buyers by an operator that collects, not yet paid out
OTHER_IN = "income:other"
OTHER_OUT = "expense:other"
BETWEEN = "between_own_accounts"  # a transfer between own accounts, seen from each side


def bank(ref: str) -> str:
    """Money on the bank account `ref`."""
    return f"bank:{ref}"


def clearing(provider: str) -> str:
    """Captured by a gateway, not yet paid out. Each settled batch must empty it."""
    return f"clearing:{provider}"


def marketplace(channel: str) -> str:
    """What a marketplace has collected and owes."""
    return f"marketplace:{channel}"


def carrier(name: str) -> str:
    """What a carrier has collected on delivery (thu hộ, COD) and owes."""
    return f"carrier:{name}"


def owed_to(seller_ref: str) -> str:
    """In the books of an operator that collects: what it holds for a seller and owes to it."""
    return f"owed_to_seller:{seller_ref}"


def tax_payable(tax: str) -> str:
    """In the books of an operator that collects: a tax withheld for the State, "vat" or "pit"."""
    return f"tax_payable:{tax}"


def income(tag: str) -> str:
    """Other income, by the tag of its voucher."""
    return f"income:{tag}"


def expense(tag: str) -> str:
    """An expense, by the tag of its voucher."""
    return f"expense:{tag}"


def is_held(account: str) -> bool:
    """Whether it is money that a gateway, marketplace or carrier holds and will pay out."""
    return account.startswith(("clearing:", "marketplace:", "carrier:"))


def is_money(account: str) -> bool:
    """Whether it holds cash or a bank balance: what the money book shows."""
    return account == CASH or account.startswith("bank:")
