"""What orders lend to other rooms' pages."""

from flask import render_template
from sqlalchemy import func, select

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.orders.models import Order, State


def overview(actor: Actor) -> str:
    """How many orders wait for money, and how many are paid and wait to be packed."""
    if not actor.may(Permission.ORDERS_READ):
        return ""
    mine = access.rows(actor, Order, Permission.ORDERS_READ).subquery()
    waiting = func.count().filter(mine.c.state == State.AWAITING_PAYMENT)
    to_pack = func.count().filter(mine.c.state == State.PAID)
    counts = db.session.execute(select(waiting, to_pack).select_from(mine)).one()
    return render_template("orders/overview.html", waiting=counts[0], to_pack=counts[1])
