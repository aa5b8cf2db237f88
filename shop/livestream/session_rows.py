"""The rows behind each figure of a session: a figure is the count and the sums of its rows.

Every query gives the columns `at`, `subject` ("claim:…", "order:…", "comment:…"), `said`, `code`,
`quantity`, `unit`, `amount_vnd`, `variant_id` and `helper_id` (who of the staff did it, null where
nobody had to). What was rehearsed is in none of them.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Numeric,
    Select,
    Text,
    cast,
    func,
    literal,
    null,
    select,
)

from shop.catalogue.models import Variant
from shop.livestream import baskets
from shop.livestream.models import Broadcast, Buyer, Claim, ClaimState, Comment, CommentState
from shop.orders import dues
from shop.orders.models import Order, OrderLine, PayBy, ReturnedLine, State

Rows = Select[Any]

VOID = (State.CANCELLED, State.EXPIRED)

_PRICE = func.coalesce(Claim.price_vnd, Variant.price_vnd)
_WORTH = func.round(Claim.quantity * _PRICE)
_NET = Order.paid_vnd - Order.refunded_vnd
_OWED = Order.total_vnd - Order.returned_vnd - Order.written_off_vnd
_OPEN = func.greatest(_OWED - _NET, 0)
_LATER = Order.pay_by != PayBy.CASHLESS
_EXPECTED = Order.state.not_in(dues.CLOSED)


def of(name: str, broadcast: Broadcast) -> Rows:
    """The rows of one figure, in no order."""
    return _FIGURES[name](broadcast)


def _claims(*where: ColumnElement[bool]) -> Callable[[Broadcast], Rows]:
    def rows(broadcast: Broadcast) -> Rows:
        query = _columns(
            at=func.coalesce(Claim.said_at, Claim.created_at),
            subject=func.concat("claim:", Claim.ref),
            said=Buyer.name,
            code=Claim.code,
            quantity=Claim.quantity,
            unit=Variant.unit,
            amount_vnd=_WORTH,
            variant_id=Claim.variant_id,
            helper_id=Claim.made_by,
        )
        query = query.join_from(Claim, Buyer, Buyer.id == Claim.buyer_id)
        query = query.join(Variant, Variant.id == Claim.variant_id)
        return query.where(Claim.broadcast_id == broadcast.id, *where)

    return rows


def _orders(
    amount_vnd: Any, *where: ColumnElement[bool], void: bool = False
) -> Callable[[Broadcast], Rows]:
    """Orders of the session that stand, or those that fell through."""

    def rows(broadcast: Broadcast) -> Rows:
        fell = Order.state.in_(VOID) if void else Order.state.not_in(VOID)
        return _order_rows(amount_vnd).where(_of(broadcast), fell, *where)

    return rows


def _order_rows(amount_vnd: Any, **more: Any) -> Rows:
    return _columns(
        **{
            "at": Order.placed_at,
            "subject": func.concat("order:", Order.ref),
            "said": Order.buyer_name,
            "amount_vnd": amount_vnd,
        }
        | more
    ).select_from(Order)


def _of(broadcast: Broadcast) -> ColumnElement[bool]:
    return Order.source == baskets.source_of(broadcast.ref)


def _placed(broadcast: Broadcast) -> Rows:
    return _order_rows(Order.total_vnd).where(_of(broadcast))


def _changed(broadcast: Broadcast) -> Rows:
    """What an order's goods cost more or less than its claims: by the scales, by the buyer."""
    claimed = (
        select(func.coalesce(func.sum(_WORTH), 0))
        .select_from(Claim)
        .join(Variant, Variant.id == Claim.variant_id)
        .where(Claim.order_ref == Order.ref, Claim.broadcast_id == broadcast.id)
        .scalar_subquery()
    )
    difference = Order.goods_vnd - claimed
    return _order_rows(difference).where(_of(broadcast), difference != 0)


def _paying(broadcast: Broadcast) -> Rows:
    """Orders paid by transfer or card, with the seconds from the order to the money."""
    took = func.round(func.extract("epoch", Order.paid_at - Order.placed_at))
    rows = _order_rows(_NET, quantity=took, unit=literal("giây"))
    return rows.where(_of(broadcast), Order.state.not_in(VOID), ~_LATER, Order.paid_at.is_not(None))


def _lines(quantity: Any, amount_vnd: Any, *where: ColumnElement[bool]) -> Callable[..., Rows]:
    """Lines of orders that stand."""

    def rows(broadcast: Broadcast) -> Rows:
        query = _columns(
            at=Order.placed_at,
            subject=func.concat("order:", Order.ref),
            said=func.concat(OrderLine.name, " ", OrderLine.pack),
            quantity=quantity,
            unit=OrderLine.unit,
            amount_vnd=amount_vnd,
            variant_id=OrderLine.variant_id,
        )
        query = query.join_from(OrderLine, Order, Order.id == OrderLine.order_id)
        return query.where(_of(broadcast), Order.state.not_in(VOID), *where)

    return rows


def _came_back(broadcast: Broadcast) -> Rows:
    part = func.round(OrderLine.amount_vnd * ReturnedLine.quantity / OrderLine.quantity)
    rows = _lines(ReturnedLine.quantity, part)(broadcast)
    return rows.join(ReturnedLine, ReturnedLine.line_id == OrderLine.id)


