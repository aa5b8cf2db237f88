"""What a spreadsheet would change: each line beside the pack and the product that are there."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ARRAY, Select, Text, any_, cast, select
from sqlalchemy.orm import lazyload

from shop import spreadsheets, text
from shop.catalogue.columns import ABOUT, BY_NAME, NEEDED, Fault, Line, Table
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.sellers.models import Seller


@dataclass
class Goal:
    """One product as the file wants it: the one that is there, or None for a new one.

    `about`: what the file says of it that differs. `product` of a new one is set when it is made.
    """

    product: Product | None
    first: Line
    is_new: bool
    about: dict[str, Any] = field(default_factory=dict)


@dataclass
class Step:
    """One line: its pack if it is there, its product's goal, and what of the pack differs."""

    line: Line
    goal: Goal
    pack: Variant | None
    differs: dict[str, Any]

    @property
    def is_new(self) -> bool:
        """Whether a pack is to be added."""
        return self.pack is None

    @property
    def changes(self) -> list[str]:
        """The fields that differ, those of the product on its first line."""
        return [*(self.goal.about if self.line is self.goal.first else ()), *self.differs]


@dataclass
class Plan:
    """Every line with what it does, and what is wrong; then nothing of it may be done."""

    steps: list[Step]
    faults: list[Fault]

    @property
    def created(self) -> int:
        """How many packs are new."""
        return sum(step.is_new for step in self.steps)

    @property
    def changed(self) -> int:
        """How many lines change what is there."""
        return sum(not step.is_new and bool(step.changes) for step in self.steps)


def plan(seller: Seller, table: Table, *, lock: bool = False) -> Plan:
    """Compare a table without faults with the seller's goods; `lock` keeps them as they are."""
    packs, there = _packs(seller, table, lock=lock), _Products(seller, table, lock=lock)
    made = Plan([], [])
    for line in table.lines:
        pack = packs.get(line.sku)
        goal = there.goal(line, pack, made.faults)
        if goal is not None:
            if pack is None:
                _need(table, line, made.faults)
            _agree(goal, line, made.faults)
            made.steps.append(Step(line, goal, pack, _differs(pack, line)))
    made.faults += _taken(seller, table, packs)
    made.faults.sort(key=lambda fault: fault.row)
    return made


def _packs(seller: Seller, table: Table, *, lock: bool) -> dict[str, Variant]:
    skus = [line.sku for line in table.lines]
    query = _of(select(Variant), Variant, seller).where(_is_one_of(Variant.sku, skus))
    if lock:
        query = query.order_by(Variant.id).with_for_update(key_share=True, of=Variant)
        query = query.execution_options(populate_existing=True)
    return {pack.sku: pack for pack in db.session.scalars(query)}


def _of(query: Select[Any], model: Any, seller: Seller) -> Select[Any]:
    return query.where(model.seller_id == seller.id)


def _is_one_of(column: Any, values: Iterable[Any]) -> Any:
    # One parameter, however long the list.
    return column == any_(cast(list(values), ARRAY(Text)))


class _Products:
    """The seller's products that the file speaks of, by their packs or by name."""

    def __init__(self, seller: Seller, table: Table, *, lock: bool) -> None:
        names = {line.data["name"] for line in table.lines if "name" in line.data}
        of_packs = select(Variant.product_id).where(
            Variant.seller_id == seller.id, _is_one_of(Variant.sku, [x.sku for x in table.lines])
        )
        query = _of(select(Product), Product, seller).options(lazyload(Product.variants))
        query = query.where(Product.id.in_(of_packs) | _is_one_of(Product.name, names))
        if lock:
            query = query.order_by(Product.id).with_for_update(key_share=True, of=Product)
            query = query.execution_options(populate_existing=True)
        rows = list(db.session.scalars(query))
        self.by_id = {product.id: product for product in rows}
        self.by_name: dict[str, set[int]] = defaultdict(set)
        for product in rows:
            self.by_name[product.name].add(product.id)
        self.goals: dict[int | str, Goal] = {}

    def goal(self, line: Line, pack: Variant | None, faults: list[Fault]) -> Goal | None:
        """The product that the line is of; None, and a fault, when its name fits several."""
        name = line.data.get("name", "")
        if pack is not None:
            self.by_name[name].add(pack.product_id)
            return self._goal(pack.product_id, line)
        fitting = self.by_name[name]
        if len(fitting) > 1:
            why = _("Có nhiều sản phẩm cùng tên này, không biết thêm quy cách vào đâu.")
            faults.append(Fault(line.number, BY_NAME["name"].heading, why))
            return None
        return self._goal(next(iter(fitting), name), line)

    def _goal(self, key: int | str, line: Line) -> Goal:
        if key not in self.goals:
            product = self.by_id[key] if isinstance(key, int) else None
            self.goals[key] = Goal(product, line, product is None, _about(product, line))
        return self.goals[key]


def _about(product: Product | None, line: Line) -> dict[str, Any]:
    said = {name: line.data[name] for name in ABOUT if name in line.data}
    if product is None:
        return said
    return {name: v for name, v in said.items() if not _same(getattr(product, name), v)}


def _differs(pack: Variant | None, line: Line) -> dict[str, Any]:
    said = {name: v for name, v in line.data.items() if name not in (*ABOUT, "sku")}
    if said.get("active", True) is None:  # a blank cell decides nothing
        said.pop("active")
    if pack is None:
        return said
    return {name: v for name, v in said.items() if not _same(getattr(pack, name), v)}


def _same(there: Any, said: Any) -> bool:
    if isinstance(there, str) or (there is None and isinstance(said, str)):
        return text.nfc(spreadsheets.plain(there or "")).strip() == spreadsheets.plain(said or "")
    if isinstance(there, Decimal):
        return there == (said or Decimal(1))
    return bool(there == said)


def _need(table: Table, line: Line, faults: list[Fault]) -> None:
    for name in NEEDED:
        if not table.has(name):
            why = _("Mã hàng này mới, nên bảng cần thêm cột này.")
            faults.append(Fault(line.number, BY_NAME[name].heading, why))


def _agree(goal: Goal, line: Line, faults: list[Fault]) -> None:
    """Rows of one product say the same of it, or (from the second on) nothing."""
    for name in ABOUT:
        first, said = goal.first.data.get(name), line.data.get(name)
        if said and said != first:
            why = _("Khác với dòng %(row)s của cùng sản phẩm.", row=goal.first.number)
            faults.append(Fault(line.number, BY_NAME[name].heading, why))


def _taken(seller: Seller, table: Table, packs: dict[str, Variant]) -> list[Fault]:
    """GTINs of the file that a pack has which the file does not take them from."""
    lines = {line.data["gtin"]: line for line in table.lines if line.data.get("gtin")}
    in_file = {pack.id for pack in packs.values()}
    query = select(Variant.id, Variant.gtin, Variant.sku).where(Variant.seller_id == seller.id)
    return [
        Fault(
            lines[gtin].number,
            BY_NAME["gtin"].heading,
            _("Quy cách có mã hàng %(sku)s đã dùng mã vạch này.", sku=sku),
        )
        for pack_id, gtin, sku in db.session.execute(query.where(_is_one_of(Variant.gtin, lines)))
        if pack_id not in in_file
    ]
