"""Working: several lots go in, several come out (drying, roasting, blending, dividing)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from shop import clock
from shop.accounts.access import Actor
from shop.catalogue.models import Product
from shop.database import db
from shop.errors import BadInput
from traceability import balances, diary, events, kinds, lots, recalls
from traceability.diary import Entry
from traceability.errors import GoesInCircles, LotRecalled
from traceability.events import Item
from traceability.models import Lot, Role, TraceEvent


@dataclass(frozen=True)
class Used:
    """So much of a lot goes in."""

    lot: Lot
    quantity: Decimal
    unit: str


@dataclass(frozen=True)
class Made:
    """So much of a lot comes out; the lot is opened now unless it is there."""

    product: Product
    code: str
    quantity: Decimal
    unit: str
    expires_on: date | None = None


def work(actor: Actor, used: Sequence[Used], made: Sequence[Made], entry: Entry) -> TraceEvent:
    """Record that lots were made of others; what comes out has its quantity from it.

    All of one seller. Sent twice it is done once. Raises BadInput, InTheFuture, LotRecalled,
    GoesInCircles, NoQuantity, UnlikeUnits, NotSoMuch; and what opening a lot raises.
    """
    if before := _sent_before(entry, used):
        return before
    facts = kinds.check(entry.kind, entry.facts)
    _different(used, made)
    inputs = _locked([part.lot for part in used])
    for part in used:
        check(inputs[part.lot.id], part.quantity, part.unit)
    outputs = [_opened(actor, part, entry) for part in made]
    _not_of_itself(list(inputs.values()), outputs)
    items = [Item(inputs[part.lot.id], Role.INPUT, part.quantity, part.unit) for part in used]
    items += [
        Item(lot, Role.OUTPUT, part.quantity, part.unit)
        for lot, part in zip(outputs, made, strict=True)
    ]
    event = events.record(actor, entry.kind, entry.at, items, facts, entry.more)
    diary.keep(actor, event, entry)
    return event


def _sent_before(entry: Entry, used: Sequence[Used]) -> TraceEvent | None:
    if entry.key is None or not used:
        return None
    mine = TraceEvent.seller_id == used[0].lot.seller_id
    return db.session.scalar(select(TraceEvent).where(mine, TraceEvent.key == entry.key))


def _different(used: Sequence[Used], made: Sequence[Made]) -> None:
    if not used or not made:
        raise BadInput({"": [_("Ghi ít nhất một lô đưa vào và một lô làm ra.")]})
    if len({part.lot.id for part in used}) < len(used):
        raise BadInput({"": [_("Một lô đưa vào ghi hai lần: cộng lại thành một dòng.")]})
    if len({part.code for part in made}) < len(made):
        raise BadInput({"": [_("Hai lô làm ra trùng mã: cộng lại thành một dòng.")]})


def _locked(there: Sequence[Lot]) -> dict[int, Lot]:
    ids = [lot.id for lot in there]
    query = select(Lot).where(Lot.id.in_(ids)).order_by(Lot.id).with_for_update(of=Lot)
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return {lot.id: lot for lot in rows}


def check(lot: Lot, quantity: Decimal, unit: str) -> None:
    """Make sure that so much of a locked lot may go into something.

    Raises LotRecalled, NoQuantity, UnlikeUnits, NotSoMuch.
    """
    if lot.recalled_at is not None:
        raise LotRecalled(lot.code)
    balances.require(lot, quantity, unit)


def _opened(actor: Actor, part: Made, entry: Entry) -> Lot:
    lot = lots.open_lot(actor, part.product, part.code)
    fresh = lot.events == 0
    lot.site = lot.site or entry.site
    if fresh:
        lot.produced_on = lot.produced_on or clock.vietnam(entry.at).date()
    lot.expires_on = lot.expires_on or part.expires_on
    db.session.flush()
    lots.note(actor, lot)
    if lot.unit is not None and lots.reckoned(lot) and lot.unit != part.unit:
        raise BadInput({"": [_("Lô %(code)s tính bằng %(unit)s.", code=lot.code, unit=lot.unit)]})
    return lot


def _not_of_itself(inputs: Sequence[Lot], outputs: Sequence[Lot]) -> None:
    """A lot is neither made of itself nor of what was made of it."""
    made = {lot.id: lot.code for lot in outputs}
    for lot in inputs:
        for before in recalls.backward(lot).lots:
            if before in made:
                raise GoesInCircles(made[before])


def start(lot: Lot | None) -> Mapping[str, str]:
    """What the form begins with when it was opened from a lot."""
    if lot is None:
        return {}
    there = balances.left(lot)
    shown = events.decimal(there).replace(".", ",") if there is not None else ""
    return {"in-0-lot": lot.ref, "in-0-quantity": shown, "in-0-unit": lot.unit or "kg"}
