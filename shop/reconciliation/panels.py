"""What reconciliation lends to other rooms' pages."""

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.orders.models import Order
from shop.payments import reviews
from shop.payments.models import GatewayPayment
from shop.reconciliation import silence
from shop.reconciliation.models import Allocation, BankLine, LineState
from shop.sellers.models import Seller


def overview(actor: Actor) -> str:
    """How many bank lines wait for a person."""
    if not actor.may(Permission.MONEY_READ):
        return ""
    mine = access.rows(actor, BankLine, Permission.MONEY_READ).subquery()
    waiting = func.count().filter(mine.c.state.in_([LineState.SUSPENSE, LineState.PARTLY]))
    held = access.rows(actor, GatewayPayment, Permission.MONEY_READ).where(reviews.WAITING)
    total, open_lines = db.session.execute(select(func.count(), waiting).select_from(mine)).one()
    mine_too = db.session.scalars(
        access.rows(actor, Seller, Permission.MONEY_READ).with_only_columns(Seller.id).limit(500)
    ).all()
    return render_template(
        "reconciliation/overview.html",
        total=total,
        waiting=open_lines,
        held=db.session.scalar(select(func.count()).select_from(held.subquery())),
        quiet=silence.quiet(mine_too)[:5],
    )


def on_order(order: Order, actor: Actor) -> str:
    """The bank lines that pay an order, for those who may see money."""
    if not actor.may(Permission.MONEY_READ, order.seller_id):
        return ""
    query = (
        select(Allocation, BankLine)
        .join(BankLine, BankLine.id == Allocation.bank_line_id)
        .where(
            Allocation.order_id == order.id,
            Allocation.undone_at.is_(None),
            Allocation.refund_id.is_(None),  # what goes back is told with the refunds
        )
        .options(joinedload(BankLine.bank_account))
    )
    paid = db.session.execute(query.order_by(Allocation.id)).all()
    return render_template("reconciliation/on_order.html", paid=paid)
