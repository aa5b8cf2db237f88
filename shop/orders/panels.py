"""What orders lend to other rooms' pages."""

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import func, select

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.evidence import Table
from shop.catalogue.models import Product
from shop.database import db
from shop.inventory.models import Harvest
from shop.orders import buyers
from shop.orders.models import Order, OrderLine, State


def overview(actor: Actor) -> str:
    """How many orders wait for money, and how many are paid and wait to be packed."""
    if not actor.may(Permission.ORDERS_READ):
        return ""
    mine = access.rows(actor, Order, Permission.ORDERS_READ).subquery()
    waiting = func.count().filter(mine.c.state == State.AWAITING_PAYMENT)
    # Paid ahead, goods still to be harvested: there is nothing to pack yet.
    to_come = select(Harvest.id).where(Harvest.arrived_at.is_(None))
    there = mine.c.harvest_id.is_(None) | mine.c.harvest_id.not_in(to_come)
    to_pack = func.count().filter(mine.c.state == State.PAID, there)
    counts = db.session.execute(select(waiting, to_pack).select_from(mine)).one()
    return render_template("orders/overview.html", waiting=counts[0], to_pack=counts[1])


# What counts as sold.
SOLD = (State.PAID, State.PACKING, State.SHIPPED, State.DELIVERED, State.COMPLETED)


def evidence(product: Product, actor: Actor) -> Table | None:
    """What was sold of a product by month, channel and unit, for the evidence pack."""
    if not actor.may(Permission.ORDERS_READ, product.seller_id):
        return None
    month = func.to_char(func.timezone("Asia/Ho_Chi_Minh", Order.placed_at), "YYYY-MM")
    channel = func.split_part(Order.source, ":", 1)
    packs = [pack.id for pack in product.variants]
    query = (
        select(
            *(month, channel, OrderLine.unit, func.count(Order.id.distinct())),
            *(func.sum(OrderLine.quantity), func.sum(OrderLine.amount_vnd)),
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(OrderLine.variant_id.in_(packs), Order.state.in_(SOLD))
        .group_by(month, channel, OrderLine.unit)
        .order_by(month, channel, OrderLine.unit)
    )
    rows = [tuple(row) for row in db.session.execute(query)]
    headings = (
        *(_("Tháng"), _("Kênh bán"), _("Đơn vị tính")),
        *(_("Số đơn"), _("Số lượng"), _("Tiền (đồng)")),
    )
    return Table("ban-hang", _("Bán hàng theo kênh"), headings, rows)


def on_order(order: Order, actor: Actor) -> str:
    """What the seller knows of the buyer, and the mark of a parcel they did not take."""
    return render_template(
        "buyer_marks/on_order.html",
        order=order,
        history=buyers.history(order.seller_id, order.buyer_phone),
        mark=buyers.mark_of(order),
        may_mark=buyers.may_mark(order),
        months=buyers.months(clock.today()),
        may_write=actor.may(Permission.ORDERS_WRITE, order.seller_id),
        form=pages.Form(prefix="mark"),
    )


def for_buyer(order: Order) -> str:
    """The buyer's own page: that a mark exists, what it means, until when, and an appeal."""
    made = buyers.mark_of(order)
    if made is None:
        return ""
    form = pages.Form(prefix="appeal")
    return render_template("buyer_marks/for_buyer.html", order=order, mark=made, form=form)
