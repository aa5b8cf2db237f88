"""Packing: from which lots the goods of each line of an order come.

So the buyer's page names the harvest, and a recall finds the buyers. A draw is what the buyer has
of a lot, in the unit of the line; it is never edited, but undone and written anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import aliased, joinedload

from shop import clock, quantities
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Variant
from shop.database import db
from shop.errors import BadInput
from shop.orders import returns
from shop.orders.models import Order, OrderLine, State
from traceability import balances, recalls, stops
from traceability.errors import LotRecalled, NotForThisLine, NotPackedNow
from traceability.models import Lot, LotDraw, Site, TraceEvent, TraceItem

# Before, nothing is packed; in all others nothing is the buyer's. A lot that was forgotten, or
# mistaken, can still be named after the goods went out: a recall needs it then most of all.
OPEN = frozenset(
    {State.PAID, State.CONFIRMED, State.PACKING, State.SHIPPED, State.DELIVERED, State.COMPLETED}
    | {State.PARTLY_RETURNED}
)
_STEP = Decimal("0.001")


@dataclass(frozen=True)
class Part:
    """So much of a lot for a line, in the line's unit."""

    lot: Lot
    quantity: Decimal


@dataclass(frozen=True)
class Harvested:
    """A harvest that goods come from: the day in Vietnam, and the place where it is known."""

    day: date
    place: str


def lines(order: Order) -> list[OrderLine]:
    """The lines whose product has lots that are public."""
    mine = [line.variant_id for line in order.lines]
    public = select(Lot.product_id).where(Lot.published_at.is_not(None))
    query = select(Variant.id).where(Variant.id.in_(mine), Variant.product_id.in_(public))
    traced = set(db.session.scalars(query))
    return [line for line in order.lines if line.variant_id in traced]


def drawn(order: Order) -> dict[int, list[LotDraw]]:
    """Line id → what was taken for it, in the order in which it was named."""
    found: dict[int, list[LotDraw]] = {}
    query = select(LotDraw).where(LotDraw.order_id == order.id, LotDraw.undone_at.is_(None))
    query = query.options(joinedload(LotDraw.lot)).order_by(LotDraw.id)
    for draw in db.session.scalars(query):
        found.setdefault(draw.line_id, []).append(draw)
    return found


def wanted(order: Order) -> dict[int, Decimal]:
    """Line id → how much of it the buyer gets, or has; what came back is theirs no more."""
    if order.state in {State.CANCELLED, State.EXPIRED, State.RETURNED}:
        return {line.id: Decimal() for line in order.lines}
    back = returns.returned(order)
    return {line.id: line.quantity - back.get(line.id, Decimal()) for line in order.lines}


def choices(line: OrderLine) -> list[Part]:
    """The lots a line may be packed from and how much is left of each, the oldest first."""
    pack = db.session.get_one(Variant, line.variant_id)
    rows = list(db.session.scalars(_eligible(pack)))
    there = balances.left_of(rows)
    found = [Part(lot, _in_line(lot, there[lot.id], line, pack)) for lot in rows]
    return [part for part in found if part.quantity > 0]


def _eligible(pack: Variant) -> Select[Lot]:
    query = select(Lot).where(
        Lot.product_id == pack.product_id,
        Lot.published_at.is_not(None),
        Lot.recalled_at.is_(None),
        Lot.expires_on.is_(None) | (Lot.expires_on >= clock.today()),
    )
    return query.order_by(Lot.produced_on.asc().nulls_last(), Lot.id)


def _in_line(lot: Lot, left: Decimal | None, line: OrderLine, pack: Variant) -> Decimal:
    weight_g = balances.counted_g(line.unit, pack.weight_g)
    found = balances.convert(left or Decimal(), lot.unit, line.unit, weight_g)
    # A box is of one lot: what is left of two does not make one.
    step = _STEP if line.unit in quantities.GRAMS else Decimal(1)
    return found.quantize(step, ROUND_DOWN) if found is not None else Decimal()


def propose(line: OrderLine, quantity: Decimal) -> list[Part]:
    """From which lots to take so much for a line: the oldest first, as far as they reach."""
    found, open_ = [], quantity
    for part in choices(line):
        if open_ <= 0:
            break
        found.append(Part(part.lot, min(part.quantity, open_)))
        open_ -= found[-1].quantity
    return found


def pack(actor: Actor, order: Order, parts: Mapping[int, Sequence[Part]]) -> None:
    """Take the goods of a locked order from these lots (line id → parts), instead of those before.

    Of each line named, all that the buyer gets. The same again changes nothing. Raises
    NotPackedNow, BadInput naming `line-<id>`, NotForThisLine, LotRecalled, NoQuantity,
    UnlikeUnits, NotSoMuch.
    """
    if order.state not in OPEN:
        raise NotPackedNow
    _whole(order, parts)
    before = drawn(order)
    changed = {
        line_id: named
        for line_id, named in parts.items()
        if _named(before.get(line_id, [])) != _named(named)
    }
    locked = _locked(part.lot.id for named in changed.values() for part in named)
    for line_id in changed:
        _undo(before.get(line_id, []))
    db.session.flush()
    for line in (line for line in order.lines if line.id in changed):
        for part in changed[line.id]:
            _draw(actor, line, locked[part.lot.id], part.quantity)
    _stop(draw for line_id in changed for draw in before.get(line_id, []))
    if changed:
        told = [_said(before), _said(drawn(order))]
        audit.write(actor, "order.pack", order.seller_id, order.ref, order.ref, {"lots": told})


