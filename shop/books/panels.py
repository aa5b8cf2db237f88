"""What the books lend to other rooms' pages."""

from flask import render_template

from shop.accounts.access import Actor, Permission
from shop.books import vouchers
from shop.reconciliation.models import BankLine


def on_bank_line(line: BankLine, actor: Actor) -> str:
    """The vouchers that may say the same movement as a waiting line."""
    if not actor.may(Permission.MONEY_WRITE, line.seller_id):
        return ""
    found = vouchers.like(line)
    return render_template("books/on_bank_line.html", found=found, line=line) if found else ""
