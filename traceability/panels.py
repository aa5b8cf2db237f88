"""What traceability lends to other rooms' pages."""

from flask import render_template
from sqlalchemy import func, select

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.database import db
from traceability import lots
from traceability.models import Stamp, StampBatch, StampState

LOTS_SHOWN = 5


def overview(actor: Actor) -> str:
    """How many stamps are on goods, of how many printed."""
    if not actor.may(Permission.STAMPS_READ):
        return ""
    mine = access.rows(actor, StampBatch, Permission.STAMPS_READ).with_only_columns(StampBatch.id)
    active = func.count().filter(Stamp.state == StampState.ACTIVE)
    query = select(func.count(), active).select_from(Stamp).where(Stamp.batch_id.in_(mine))
    total, on_goods = db.session.execute(query).one()
    return render_template("traceability/overview.html", total=total, on_goods=on_goods)


def on_product(product: Product, actor: Actor) -> str:
    """The product's latest lots, and the way to print stamps."""
    if not actor.may(Permission.STAMPS_READ, product.seller_id):
        return ""
    return render_template(
        "traceability/on_product.html",
        product=product,
        lots=lots.latest(product, LOTS_SHOWN),
        may_print=actor.may(Permission.STAMPS_PRINT, product.seller_id),
    )


def on_storefront(product: Product) -> str:
    """The latest lots on sale with stamps; nothing when there are none."""
    found = lots.on_goods(product, LOTS_SHOWN)
    return render_template("traceability/on_storefront.html", lots=found) if found else ""
