"""Back office: orders."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import BinaryIO

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy import Select
from sqlalchemy.orm import joinedload, lazyload

from shop import clock, pages, references, text
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import BadInput
from shop.fields import Quantity
from shop.orders import dues, parcels, preorders, returns, slips, states, weighing, words
from shop.orders.models import Order, State
from shop.orders.schemas import ReturnSchema, SendSchema, WeighSchema, WhySchema

bp = Blueprint("orders", __name__, url_prefix="/ban-hang/don-hang")


# Needs a form of its own.
SENDS, ENDS = {State.SHIPPED}, {State.CANCELLED}
AFTER_SENDING = {state for state, to in states.MOVES.items() if State.RETURNED in to} | {
    State.RETURNED
}
RETURNED = Quantity(least="0", most="1000000")


@bp.get("")
@access.signed_in
def orders(actor: Actor) -> ResponseReturnValue:
    """The orders of the actor's sellers, newest first; by state, or found by reference or name."""
    access.expect(actor, Permission.ORDERS_READ)
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
        may_write=actor.may(Permission.ORDERS_WRITE),
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
        sources=words.ENTRY_SOURCES,
        ways=words.WAYS,
        only_a_sum=words.ONLY_A_SUM,
        deeds=[(to, words.DEEDS[to]) for to in words.DEEDS if to in allowed - SENDS - ENDS],
        may_cancel=State.CANCELLED in allowed,
        may_print=may_write,
        sends=State.SHIPPED in allowed,
        lapsed=_lapsed(row),
        on_its_way=may_write and State(row.state) in parcels.ON_ITS_WAY,
        parcel=pages.Form({"carrier": row.carrier or "", "tracking_no": row.tracking_no or ""}),
        to_come=preorders.to_come(row),
        returns=State.PARTLY_RETURNED in allowed,
        weighed=weighing.lines(row) if may_write else [],
        open_vnd=dues.open_vnd(row),
        may_let_go=bool(row.paid_vnd) and actor.may(Permission.MONEY_WRITE, row.seller_id),
        returned=returns.returned(row) if State(row.state) in AFTER_SENDING else {},
        form=pages.Form(),
    )


def _lapsed(row: Order) -> bool:
    """Whether part of the money came and the rest not in time, so that nothing is held."""
    waits = row.state == State.AWAITING_PAYMENT and row.harvest_id is None and row.paid_vnd > 0
    return waits and row.expires_at is not None and row.expires_at <= clock.now()


@bp.post("/<ref>/gui")
@access.signed_in
def send(actor: Actor, ref: str) -> ResponseReturnValue:
    """The parcel is with a carrier: its goods leave the stock, the buyer sees the number."""
    form = pages.form(SendSchema())
    if not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, Order, ref, Permission.ORDERS_WRITE, lock=True)
            row.carrier = form.data["carrier"] or None
            row.tracking_no = form.data["tracking_no"] or None
            states.move(row, State.SHIPPED, who=actor.name, why=form.data["tracking_no"])
            audit.note(actor, "order.move", row, row.ref)
    else:
        access.get(actor, Order, ref, Permission.ORDERS_WRITE)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", ref=ref)


@bp.post("/<ref>/van-don")
@access.signed_in
def parcel(actor: Actor, ref: str) -> ResponseReturnValue:
    """Another carrier or number for what was sent; the buyer sees it, the log keeps the old one."""
    access.get(actor, Order, ref, Permission.ORDERS_WRITE)
    form = pages.form(SendSchema())
    if not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, Order, ref, Permission.ORDERS_WRITE, lock=True)
            parcels.correct(row, form.data["carrier"], form.data["tracking_no"], who=actor.name)
            audit.note(actor, "order.parcel", row, row.ref)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", _("Đã sửa vận đơn."), ref=ref)


