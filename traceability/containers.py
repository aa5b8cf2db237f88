"""Cartons and pallets: what lies in them, and packing and emptying them.

A container holds what was loaded into it since it was last emptied; a carton may stand on a pallet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import aliased

from shop import clock, gtin, references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.sellers.models import Seller
from traceability import balances, events, working
from traceability.errors import ContainerInUse, GoesInCircles, NameTaken, NotSoMuch
from traceability.events import Item, More
from traceability.models import Container, Lot, Role, TraceEvent, TraceItem
from traceability.runs import Run
from traceability.stamp_models import Stamp, StampBatch

SSCC_DIGITS = 18
MOST_ITEMS = 1000  # stamps loaded at once: their serials stand in the record


@dataclass(frozen=True)
class Part:
    """So much of a lot, perhaps as the stamped items of `run` in `batch`."""

    lot: Lot
    quantity: Decimal
    unit: str
    batch: StampBatch | None = None
    run: Run | None = None


@dataclass
class Contents:
    """What lies in a container: lot → quantity and unit; `stamps` counts its items."""

    lots: list[tuple[Lot, Decimal, str]] = field(default_factory=list)
    stamps: int = 0
    containers: list[Container] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing lies in it."""
        return not self.lots and not self.stamps and not self.containers


def open_container(actor: Actor, seller: Seller, kind: str, code: str = "") -> Container:
    """A new carton or pallet, under its SSCC, else under a code of ours.

    Raises BadInput for a number that is no SSCC, NameTaken.
    """
    if code and not is_sscc(code):
        raise BadInput({"code": [_("SSCC có 18 chữ số, số cuối là số kiểm tra. Xin gõ lại.")]})
    code = code or f"T{references.new()}"
    if db.session.scalar(select(Container.id).where(Container.code == code)) is not None:
        raise NameTaken(code)
    row = Container(seller_id=seller.id, code=code, kind=kind)
    db.session.add(row)
    audit.note(actor, "container.open", row, code)
    return row


def is_sscc(code: str) -> bool:
    """Whether `code` has the 18 digits of an SSCC and its check digit is right."""
    digits = code.isascii() and code.isdigit() and len(code) == SSCC_DIGITS
    return digits and gtin.check_digit(code[:-1]) == code[-1]


def contents(box: Container) -> Contents:
    """What lies in the container itself, and which containers stand on it."""
    found: dict[tuple[int, str], tuple[Lot, Decimal]] = {}
    here = _loaded().where(TraceEvent.container_id == box.id)
    for lot, quantity, unit in db.session.execute(here):
        before = found.get((lot.id, unit or ""), (lot, Decimal()))[1]
        found[lot.id, unit or ""] = (lot, before + (quantity or Decimal()))
    stamps = select(func.count()).where(Stamp.container_id == box.id)
    held = select(Container).where(Container.parent_id == box.id).order_by(Container.code)
    return Contents(
        [(lot, quantity, unit) for (_id, unit), (lot, quantity) in found.items()],
        db.session.scalar(stamps) or 0,
        list(db.session.scalars(held)),
    )


def _loaded() -> Select[Lot, Decimal | None, str | None]:
    """Lot, quantity and unit of everything that was loaded and lies there still."""
    wrong, emptied = aliased(TraceEvent), aliased(TraceEvent)
    unsaid = select(wrong.id).where(wrong.corrects_id == TraceEvent.id)
    undone = select(wrong.id).where(wrong.corrects_id == emptied.id)
    since = select(emptied.id).where(
        emptied.container_id == TraceEvent.container_id,
        emptied.kind == "unloading",
        emptied.id > TraceEvent.id,
        ~undone.exists(),
    )
    return (
        select(Lot, TraceItem.quantity, TraceItem.unit)
        .join(TraceItem, TraceItem.lot_id == Lot.id)
        .join(TraceEvent, TraceEvent.id == TraceItem.event_id)
        .where(TraceEvent.kind == "loading", TraceItem.role == Role.CHILD)
        .where(~unsaid.exists(), ~since.exists())
        .order_by(Lot.code, TraceItem.id)
    )


def load(actor: Actor, box: Container, part: Part, key: str | None = None) -> TraceEvent:
    """Put goods of a lot into the container, which is locked.

    Raises LotRecalled, NoQuantity, UnlikeUnits, NotSoMuch (with what lies in other containers
    taken off), and ContainerInUse for items that lie in another one.
    """
    lot = _locked(part.lot)
    there = _sent_before(box.seller_id, key)
    if there is not None:
        return there
    working.check(lot, part.quantity, part.unit)
    _not_packed_twice(lot, part)
    serials = _pack(box, part)
    extra = {"serials": serials} if serials else None
    item = Item(lot, Role.CHILD, part.quantity, part.unit)
    more = More(container=box, extra=extra, key=key)
    return events.record(actor, "loading", clock.now(), [item], {}, more)


