"""Background work of invoices: goods that moved, and the provider on the other side."""

from shop.database import db, transaction
from shop.invoices import hooks, issuing
from shop.jobs import job
from shop.orders.models import Order


@job("default", tries=8)
def goods_handed_over(order_id: int) -> None:
    """The goods of an order went out; safe to run twice."""
    with transaction():
        issuing.goods_handed_over(db.session.get_one(Order, order_id))


@job("default", tries=8)
def goods_came_back(order_id: int) -> None:
    """Goods of an order came back; safe to run twice."""
    with transaction():
        issuing.goods_came_back(db.session.get_one(Order, order_id))


@job("default", tries=8)
def price_lowered(order_id: int) -> None:
    """A part of an order's price was given back; safe to run twice."""
    goods_came_back(order_id)


@job("channels", tries=12)
def send_invoice(invoice_id: int) -> None:
    """Hand an invoice to its provider; safe to run twice."""
    hooks.send(invoice_id)


@job("default", tries=5)
def read_notice(notice_id: int) -> None:
    """What a provider reported; safe to run twice."""
    hooks.read(notice_id)
