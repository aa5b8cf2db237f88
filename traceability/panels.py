"""What traceability lends to other rooms' pages."""

from decimal import Decimal
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from shop import pages, quantities
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.evidence import Table
from shop.catalogue.models import Product
from shop.database import db
from shop.orders.models import Order, OrderLine
from shop.storefront import caching
from traceability import lots, packing
from traceability.models import Lot, LotDraw
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


def sellers_with_stamps() -> Select[int]:
    """The sellers that have had stamps printed."""
    return select(StampBatch.seller_id)


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
    if not found:
        return ""
    caching.ask_each_time()  # a recall is seen at once
    return render_template("traceability/on_storefront.html", lots=found)


def on_order(order: Order, actor: Actor) -> str:
    """From which lots the goods of each line come: as named, or proposed, to be confirmed."""
    if not actor.may(Permission.STAMPS_READ, order.seller_id):
        return ""
    named, open_ = packing.drawn(order), order.state in packing.OPEN
    full = packing.wanted(order)
    lines = [
        line for line in packing.lines(order) if named.get(line.id) or (open_ and full[line.id])
    ]
    may_write = open_ and actor.may(Permission.ORDERS_WRITE, order.seller_id)
    rows = [_packed(line, full[line.id], named.get(line.id, []), may_write) for line in lines]
    return (
        render_template(
            "traceability/on_order.html",
            order=order,
            lines=rows,
            may_write=may_write,
            form=pages.Form(prefix="packing", values=_start(rows)),
        )
        if rows
        else ""
    )


def _packed(
    line: OrderLine, wanted: Decimal, draws: list[LotDraw], may_write: bool
) -> dict[str, Any]:
    choices = packing.choices(line) if may_write else []
    start = [packing.Part(draw.lot, draw.quantity) for draw in draws]
    start = start or (packing.propose(line, wanted) if may_write else [])
    lots = {part.lot.ref: part.lot for part in [*start, *choices]}
    left = {part.lot.ref: part.quantity for part in choices}
    return {
        "line": line,
        "wanted": wanted,
        "draws": draws,
        "whole": sum((draw.quantity for draw in draws), Decimal()) == wanted,
        "start": start,
        "options": [
            ("", _("Không")),
            *((ref, _option(lots[ref], left.get(ref), line)) for ref in lots),
        ],
    }


def _option(lot: Lot, left: Decimal | None, line: OrderLine) -> str:
    day = f", {lot.produced_on:%d/%m/%Y}" if lot.produced_on else ""
    if left is None:
        return f"{lot.code}{day}"
    said = quantities.show_with_unit(left, line.unit)
    return f"{lot.code}{day}, {_('còn %(left)s', left=said)}"


def _start(rows: list[dict[str, Any]]) -> dict[str, str]:
    values = {}
    for row in rows:
        for number, part in enumerate(row["start"]):
            values[f"lot-{row['line'].id}-{number}"] = part.lot.ref
            values[f"quantity-{row['line'].id}-{number}"] = quantities.show(part.quantity)
    return values


def for_buyer(order: Order) -> str:
    """From which lots and harvests the buyer's goods come; nothing before they are packed."""
    named = packing.drawn(order)
    lines = [(line, named[line.id]) for line in order.lines if line.id in named]
    harvests = {
        draw.lot_id: packing.harvests(draw.lot) for draws in named.values() for draw in draws
    }
    return (
        render_template("traceability/for_buyer.html", lines=lines, harvests=harvests)
        if lines
        else ""
    )


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
