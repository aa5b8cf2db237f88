"""What invoices lend to other rooms' pages."""

from flask import render_template
from sqlalchemy import select

from shop import pages
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.invoices import issuing
from shop.invoices.models import Invoice, InvoiceState
from shop.invoices.public import OVER
from shop.invoices.words import STATES, TONES
from shop.orders.models import Order


def on_order(order: Order, actor: Actor) -> str:
    """An order's invoice: for whom, where it stands, and typing what became of it."""
    if not actor.may(Permission.MONEY_READ, order.seller_id):
        return ""
    row = _of(order)
    typed = [InvoiceState.ISSUED, InvoiceState.REFUSED, InvoiceState.ADJUSTED]
    typed += [InvoiceState.REPLACED, InvoiceState.CANCELLED]
    moves = issuing.MOVES[InvoiceState(row.state)] if row else issuing.MOVES[InvoiceState.READY]
    if row is not None and row.state == InvoiceState.ISSUED:
        moves |= {InvoiceState.ISSUED}  # a number that was mistyped is typed again
    return render_template(
        "invoices/on_order.html",
        order=order,
        invoice=row,
        form=pages.Form(values=_values(row), prefix="invoice"),
        states=STATES,
        tones=TONES,
        choices=[(state, STATES[state]) for state in typed if state in moves],
        fixed=row is not None and row.state in issuing.ISSUED,
        may_write=actor.may(Permission.MONEY_WRITE, order.seller_id),
    )


def for_buyer(order: Order) -> str:
    """The buyer's own page: ask for an invoice, and its number once it is issued."""
    if order.state in OVER:
        return ""
    row = _of(order)
    return render_template(
        "invoices/for_buyer.html",
        order=order,
        invoice=row,
        form=pages.Form(values=_values(row), prefix="invoice"),
        fixed=row is not None and row.state in issuing.ISSUED,
    )


def _of(order: Order) -> Invoice | None:
    return db.session.scalar(select(Invoice).where(Invoice.order_id == order.id))


def _values(row: Invoice | None) -> dict[str, str]:
    names = ("buyer_name", "company", "tax_code", "address", "email")
    return {name: getattr(row, name) for name in names} if row else {}
