"""What traceability lends to other rooms' pages."""

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import func, select

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.evidence import Table
from shop.catalogue.models import Product
from shop.database import db
from traceability import lots
from traceability.models import Lot
from traceability.stamp_models import Stamp, StampBatch, StampState

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
        may_write=actor.may(Permission.TRACE_WRITE, product.seller_id),
    )


def on_storefront(product: Product) -> str:
    """The latest lots on sale with stamps; nothing when there are none."""
    found = lots.on_goods(product, LOTS_SHOWN)
    return render_template("traceability/on_storefront.html", lots=found) if found else ""


def evidence(product: Product, actor: Actor) -> Table | None:
    """Every lot of a product with its stamps, for the evidence pack."""
    if not actor.may(Permission.STAMPS_READ, product.seller_id):
        return None
    active = func.count().filter(Stamp.state == StampState.ACTIVE)
    query = select(Lot, func.count(Stamp.id), active).where(Lot.product_id == product.id)
    query = query.outerjoin(StampBatch, StampBatch.lot_id == Lot.id)
    query = query.outerjoin(Stamp, Stamp.batch_id == StampBatch.id)
    rows = db.session.execute(query.group_by(Lot.id).order_by(Lot.id))
    headings = (_("Lô"), _("Ngày sản xuất"), _("Tem đã in"), _("Tem đã kích hoạt"), _("Ghi chú"))
    lines = [
        (
            *(lot.code, f"{lot.produced_on:%d/%m/%Y}" if lot.produced_on else ""),
            *(printed, on_goods, _("lô minh họa") if lot.illustrative else ""),
        )
        for lot, printed, on_goods in rows
    ]
    return Table("truy-xuat", _("Truy xuất nguồn gốc điện tử"), headings, lines)