def _buyers(*, bought: bool) -> Callable[[Broadcast], Rows]:
    """Who claimed something, with what their orders that stand come to; `bought`: who has one."""

    def rows(broadcast: Broadcast) -> Rows:
        mine = select(Claim.order_ref).where(Claim.buyer_id == Buyer.id).correlate(Buyer)
        worth = select(func.sum(Order.total_vnd)).where(
            Order.ref.in_(mine), Order.state.not_in(VOID)
        )
        came = worth.correlate(Buyer).scalar_subquery()
        first = select(func.min(func.coalesce(Claim.said_at, Claim.created_at)))
        began = first.where(Claim.buyer_id == Buyer.id).correlate(Buyer).scalar_subquery()
        query = _columns(
            at=began,
            subject=literal("buyer:"),
            said=Buyer.name,
            amount_vnd=func.coalesce(came, 0),
        ).select_from(Buyer)
        asked = select(Claim.id).where(Claim.buyer_id == Buyer.id).correlate(Buyer).exists()
        query = query.where(Buyer.broadcast_id == broadcast.id, asked)
        return query.where(came.is_not(None)) if bought else query

    return rows


def _comments(*where: ColumnElement[bool]) -> Callable[[Broadcast], Rows]:
    def rows(broadcast: Broadcast) -> Rows:
        query = _columns(
            at=Comment.posted_at,
            subject=func.concat("comment:", Comment.ref),
            said=func.concat(Comment.author_name, ": ", Comment.text),
            helper_id=Comment.handled_by,
        ).select_from(Comment)
        return query.where(
            Comment.broadcast_id == broadcast.id, Comment.rehearsal.is_(False), *where
        )

    return rows


_EMPTY: dict[str, Any] = {
    "at": cast(null(), DateTime(timezone=True)),
    "subject": cast(null(), Text),
    "said": cast(null(), Text),
    "code": cast(null(), Text),
    "quantity": cast(null(), Numeric),
    "unit": cast(null(), Text),
    "amount_vnd": literal(0),
    "variant_id": cast(null(), BigInteger),
    "helper_id": cast(null(), BigInteger),
}
COLUMNS = tuple(_EMPTY)


def _columns(**given: Any) -> Rows:
    """A query of the columns that every figure has; those not given are empty."""
    return select(*((_EMPTY | given)[name].label(name) for name in COLUMNS))


_KIND: ColumnElement[str] = Comment.reading["kind"].astext
_SENT = Order.state.in_(dues.HANDED_OVER)

_FIGURES: dict[str, Callable[[Broadcast], Rows]] = {
    "comments": _comments(),
    "said_order": _comments(_KIND == "order"),
    "said_question": _comments(_KIND == "question"),
    "said_cancel": _comments(_KIND == "cancel"),
    "said_phone": _comments(_KIND == "phone"),
    "said_noise": _comments(_KIND == "noise"),
    "to_review": _comments(Comment.state == CommentState.REVIEW, Comment.handled_at.is_(None)),
    "handled": _comments(Comment.handled_by.is_not(None)),
    "claims": _claims(),
    "claims_ordered": _claims(Claim.state == ClaimState.ORDERED),
    "claims_held": _claims(Claim.state == ClaimState.HELD),
    "claims_waiting": _claims(Claim.state == ClaimState.WAITING),
    "claims_cancelled": _claims(Claim.state == ClaimState.CANCELLED),
    "claims_lapsed": _claims(Claim.state == ClaimState.LAPSED),
    "changed": _changed,
    "fees": lambda on: _order_rows(Order.fee_vnd).where(_of(on), Order.fee_vnd != 0),
    "discounts": lambda on: _order_rows(-Order.discount_vnd).where(
        _of(on), Order.discount_vnd != 0
    ),
    "placed": _placed,
    "void": _orders(Order.total_vnd, void=True),
    "void_paid": _orders(_NET, _NET > 0, void=True),
    "standing": _orders(Order.total_vnd),
    "paid": _orders(_NET, _NET > 0),
    "open": _orders(_OPEN, _OPEN > 0, _EXPECTED, ~_LATER),
    "open_cod": _orders(_OPEN, _OPEN > 0, _EXPECTED, _LATER),
    "returned": _orders(Order.returned_vnd, Order.returned_vnd > 0),
    "not_asked": _orders(_OPEN, _OPEN > 0, ~_EXPECTED),
    "written_off": _orders(Order.written_off_vnd, Order.written_off_vnd > 0),
    "to_give_back": _orders(-(_NET - _OWED), _NET > _OWED),
    "paying": _paying,
    "shipped": _orders(Order.total_vnd, _SENT),
    "to_ship": _orders(Order.total_vnd, ~_SENT),
    "lines": _lines(OrderLine.quantity, OrderLine.amount_vnd),
    "lines_shipped": _lines(OrderLine.quantity, OrderLine.amount_vnd, _SENT),
    "lines_returned": _came_back,
    "buyers": _buyers(bought=False),
    "buyers_bought": _buyers(bought=True),
}
NAMES = tuple(_FIGURES)