@bp.post("/<ref>/tra-lai")
@access.signed_in
def take_back(actor: Actor, ref: str) -> ResponseReturnValue:
    """Goods came back: so much of each line, for sale again or not. The same form acts once."""
    access.get(actor, Order, ref, Permission.ORDERS_WRITE)
    form = pages.form(ReturnSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, Order, ref, Permission.ORDERS_WRITE, lock=True)
            restock = form.data["restock"] == "yes"
            came = _came(row)
            why, key = form.data["why"], f"form:{form.key}"
            returns.take(row, came, restock=restock, who=actor.name, why=why, key=key)
            audit.note(actor, "order.return", row, row.ref)
            pages.claim(form, "orders.order", ref=ref)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", _("Đã ghi hàng trả lại."), ref=ref)


def _came(row: Order) -> dict[int, Decimal]:
    """Line id → how much the form says came back. Raises BadInput."""
    came, wrong = {}, {}
    for line in row.lines:
        typed = request.form.get(f"line-{line.id}", "").strip()
        try:
            came[line.id] = RETURNED.deserialize(typed) if typed else Decimal(0)
        except ValidationError as error:
            wrong[f"line-{line.id}"] = [str(message) for message in error.messages]
    if wrong:
        raise BadInput(wrong)
    return came


@bp.post("/<ref>/can")
@access.signed_in
def weigh(actor: Actor, ref: str) -> ResponseReturnValue:
    """What the scales say of each weighed line. The same form acts once."""
    access.get(actor, Order, ref, Permission.ORDERS_WRITE)
    form = pages.form(WeighSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, Order, ref, Permission.ORDERS_WRITE, lock=True)
            actual = {line: quantity for line, quantity in _came(row).items() if quantity}
            weighing.weigh(row, actual, who=actor.name, why=form.data["why"])
            audit.note(actor, "order.weigh", row, row.ref)
            pages.claim(form, "orders.order", ref=ref)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", _("Đã ghi cân, tính lại tiền."), ref=ref)


@bp.post("/<ref>/bo-qua-phan-thieu")
@access.signed_in
def let_go(actor: Actor, ref: str) -> ResponseReturnValue:
    """The seller asks for what is still open no more."""
    access.get(actor, Order, ref, Permission.MONEY_WRITE)
    form = pages.form(WhySchema())
    if not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, Order, ref, Permission.MONEY_WRITE, lock=True)
            weighing.let_go(row, who=actor.name, why=form.data["why"])
            audit.note(actor, "order.let_go", row, row.ref)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", _("Đã bỏ qua phần còn thiếu."), ref=ref)


@bp.get("/<ref>/nhan.pdf")
@access.signed_in
def label(actor: Actor, ref: str) -> ResponseReturnValue:
    """The A6 label of a parcel."""
    return _paper(access.get(actor, Order, ref, Permission.ORDERS_READ), slips.label)


@bp.get("/<ref>/phieu.pdf")
@access.signed_in
def packing_slip(actor: Actor, ref: str) -> ResponseReturnValue:
    """The packing slip: what to put into the parcel."""
    return _paper(access.get(actor, Order, ref, Permission.ORDERS_READ), slips.packing_slip)


def _paper(row: Order, draw: Callable[[Order, BinaryIO], None]) -> Response:
    out = BytesIO()
    draw(row, out)
    headers = {"Cache-Control": "private, no-store"}
    return Response(out.getvalue(), mimetype="application/pdf", headers=headers)


@bp.post("/<ref>/chuyen")
@access.signed_in
def move(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take the order one step on, or cancel it with the reason."""
    access.get(actor, Order, ref, Permission.ORDERS_WRITE)
    to = request.form.get("to", "")
    form = pages.form(WhySchema()) if to == State.CANCELLED else pages.Form()
    if not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, Order, ref, Permission.ORDERS_WRITE, lock=True)
            if to not in words.DEEDS:
                raise BadInput({"to": [_("Không có bước này.")]})
            why = form.data["why"] if to == State.CANCELLED else ""
            states.move(row, State(to), who=actor.name, why=why)
            audit.note(actor, "order.move", row, row.ref)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", ref=ref)
