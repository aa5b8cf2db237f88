"""Back office: the slips of a session's orders, in the order in which they are packed."""

from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, or_
from sqlalchemy.orm import lazyload

from shop import once, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.livestream import screens
from shop.livestream.models import Broadcast
from shop.orders import slip_views
from shop.orders.models import PAID_LATER, Order, State
from shop.orders.schemas import SlipSchema

bp = Blueprint("session_slips", __name__, url_prefix="/ban-hang/livestream")

# One run of paper; what is left over comes with the next.
MOST = 300


@bp.get("/<ref>/phieu-giao")
@access.signed_in
def slips(actor: Actor, ref: str) -> ResponseReturnValue:
    """How many orders of the session wait for their slip, and buttons to print them."""
    row = _session(actor, ref)
    new = func.count().filter(Order.slips_printed == 0)
    wanted = _wanted(actor, row).with_only_columns(func.count(), new).order_by(None)
    total, unprinted = db.session.execute(wanted).one()
    return pages.page(
        "session_slips/slips.html",
        broadcast=row,
        total=total,
        unprinted=unprinted,
        most=MOST,
        new_key=once.new_key(),
        all_key=once.new_key(),
    )


@bp.post("/<ref>/phieu-giao")
@access.signed_in
def print_slips(actor: Actor, ref: str) -> ResponseReturnValue:
    """The slips that were never printed, or all of them again, as one document."""
    row = _session(actor, ref)
    form = pages.form(SlipSchema())
    if form.errors:
        return pages.refused("session_slips.slips", form, ref=ref)
    orders = _of_run(actor, row, form)
    if not orders:
        flash(_("Không có phiếu nào cần in."), "info")
        return redirect(url_for("session_slips.slips", ref=ref), 303)
    here = url_for("session_slips.slips", ref=ref, don=",".join(order.ref for order in orders))
    return slip_views.hand_out(actor, orders, form, here)


def _session(actor: Actor, ref: str) -> Broadcast:
    access.expect(actor, Permission.ORDERS_WRITE)
    return access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)


def _wanted(actor: Actor, row: Broadcast) -> Select[Order]:
    """What may be packed: paid, or to be paid on delivery; who was served first comes first."""
    query = access.rows(actor, Order, Permission.ORDERS_WRITE)
    query = query.where(Order.source == screens.topic(row), or_(*_packable()))
    return query.order_by(func.coalesce(Order.paid_at, Order.placed_at), Order.id)


def _packable() -> tuple[ColumnElement[bool], ...]:
    in_hand = Order.state.in_([State.PAID, State.PACKING])
    return in_hand, (Order.state == State.CONFIRMED) & Order.pay_by.in_(PAID_LATER)


def _of_run(actor: Actor, row: Broadcast, form: pages.Form) -> list[Order]:
    """The orders of this run; of a form that was sent before, those that it printed then."""
    query = _wanted(actor, row).options(lazyload(Order.lines))
    printed = once.led_to(slip_views.key(form))
    if printed is not None:
        refs = parse_qs(urlsplit(printed).query).get("don", [""])[0]
        query = query.where(Order.ref.in_(refs.split(",")))
    elif form.data["which"] == "new":
        query = query.where(Order.slips_printed == 0)
    return list(db.session.scalars(query.limit(MOST)))
