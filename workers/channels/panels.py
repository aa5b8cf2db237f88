"""What the channels room lends to other rooms' pages."""

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.database import db
from workers.channels.models import Listing, ListingState
from workers.channels.schemas import PLATFORMS


def overview(actor: Actor) -> str:
    """How many listings are live, and how many need a hand."""
    if not actor.may(Permission.CHANNELS_READ):
        return ""
    mine = access.rows(actor, Listing, Permission.CHANNELS_READ).subquery()
    live = func.count().filter(mine.c.state == ListingState.LIVE)
    failed = func.count().filter(mine.c.state == ListingState.FAILED)
    live_count, failed_count = db.session.execute(select(live, failed).select_from(mine)).one()
    return render_template("channels/overview.html", live=live_count, failed=failed_count)


def on_product(product: Product, actor: Actor) -> str:
    """How the product stands on each connected shop."""
    if not actor.may(Permission.CHANNELS_READ, product.seller_id):
        return ""
    ids = [variant.id for variant in product.variants]
    query = access.rows(actor, Listing, Permission.CHANNELS_READ).where(Listing.variant_id.in_(ids))
    rows = db.session.scalars(query.options(joinedload(Listing.connection)).order_by(Listing.id))
    return render_template("channels/on_product.html", listings=rows.all(), platforms=PLATFORMS)
