"""A portal's orders: typed by hand or read from its file, taken in like those of a marketplace.

An order is known by the portal's own number, so the same told again changes nothing; what is
told goes forward only, for an old file may be sent after a new one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Variant
from shop.database import among, db
from shop.errors import BadInput
from workers.channels import orders as intake
from workers.channels.models import Connection, Listing
from workers.channels.order_models import ChannelOrder, Intake, ItemLink
from workers.marketplaces.portal_files import number_of
from workers.marketplaces.protocol import Order, OrderLine, OrderState
from workers.portals.errors import OrderKnown

# How far an order is; nothing leads back.
FORWARD = (
    OrderState.PLACED,
    OrderState.CONFIRMED,
    OrderState.SHIPPED,
    OrderState.DELIVERED,
    OrderState.COMPLETED,
    OrderState.CANCELLED,
    OrderState.RETURNED,
)
_UNFINISHED = {Intake.NEEDS_LINK, Intake.TROUBLE}


class Becomes(StrEnum):
    """What an order of a file would become. DIFFERS: it is ours with another sum."""

    NEW = "new"
    NEEDS_LINK = "needs_link"
    MOVES = "moves"
    SAME = "same"
    DIFFERS = "differs"


@dataclass(frozen=True)
class Step:
    """One order of a file. `unknown`: its items (external ids) that are none of our goods yet."""

    told: Order
    becomes: Becomes
    unknown: tuple[str, ...] = ()

    @property
    def acts(self) -> bool:
        """Whether taking it in changes anything."""
        return self.becomes not in {Becomes.SAME, Becomes.DIFFERS}


def plan(connection: Connection, told: Sequence[Order]) -> list[Step]:
    """What each order of a file would become; the same number of queries for any number."""
    query = select(ChannelOrder).where(
        ChannelOrder.connection_id == connection.id,
        among(ChannelOrder.external_id, [order.order_id for order in told]),
    )
    there = {row.external_id: row for row in db.session.scalars(query)}
    known = _known(connection, {key for order in told for key in _keys(order)})
    steps = []
    for order in told:
        unknown = tuple(
            dict.fromkeys(
                line.external_id for line in order.lines if not {line.external_id, line.sku} & known
            )
        )
        row = there.get(order.order_id)
        steps.append(Step(order, _becomes(row, order, unknown), unknown))
    return steps


def _keys(order: Order) -> set[str]:
    return {key for line in order.lines for key in (line.external_id, line.sku) if key}


def _known(connection: Connection, keys: set[str]) -> set[str]:
    """Of these names and SKUs those that are goods of ours."""
    skus = select(Variant.sku).where(
        Variant.seller_id == connection.seller_id, among(Variant.sku, keys)
    )
    said = select(ItemLink.external_id).where(
        ItemLink.connection_id == connection.id, among(ItemLink.external_id, keys)
    )
    listed = select(Listing.external_id).where(
        Listing.connection_id == connection.id, among(Listing.external_id, keys)
    )
    return {str(key) for query in (skus, said, listed) for key in db.session.scalars(query)}


def _becomes(row: ChannelOrder | None, told: Order, unknown: tuple[str, ...]) -> Becomes:
    if row is None:
        return Becomes.NEEDS_LINK if unknown else Becomes.NEW
    if row.total_vnd != told.total_vnd:
        return Becomes.DIFFERS
    ahead = FORWARD.index(told.state) > FORWARD.index(OrderState(row.state))
    if row.intake == Intake.NEEDS_LINK and not unknown:
        return Becomes.NEW
    if ahead:
        return Becomes.NEEDS_LINK if unknown else Becomes.MOVES
    same = told.state == row.state
    return Becomes.MOVES if row.intake in _UNFINISHED and not unknown and same else Becomes.SAME


def take_in(connection: Connection, told: Order) -> ChannelOrder | None:
    """Take one order of a file in, if that still changes anything; else None."""
    [step] = plan(connection, [told])
    return intake.take_in(connection, told) if step.acts else None


def enter(actor: Actor, connection: Connection, data: dict[str, Any]) -> ChannelOrder:
    """Take in an order as somebody typed it. `data` as OrderSchema gives it.

    Raises BadInput (an amount below zero, a day to come), OrderKnown.
    """
    told = _order(data)
    there = select(ChannelOrder.id).where(
        ChannelOrder.connection_id == connection.id, ChannelOrder.external_id == told.order_id
    )
    if db.session.scalar(there) is not None:
        raise OrderKnown(told.order_id)
    row = intake.take_in(connection, told)
    audit.note(actor, "portal.order", row, f"{connection.name} {row.external_id}")
    return row


def _order(data: dict[str, Any]) -> Order:
    if data["placed_on"] and data["placed_on"] > clock.today():
        raise BadInput({"placed_on": [_("Ngày đặt chưa tới.")]})
    lines = tuple(
        OrderLine(
            str(number),
            line["variant"].sku,
            line["variant"].sku,
            line["variant"].product.name,
            line["quantity"],
            line["price_vnd"],
        )
        for number, line in enumerate(data["lines"], 1)
    )
    fee_vnd, discount_vnd = data["fee_vnd"] or 0, data["discount_vnd"] or 0
    goods_vnd = sum(line.quantity * line.unit_price_vnd for line in lines)
    total_vnd = goods_vnd + fee_vnd - discount_vnd
    if total_vnd < 0:
        raise BadInput({"discount_vnd": [_("Giảm giá lớn hơn tiền hàng.")]})
    now = clock.now()
    return Order(
        order_id=number_of(data["number"]),
        state=OrderState(data["state"]),
        said=data["state"],
        updated_at=now,
        placed_at=clock.midnight(data["placed_on"]) if data["placed_on"] else now,
        buyer_name=data["buyer"],
        buyer_phone=data["phone"] or "",
        address=data["address"],
        lines=lines,
        fee_vnd=fee_vnd,
        discount_vnd=discount_vnd,
        total_vnd=total_vnd,
        note=data["note"],
    )
