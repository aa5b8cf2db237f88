"""Back office: goods in."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product, Variant
from shop.database import db, transaction
from shop.fields import Quantity, Schema
from shop.inventory import stock

bp = Blueprint("inventory", __name__, url_prefix="/ban-hang/kho")


class ReceiptSchema(Schema):
    """Goods that came in."""

    quantity = Quantity(least="0.001", most="100000", required=True)


@bp.route("/<ref>/nhap", methods=["POST"])
@access.signed_in
def receipt(actor: Actor, ref: str) -> ResponseReturnValue:
    """Book a receipt of a variant; the same form twice books it once."""
    variant = access.get(actor, Variant, ref, Permission.CATALOGUE_WRITE)
    product_ref = db.session.scalar(select(Product.ref).where(Product.id == variant.product_id))
    form = pages.form(ReceiptSchema())
    if form.errors:
        return pages.refused("catalogue.product", form, ref=product_ref)
    quantity = form.data["quantity"]
    with transaction():
        if stock.receive(variant.id, quantity, source=f"form:{form.key}"):
            audit.note(actor, "stock.receive", variant, f"{variant.pack} +{quantity:f}")
    return pages.saved("catalogue.product", _("Đã nhập kho."), ref=product_ref)