def _whole(order: Order, parts: Mapping[int, Sequence[Part]]) -> None:
    names, full = {line.id: line for line in order.lines}, wanted(order)
    wrong = {}
    for line_id, named in parts.items():
        line = names[line_id]
        if len({part.lot.id for part in named}) < len(named):
            wrong[f"line-{line_id}"] = [_("%(name)s: một lô ghi hai lần.", name=line.name)]
        elif sum((part.quantity for part in named), Decimal()) != full[line_id]:
            said = quantities.show_with_unit(full[line_id], line.unit)
            message = _("%(name)s: các lô phải cộng lại đúng %(all)s.", name=line.name, all=said)
            wrong[f"line-{line_id}"] = [message]
    if wrong:
        raise BadInput(wrong)


def _named(parts: Iterable[Part | LotDraw]) -> set[tuple[int, Decimal]]:
    return {(part.lot.id, part.quantity) for part in parts}


def _locked(ids: Iterable[int]) -> dict[int, Lot]:
    # In id order, as everywhere: two orders packed from the same lots never wait for each other.
    query = select(Lot).where(Lot.id.in_(set(ids))).order_by(Lot.id).with_for_update(of=Lot)
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return {lot.id: lot for lot in rows}


def _draw(actor: Actor, line: OrderLine, lot: Lot, quantity: Decimal) -> None:
    goods = db.session.get_one(Variant, line.variant_id)
    if lot.product_id != goods.product_id or lot.published_at is None:
        raise NotForThisLine(lot.code, line.name)
    if lot.recalled_at is not None:
        raise LotRecalled(lot.code)
    weight_g = balances.counted_g(line.unit, goods.weight_g)
    balances.require(lot, quantity, line.unit, weight_g)
    _add(lot, line, quantity, actor.name)


def _add(lot: Lot, line: OrderLine, quantity: Decimal, by: str) -> None:
    row = LotDraw(seller_id=lot.seller_id, order_id=line.order_id, line_id=line.id)
    row.lot, row.quantity, row.by = lot, quantity, by
    db.session.add(row)
    db.session.flush()


def _undo(draws: Iterable[LotDraw]) -> None:
    now = clock.now()
    for draw in draws:
        draw.undone_at = now


def _said(draws: Mapping[int, Sequence[LotDraw]]) -> str:
    told = [draw for named in draws.values() for draw in named]
    return ", ".join(f"{draw.lot.code}: {quantities.show(draw.quantity)}" for draw in told)


def fit(order: Order) -> None:
    """Undo what was taken for a locked order beyond what its buyer gets or has, the last first.

    It is the lot's again; goods that came back spoilt are recorded as destroyed by who sees them.
    """
    full, named = wanted(order), drawn(order)
    for line in order.lines:
        over = sum((draw.quantity for draw in named.get(line.id, [])), Decimal()) - full[line.id]
        for draw in reversed(named.get(line.id, [])):
            if over <= 0:
                break
            _undo([draw])
            if draw.quantity > over:
                _add(draw.lot, line, draw.quantity - over, draw.by)
            over -= draw.quantity
    db.session.flush()
    _stop(draw for draws in named.values() for draw in draws)


def _stop(draws: Iterable[LotDraw]) -> None:
    """What an order gave back of a lot that is called back is sold to nobody else."""
    lots = {draw.lot.id: draw.lot for draw in draws}
    for lot_id in sorted(lots):
        stops.fit(lots[lot_id])


def harvests(lot: Lot) -> list[Harvested]:
    """The harvests that a lot, or what it was made from, came from; of public lots alone."""
    correction = aliased(TraceEvent)
    wrong = select(correction.id).where(correction.corrects_id == TraceEvent.id)
    query = (
        select(TraceEvent.happened_at, Site.name)
        .join(TraceItem, TraceItem.event_id == TraceEvent.id)
        .join(Lot, Lot.id == TraceItem.lot_id)
        .outerjoin(Site, Site.id == TraceEvent.site_id)
        .where(
            TraceEvent.kind == "harvest",
            Lot.id.in_(recalls.backward(lot).lots),
            Lot.published_at.is_not(None),
            ~wrong.exists(),
        )
        .order_by(TraceEvent.happened_at, TraceEvent.id)
    )
    found = [
        Harvested(clock.vietnam(at).date(), name or "") for at, name in db.session.execute(query)
    ]
    return list(dict.fromkeys(found))
