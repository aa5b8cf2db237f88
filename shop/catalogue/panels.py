"""What the catalogue lends to other rooms' pages."""

from flask import render_template
from sqlalchemy import func, select

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.database import db


def overview(actor: Actor) -> str:
    """How many products there are and how many are on sale."""
    if not actor.may(Permission.CATALOGUE_READ):
        return ""
    mine = access.rows(actor, Product, Permission.CATALOGUE_READ).subquery()
    published = func.count().filter(mine.c.on_sale)
    total, on_sale = db.session.execute(select(func.count(), published).select_from(mine)).one()
    return render_template("catalogue/overview.html", total=total, on_sale=on_sale)
