"""Writing what a spreadsheet changes: many products and packs in few statements."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, insert, inspect, select, update

from shop import references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue import changes, packs, products
from shop.catalogue.comparing import Goal, Plan, Step
from shop.catalogue.models import Product, Status, Variant
from shop.database import db
from shop.sellers.models import Seller


def write(actor: Actor, seller: Seller, plan: Plan) -> None:
    """Do every step of a plan without faults, in the caller's transaction.

    `plan` was made under the lock in which this runs.
    """
    goals = list({id(step.goal): step.goal for step in plan.steps}.values())
    with db.session.no_autoflush:
        touched = _write_products(actor, seller, goals)
        touched |= _write_packs(actor, plan.steps)
    changes.note_many(sorted(product.id for product in touched))


def _write_products(actor: Actor, seller: Seller, goals: Sequence[Goal]) -> set[Product]:
    """Make the new ones and change the others; those that were there and changed."""
    touched = {goal.product for goal in goals if goal.product is not None and goal.about}
    new = [goal for goal in goals if goal.is_new]
    for goal in new:
        goal.product = Product(seller=seller, seller_id=seller.id, aliases=[], reported={})
        goal.product.ref, goal.product.status = references.new(), Status.DRAFT
    for goal in goals:
        if goal.product is not None and goal.about:
            products.describe(goal.product, goal.about)
    for product in touched:
        audit.note(actor, "product.update", product, product.name)
    made = [goal.product for goal in new if goal.product is not None]
    for row in made:
        audit.write(actor, "product.create", seller.id, row.name, row.ref, {})
    _insert(Product, made)
    return touched


def _insert(model: Any, rows: Sequence[Any]) -> None:
    """Insert rows that are in no session, and give each its `id`.

    Numbered beforehand, so that one prepared statement takes them all: an INSERT that is to
    return its numbers is one long text for every thousand rows, and parsing those took longer
    than all the rest.
    """
    if not rows:
        return
    names = {column.key for column in inspect(model).column_attrs}
    sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
    numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, len(rows)))
    for row, number in zip(rows, db.session.scalars(numbers), strict=True):
        row.id = number
    values = [{k: v for k, v in vars(row).items() if k in names} for row in rows]
    nulls = {"render_nulls": True}  # or every pattern of blanks would be its own statement
    db.session.execute(insert(model), values, execution_options=nulls)


def _write_packs(actor: Actor, steps: Sequence[Step]) -> set[Product]:
    """Add the new ones and change the others; the products that were there."""
    changing = [step for step in steps if step.pack is not None and step.differs]
    # Two packs may change their barcodes with each other: first nobody has them.
    freed = [step.pack.id for step in changing if step.pack and "gtin" in step.differs]
    if freed:
        gone = update(Variant).where(Variant.id.in_(freed)).values(gtin=None)
        db.session.execute(gone.execution_options(synchronize_session=False))
    places = _places(step.goal.product for step in steps if step.is_new)
    touched: set[Product] = set()
    new: list[Variant] = []
    for step in [*changing, *(step for step in steps if step.is_new)]:
        product = step.goal.product
        if product is None:  # every goal has its product by now
            raise RuntimeError("a line without a product")
        was_there = not step.goal.is_new
        if step.pack is None:
            new.append(_new(actor, product, step, places))
        else:
            _change(actor, product, step.pack, step.differs)
        if was_there:
            touched.add(product)
    db.session.flush()  # the barcodes that are given up, before those that are taken
    _insert(Variant, new)
    return touched


def _places(of: Iterable[Product | None]) -> dict[int, int]:
    """The place after the last pack of each product that has any."""
    ids = {product.id for product in of if product is not None}
    last = select(Variant.product_id, func.max(Variant.position) + 1)
    rows = db.session.execute(last.where(Variant.product_id.in_(ids)).group_by(Variant.product_id))
    return {row[0]: row[1] for row in rows}


def _new(actor: Actor, product: Product, step: Step, places: dict[int, int]) -> Variant:
    pack = Variant(product_id=product.id, seller_id=product.seller_id, sku=step.line.sku)
    pack.active, pack.price_illustrative = step.differs.get("active", True), False
    pack.ref, pack.position = references.new(), places.setdefault(product.id, 0)
    places[product.id] += 1
    packs.fill(pack, step.differs)
    if not step.goal.is_new:
        subject = packs.subject(product, pack)
        audit.write(actor, "pack.create", product.seller_id, subject, pack.ref, {})
    return pack


def _change(actor: Actor, product: Product, pack: Variant, differs: dict[str, Any]) -> None:
    packs.fill(pack, differs)
    if "active" in differs:
        pack.active = differs["active"]
    audit.note(actor, "product.update", pack, packs.subject(product, pack))
