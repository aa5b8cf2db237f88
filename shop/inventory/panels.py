"""What the inventory lends to other rooms' pages."""

from flask import render_template

from shop import pages
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.inventory import stock


def on_product(product: Product, actor: Actor) -> str:
    """On hand and saleable of each pack, and a form for goods in."""
    ids = [variant.id for variant in product.variants]
    return render_template(
        "inventory/on_product.html",
        variants=product.variants,
        there=stock.on_hand(ids),
        saleable=stock.saleable(ids),
        may_write=actor.may(Permission.CATALOGUE_WRITE, product.seller_id),
        form=pages.Form(),
    )
