"""What a marketplace paid for each order, asked of it, and made into a settlement of ours."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from shop import clock
from shop.accounts.access import Actor
from shop.database import among, db, transaction
from shop.errors import BadInput
from shop.reconciliation import settling
from shop.reconciliation.models import Batch
from shop.sellers.models import Seller
from workers.channels import connections
from workers.channels.models import Connection
from workers.channels.order_models import ChannelOrder, ChannelPayout
from workers.marketplaces.known import MARKETPLACES
from workers.marketplaces.protocol import OrderState, PayoutLine, Unreadable

# Amounts are provisional before that, on every platform; Lazada pays once it is delivered.
SETTLED = (OrderState.DELIVERED, OrderState.COMPLETED, OrderState.RETURNED)
# A payout that has not come so long after the order ended is asked for no more.
ASKED_FOR = timedelta(days=60)
# An order that changed after its payout may be paid out otherwise: it is asked for again each day,
# until so long after the change.
CHANGED_WITHIN, AGAIN_AFTER = timedelta(days=15), timedelta(hours=20)
MOST = 200


def ask(connection_id: int) -> None:
    """Ask for the payouts of the orders that ended and were not paid out yet, or changed since."""
    with transaction():
        platform = db.session.get_one(Connection, connection_id).platform
        waiting = _waiting(connection_id)
    if not waiting:
        return
    lines = _lines(connection_id, platform, waiting)
    with transaction():
        _keep(connection_id, lines)


def _lines(connection_id: int, platform: str, order_ids: Sequence[str]) -> list[PayoutLine]:
    """What was paid for these orders. One whose money cannot be read keeps no other waiting."""
    ask = partial(MARKETPLACES[platform].payouts.lines, order_ids=order_ids)
    try:
        return connections.say(connection_id, ask)
    except Unreadable:
        if len(order_ids) == 1:
            return []
        half = len(order_ids) // 2
        halves = (order_ids[:half], order_ids[half:])
        return [line for some in halves for line in _lines(connection_id, platform, some)]


def _waiting(connection_id: int) -> Sequence[str]:
    now = clock.now()
    there = select(ChannelPayout.id).where(ChannelPayout.channel_order_id == ChannelOrder.id)
    changed = there.where(
        ChannelPayout.number == 0,
        ChannelPayout.happened_at < ChannelOrder.remote_at,
        ChannelPayout.asked_at < now - AGAIN_AFTER,
        ChannelOrder.remote_at > now - CHANGED_WITHIN,
    )
    query = select(ChannelOrder.external_id).where(
        ChannelOrder.connection_id == connection_id,
        ChannelOrder.order_id.is_not(None),
        ChannelOrder.state.in_(SETTLED),
        ChannelOrder.remote_at > now - ASKED_FOR,
        ~there.exists() | changed.exists(),
    )
    # By chance: orders that are never paid out must not take the turns of all others.
    return db.session.scalars(query.order_by(func.random()).limit(MOST)).all()


def _keep(connection_id: int, lines: Sequence[PayoutLine]) -> None:
    query = select(ChannelOrder).where(
        ChannelOrder.connection_id == connection_id,
        among(ChannelOrder.external_id, [line.order_id for line in lines]),
    )
    rows = {row.external_id: row for row in db.session.scalars(query.with_for_update())}
    before = _kept(list(rows.values()))
    for line in lines:
        row = rows.get(line.order_id)
        if row is None:
            continue
        kept = before.setdefault(row.id, [])
        if kept:
            kept[0].asked_at = clock.now()
        amounts = _change(line, kept) if kept else {name: getattr(line, name) for name in _AMOUNTS}
        if kept and not any(amounts.values()):
            continue
        at = line.happened_at
        if kept and at <= kept[-1].happened_at:
            at = clock.now()
        payout = ChannelPayout(channel_order_id=row.id, number=len(kept), happened_at=at, **amounts)
        db.session.add(payout)
        kept.append(payout)


_AMOUNTS = ("gross_vnd", "fee_vnd", "tax_vnd", "adjustment_vnd", "net_vnd")


def _kept(rows: Sequence[ChannelOrder]) -> dict[int, list[ChannelPayout]]:
    """Order id → its payout and what changed of it, in order."""
    query = select(ChannelPayout).where(
        among(ChannelPayout.channel_order_id, [row.id for row in rows])
    )
    found: dict[int, list[ChannelPayout]] = {}
    for payout in db.session.scalars(query.order_by(ChannelPayout.number)):
        found.setdefault(payout.channel_order_id, []).append(payout)
    return found


def _change(line: PayoutLine, kept: Sequence[ChannelPayout]) -> dict[str, int]:
    """What the order's payout differs by from what is kept of it. No sale is in it: what is gross
    or adjustment of it is one sum, an adjustment when it is for the seller, else taken back."""
    was = total(kept)
    fee, tax = line.fee_vnd - was.fee_vnd, line.tax_vnd - was.tax_vnd
    net = line.net_vnd - was.net_vnd
    return {
        "gross_vnd": 0,
        "fee_vnd": fee,
        "tax_vnd": tax,
        "adjustment_vnd": net + fee + tax,
        "net_vnd": net,
    }


@dataclass(frozen=True)
class Total:
    """Sums of some payouts, in đồng: net = gross − fee − tax + adjustment."""

    gross_vnd: int
    fee_vnd: int
    tax_vnd: int
    adjustment_vnd: int
    net_vnd: int


def total(rows: Sequence[ChannelPayout]) -> Total:
    """The sums of these payouts."""
    names = [each.name for each in fields(Total)]
    return Total(**{name: sum(getattr(row, name) for row in rows) for name in names})


def of(connection_id: int, first: date, last: date) -> Sequence[ChannelPayout]:
    """The payouts of these days (Vietnam's, both included)."""
    query = (
        select(ChannelPayout)
        .join(ChannelOrder, ChannelOrder.id == ChannelPayout.channel_order_id)
        .where(
            ChannelOrder.connection_id == connection_id,
            ChannelPayout.happened_at >= clock.midnight(first),
            ChannelPayout.happened_at < clock.midnight(last + timedelta(days=1)),
        )
    )
    query = query.options(
        contains_eager(ChannelPayout.channel_order).joinedload(ChannelOrder.order)
    )
    return db.session.scalars(query.order_by(ChannelPayout.happened_at, ChannelPayout.id)).all()


def settle(actor: Actor, connection: Connection, first: date, last: date) -> Batch:
    """A settlement of what was paid out in these days, as if its sheet had been sent.

    The same days with the same payouts are the settlement that is there. Raises BadInput.
    """
    rows = of(connection.id, first, last)
    if not rows:
        raise BadInput({"first": [_("Những ngày này sàn chưa trả đơn nào.")]})
    seller = db.session.get_one(Seller, connection.seller_id)
    told = [_told(row) for row in rows]
    sheet = {"first": first.isoformat(), "last": last.isoformat(), "lines": told}
    name = f"{connection.platform}-{connection.shop_id}-{first:%Y%m%d}-{last:%Y%m%d}.json"
    data = json.dumps(sheet, sort_keys=True).encode()
    return settling.take_told(actor, seller, connection.platform, data, name)


def _told(row: ChannelPayout) -> dict[str, Any]:
    """A line of the sheet. What was taken back of an order is a refund that somebody decides."""
    number, said = row.channel_order.external_id, ""
    amounts = {name: getattr(row, name) for name in _AMOUNTS}
    kind = "sale"
    if row.number:
        kind, said = "adjustment", _("Sàn chỉnh tiền của đơn này sau khi đã trả.")
    if row.number and row.adjustment_vnd < 0:
        kind = "refund"
        amounts |= {"gross_vnd": row.adjustment_vnd, "adjustment_vnd": 0}
    return {
        "reference": f"{number}#{row.number}" if row.number else number,
        "order": number,
        "kind": kind,
        "text": said,
        "happened_on": clock.vietnam(row.happened_at).date().isoformat(),
        **amounts,
    }
