"""Back office: orders."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import joinedload, lazyload

from shop import pages, references, text
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import BadInput
from shop.orders import states, words
from shop.orders.models import Order, State

bp = Blueprint("orders", __name__, url_prefix="/ban-hang/don-hang")


@bp.get("")
@access.signed_in
def orders(actor: Actor) -> ResponseReturnValue:
    """The orders of the actor's sellers, newest first; by state, or found by reference or name."""
    state = request.args.get("trang-thai", "")
    query = access.rows(actor, Order, Permission.ORDERS_READ)
    if state in words.NAMES:
        query = query.where(Order.state == state)
    query = _found(query, request.args.get("q", "")[:60])
    query = query.options(joinedload(Order.seller), lazyload(Order.lines))
    tabs = [(_("Tất cả"), url_for(".orders"), state == "")]
    tabs += [
        (name, url_for(".orders") + f"?trang-thai={s}", state == s)
        for s, name in words.NAMES.items()
    ]
    return pages.page(
        "orders/orders.html",
        page=pages.paged(query.order_by(Order.placed_at.desc(), Order.id.desc())),
        tabs=tabs,
        names=words.NAMES,
        tones=words.TONES,
    )


def _found(query: Select[Order], said: str) -> Select[Order]:
    if not said.strip():
        return query
    refs = [found.ref for found in references.find(said)]
    name = Order.buyer_name.ilike(f"%{_escaped(text.nfc(said.strip()))}%", escape="\\")
    return query.where(Order.ref.in_(refs) if refs else name)


def _escaped(said: str) -> str:
    return said.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@bp.get("/<ref>")
@access.signed_in
def order(actor: Actor, ref: str) -> ResponseReturnValue:
    """One order: lines, buyer, what happened, and what can be done next."""
    row = access.get(actor, Order, ref, Permission.ORDERS_READ)
    may_write = actor.may(Permission.ORDERS_WRITE, row.seller_id)
    allowed = states.moves(row) if may_write else frozenset()
    return pages.page(
        "orders/order.html",
        actor=actor,
        order=row,
        names=words.NAMES,
        tones=words.TONES,
        deeds=[(state, words.DEEDS[state]) for state in words.DEEDS if state in allowed],
    )


@bp.post("/<ref>/chuyen")
@access.signed_in
def move(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take the order one step on, or cancel it."""
    to = request.form.get("to", "")
    form = pages.Form()
    with form.guard(), transaction():
        row = access.get(actor, Order, ref, Permission.ORDERS_WRITE, lock=True)
        if to not in words.DEEDS:
            raise BadInput({"to": [_("Không có bước này.")]})
        states.move(row, State(to), who=actor.name)
        audit.note(actor, "order.move", row, row.ref)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", ref=ref)
