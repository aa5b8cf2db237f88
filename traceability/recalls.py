"""Recalls: what a lot was made from and went into, whom that concerns, and calling it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload

from shop import clock, outbox
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.orders.models import Order, OrderLine
from traceability import disclosure, events, stops
from traceability.errors import AlreadyRecalled, NotRecalled
from traceability.events import Item, More
from traceability.models import Container, Lot, LotDraw, TraceEvent
from traceability.recall_models import Recall, RecallLetter, RecallLot
from traceability.stamp_models import Stamp, StampBatch, StampState

# Lots and containers are the nodes. An event that was declared wrong leads nowhere; a container
# holds what was loaded since it was last emptied, and lies in its parent.
FORWARD = """
WITH RECURSIVE reached (lot_id, container_id) AS (
    SELECT CAST(:lot AS bigint), CAST(NULL AS bigint)
  UNION
    SELECT next.lot_id, next.container_id
    FROM reached, LATERAL (
        SELECT made.lot_id, CAST(NULL AS bigint) AS container_id
        FROM trace_items used JOIN trace_items made ON made.event_id = used.event_id
        WHERE used.lot_id = reached.lot_id AND used.role = 'input' AND made.role = 'output'
          AND NOT EXISTS (SELECT FROM trace_events c WHERE c.corrects_id = used.event_id)
      UNION ALL
        SELECT NULL, load.container_id
        FROM trace_items inside JOIN trace_events load ON load.id = inside.event_id
        WHERE inside.lot_id = reached.lot_id AND inside.role = 'child' AND load.kind = 'loading'
          AND NOT EXISTS (SELECT FROM trace_events c WHERE c.corrects_id = load.id)
          AND NOT EXISTS (
            SELECT FROM trace_events out
            WHERE out.container_id = load.container_id AND out.kind = 'unloading'
              AND out.id > load.id
              AND NOT EXISTS (SELECT FROM trace_events c WHERE c.corrects_id = out.id))
      UNION ALL
        SELECT NULL, parent_id FROM containers
        WHERE id = reached.container_id AND parent_id IS NOT NULL
    ) AS next
)
SELECT lot_id, container_id FROM reached ORDER BY lot_id, container_id
"""
BACKWARD = """
WITH RECURSIVE reached (lot_id) AS (
    SELECT CAST(:lot AS bigint)
  UNION
    SELECT used.lot_id
    FROM reached
    JOIN trace_items made ON made.lot_id = reached.lot_id AND made.role = 'output'
    JOIN trace_items used ON used.event_id = made.event_id AND used.role = 'input'
    WHERE NOT EXISTS (SELECT FROM trace_events c WHERE c.corrects_id = made.event_id)
)
SELECT lot_id FROM reached ORDER BY lot_id
"""


@dataclass(frozen=True)
class Reach:
    """Lots and containers reached from a lot, itself the first; ids."""

    lots: tuple[int, ...]
    containers: tuple[int, ...] = ()


def forward(lot: Lot) -> Reach:
    """The lot, every lot made from it, and the containers that any of them lies in; one query."""
    rows = db.session.execute(text(FORWARD), {"lot": lot.id}).all()
    found = sorted({row.lot_id for row in rows if row.lot_id} - {lot.id})
    held = sorted({row.container_id for row in rows if row.container_id})
    return Reach((lot.id, *found), tuple(held))


def backward(lot: Lot) -> Reach:
    """The lot and every lot that it was made from; one query."""
    found = db.session.scalars(text(BACKWARD), {"lot": lot.id})
    return Reach((lot.id, *(lot_id for lot_id in found if lot_id != lot.id)))


def made_from(lot: Lot) -> list[Lot]:
    """The lots that this one was made from, the oldest first; itself left out."""
    ids = [each for each in backward(lot).lots if each != lot.id]
    query = select(Lot).where(Lot.id.in_(ids)).order_by(Lot.id)
    return list(db.session.scalars(query.options(joinedload(Lot.product))).unique())


@dataclass(frozen=True)
class Bought:
    """So much of a lot that went into an order, in the unit of its line."""

    order: Order
    lot: Lot
    quantity: Decimal
    unit: str


@dataclass(frozen=True)
class Concerned:
    """Whom and what a recall concerns. `stamps`: batch, printed, active."""

    lots: list[Lot]
    containers: list[Container]
    stamps: list[tuple[StampBatch, int, int]]
    orders: list[Bought]


def concerned(reach: Reach) -> Concerned:
    """Lots, containers, batches of stamps and orders that these lots lead to."""
    lots = select(Lot).where(Lot.id.in_(reach.lots)).order_by(Lot.id)
    boxes = select(Container).where(Container.id.in_(reach.containers)).order_by(Container.id)
    return Concerned(
        list(db.session.scalars(lots.options(joinedload(Lot.product)))),
        list(db.session.scalars(boxes)),
        _stamps(reach.lots),
        _orders(reach.lots),
    )


def held(row: Recall) -> Concerned:
    """Whom and what a recall concerns: its lots, and what was made from them since."""
    reach = forward(row.lot)
    lots = tuple(sorted({part.lot_id for part in row.lots} | set(reach.lots)))
    return concerned(Reach(lots, reach.containers))


def _stamps(lot_ids: Sequence[int]) -> list[tuple[StampBatch, int, int]]:
    active = func.count().filter(Stamp.state == StampState.ACTIVE)
    query = (
        select(StampBatch, func.count(Stamp.id), active)
        .outerjoin(Stamp, Stamp.batch_id == StampBatch.id)
        .where(StampBatch.lot_id.in_(lot_ids))
        .group_by(StampBatch.id)
        .order_by(StampBatch.id)
    )
    return [(batch, made, on) for batch, made, on in db.session.execute(query)]


def _orders(lot_ids: Sequence[int]) -> list[Bought]:
    query = (
        select(LotDraw, Order, OrderLine.unit)
        .join(Order, Order.id == LotDraw.order_id)
        .join(OrderLine, OrderLine.id == LotDraw.line_id)
        .where(LotDraw.lot_id.in_(lot_ids), LotDraw.undone_at.is_(None))
        .options(joinedload(LotDraw.lot))
        .order_by(Order.id, LotDraw.id)
    )
    return [
        Bought(order, draw.lot, draw.quantity, unit)
        for draw, order, unit in db.session.execute(query)
    ]


def recall(actor: Actor, lot: Lot, reason: str) -> Recall:
    """Call back a lot and everything made from it: scans say so from now on.

    Lots called back before stay so. Letters to buyers are drafted, and the sellers' owners told.
    What is left of it is sold no more, on any channel (see `stops`). Raises AlreadyRecalled.
    """
    lots = _locked(forward(lot).lots)
    if lot.recalled_at is not None:
        raise AlreadyRecalled(lot.code)
    row = Recall(seller_id=lot.seller_id, lot_id=lot.id, reason=reason, by=actor.name)
    row.lot = lot
    db.session.add(row)
    db.session.flush()
    now = clock.now()
    for each in lots:
        if each.recalled_at is None:
            event = _record(actor, "recall", each, row, (now, reason))
            each.recalled_at, each.recall_reason = event.happened_at, reason
            stops.fit(each)
            row.lots.append(RecallLot(recall_id=row.id, lot_id=each.id, event_id=event.id))
    _draft(row)
    audit.note(actor, "recall.open", row, lot.code)
    outbox.record("lots_recalled", recall_id=row.id)
    db.session.flush()
    return row


def _locked(lot_ids: Sequence[int]) -> list[Lot]:
    query = select(Lot).where(Lot.id.in_(lot_ids)).order_by(Lot.id).with_for_update(of=Lot)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _record(
    actor: Actor, kind: str, lot: Lot, row: Recall, why: tuple[datetime, str]
) -> TraceEvent:
    at, reason = why
    more = More(extra={"recall": row.ref})
    return events.record(actor, kind, at, [Item(lot)], {"reason": reason}, more)


def _draft(row: Recall) -> None:
    bought: dict[int, list[Bought]] = {}
    for each in _orders([part.lot_id for part in row.lots]):
        bought.setdefault(each.order.id, []).append(each)
    for order_id, parts in bought.items():
        letter = RecallLetter(seller_id=parts[0].order.seller_id, order_id=order_id)
        letter.text = _letter(parts, row.reason)
        row.letters.append(letter)


def _letter(parts: Sequence[Bought], reason: str) -> str:
    order = parts[0].order
    goods = "\n".join(
        f"- {part.lot.product.name}, lô {part.lot.code}: "
        f"{events.decimal(part.quantity).replace('.', ',')} {part.unit}"
        for part in parts
    )
    return (
        f"Kính gửi {order.buyer_name},\n\n"
        f"{order.seller.name} thu hồi hàng trong đơn {order.ref} của bạn:\n{goods}\n\n"
        f"Lý do: {reason}\n\n"
        "Xin ngừng dùng, đừng cho hay bán lại. Giữ nguyên bao bì và liên hệ chúng tôi để được "
        f"đổi hoặc hoàn tiền{_telephone(order)}.\n\n{order.seller.name}"
    )


def _telephone(order: Order) -> str:
    return f": {order.seller.phone}" if order.seller.phone else ""


def release(actor: Actor, lot: Lot, reason: str) -> Recall:
    """End the recall that began with `lot`, for every lot that no other recall holds.

    Raises NotRecalled.
    """
    began = select(Recall).where(Recall.lot_id == lot.id, Recall.released_at.is_(None))
    row = db.session.scalar(began.with_for_update(of=Recall))
    if row is None:
        raise NotRecalled(lot.code)
    now = clock.now()
    row.released_at, row.release_reason = now, reason
    db.session.flush()
    reached = [part.lot_id for part in row.lots]
    held = _held_by_others(reached)
    for each in _locked(reached):
        if each.id not in held:
            _record(actor, "release", each, row, (now, reason))
            each.recalled_at = each.recall_reason = None
            stops.let_go(each)
    audit.note(actor, "recall.release", row, lot.code)
    return row


def _held_by_others(lot_ids: Sequence[int]) -> set[int]:
    # A lot that was called back twice over stands in the first recall alone, so the second asks
    # what its own lot leads to.
    open_ones = select(Recall).where(Recall.released_at.is_(None))
    roots = db.session.scalars(open_ones.where(Recall.seller_id.in_(_sellers(lot_ids))))
    held: set[int] = set()
    for row in roots:
        held |= set(forward(row.lot).lots)
    return held & set(lot_ids)


def _sellers(lot_ids: Sequence[int]) -> list[int]:
    return list(db.session.scalars(select(Lot.seller_id).where(Lot.id.in_(lot_ids)).distinct()))


def mark(event: TraceEvent) -> None:
    """Hold the lots of a recall that somebody else recorded, or let them go again."""
    for item in event.items:
        lot = item.lot
        if event.kind == "recall" and lot.recalled_at is None:
            lot.recalled_at, lot.recall_reason = event.happened_at, _reason(event)
            stops.fit(lot)
        over = lot.recalled_at is not None and lot.recalled_at <= event.happened_at
        if event.kind == "release" and over:
            lot.recalled_at = lot.recall_reason = None
            stops.let_go(lot)


def _reason(event: TraceEvent) -> str:
    said = disclosure.facts(event)
    return str(said.get("reason") or said.get("step") or "")


def sent(actor: Actor, letter: RecallLetter) -> None:
    """A person told the buyer; twice is once."""
    if letter.sent_at is None:
        letter.sent_at, letter.sent_by = clock.now(), actor.name
        audit.note(actor, "recall.letter", letter, letter.order.ref)