def _locked(lot: Lot) -> Lot:
    query = select(Lot).where(Lot.id == lot.id).with_for_update(of=Lot)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _sent_before(seller_id: int, key: str | None) -> TraceEvent | None:
    if key is None:
        return None
    query = select(TraceEvent).where(TraceEvent.seller_id == seller_id, TraceEvent.key == key)
    return db.session.scalar(query)


def _not_packed_twice(lot: Lot, part: Part) -> None:
    there = balances.left(lot) or Decimal()
    packed = Decimal()
    for quantity, unit in _packed(lot):
        packed += balances.convert(quantity, unit, lot.unit) or Decimal()
    wanted = balances.convert(part.quantity, part.unit, lot.unit) or Decimal()
    if packed + wanted > there:
        raise NotSoMuch(lot.code, max(there - packed, Decimal()), lot.unit or "")


def _packed(lot: Lot) -> list[tuple[Decimal, str]]:
    """What of the lot lies in containers now."""
    rows = db.session.execute(_loaded().where(Lot.id == lot.id))
    return [(quantity or Decimal(), unit or "") for _lot, quantity, unit in rows]


def _pack(box: Container, part: Part) -> list[str]:
    """Put the stamped items of a run into the container; their serials."""
    if part.batch is None or part.run is None:
        return []
    if part.batch.lot_id != part.lot.id:
        raise BadInput({"first": [_("Tem này không phải của lô ấy.")]})
    if part.run.last - part.run.first + 1 > MOST_ITEMS:
        raise BadInput({"last": [_("Mỗi lần xếp tối đa %(most)s tem.", most=MOST_ITEMS)]})
    mine = (
        Stamp.batch_id == part.batch.id,
        Stamp.number.between(part.run.first, part.run.last),
    )
    rows = list(db.session.scalars(select(Stamp).where(*mine).with_for_update()))
    if any(row.container_id not in (None, box.id) for row in rows):
        raise ContainerInUse(_("Có tem đang nằm trong thùng khác: dỡ thùng ấy trước."))
    db.session.execute(update(Stamp).where(*mine).values(container_id=box.id))
    return sorted(row.code for row in rows)


def unload(actor: Actor, box: Container) -> TraceEvent:
    """Empty the container, which is locked; what stood on it stands by itself.

    Raises ContainerInUse when nothing lies in it.
    """
    inside = contents(box)
    if inside.empty:
        raise ContainerInUse(_("Trong này không có gì để dỡ."))
    for held in inside.containers:
        held.parent_id = None
    items = [
        Item(lot, Role.CHILD, quantity or None, unit if quantity else None)
        for lot, quantity, unit in _whole(inside.lots)
    ]
    serials = sorted(db.session.scalars(select(Stamp.code).where(Stamp.container_id == box.id)))
    db.session.execute(update(Stamp).where(Stamp.container_id == box.id).values(container_id=None))
    extra: dict[str, list[str]] = {"serials": serials} if serials else {}
    if inside.containers:
        extra["containers"] = [held.code for held in inside.containers]
    return events.record(
        actor, "unloading", clock.now(), items, {}, More(container=box, extra=extra or None)
    )


def _whole(
    lots: Sequence[tuple[Lot, Decimal, str]],
) -> list[tuple[Lot, Decimal | None, str | None]]:
    """Each lot once; one that was loaded in two units is named without a quantity."""
    found: dict[int, tuple[Lot, Decimal | None, str | None]] = {}
    for lot, quantity, unit in lots:
        found[lot.id] = (lot, None, None) if lot.id in found else (lot, quantity, unit)
    return list(found.values())


def _lots_of(boxes: Sequence[Container]) -> list[Lot]:
    """The lots that lie in these containers, or in what stands on them."""
    found: dict[int, Lot] = {}
    for box in boxes:
        inside = contents(box)
        found |= {lot.id: lot for lot, _quantity, _unit in inside.lots}
        found |= {lot.id: lot for lot in _lots_of(inside.containers)}
    return list(found.values())


def nest(actor: Actor, box: Container, parent: Container) -> TraceEvent:
    """Put a container onto another of the same seller; both are locked.

    The record names the container and its lots, each without a quantity, for that was said when
    it was loaded. Raises ContainerInUse for an empty one or one that stands elsewhere, and
    GoesInCircles.
    """
    above: Container | None = parent
    while above is not None:
        if above.id == box.id:
            raise GoesInCircles(box.code)
        above = db.session.get(Container, above.parent_id) if above.parent_id else None
    if box.parent_id is not None:
        raise ContainerInUse(_("%(code)s đang ở trên kiện khác: dỡ kiện ấy trước.", code=box.code))
    inside = _lots_of([box])
    if not inside:
        raise ContainerInUse(_("%(code)s chưa có gì bên trong.", code=box.code))
    box.parent_id = parent.id
    audit.note(actor, "container.nest", box, box.code)
    items = [Item(lot, Role.CHILD) for lot in inside]
    more = More(container=parent, extra={"containers": [box.code]})
    return events.record(actor, "loading", clock.now(), items, {}, more)
