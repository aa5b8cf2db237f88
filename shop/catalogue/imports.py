"""Spreadsheets of products: taken in, shown, applied whole or not at all; and handed out.

Known by their SKUs, so the same file twice changes nothing the second time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import islice
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import lazyload

from shop import clock, outbox, references, spreadsheets, storage
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.accounts.models import User
from shop.catalogue import applying, columns, comparing, results
from shop.catalogue.columns import BY_NAME, HEADINGS, Fault, Table
from shop.catalogue.comparing import Plan
from shop.catalogue.errors import CannotImport
from shop.catalogue.models import ImportState, Product, ProductImport, Variant
from shop.database import db, transaction
from shop.sellers.models import Seller
from shop.spreadsheets import BadSheet, Cell

# Kept in the row; the result file has them all.
SHOWN_FAULTS, CHANGES_SHOWN = 200, 50


@dataclass(frozen=True)
class Taken:
    """A file in the store that no row speaks of yet; `ref` is its row's to be."""

    ref: str
    key: str
    filename: str


def take(data: bytes, filename: str) -> Taken:
    """Put a table into the store; before the transaction. Raises BadSheet for another file."""
    columns.head(spreadsheets.read(BytesIO(data), filename))
    ref = references.new()
    ending = "xlsx" if data.startswith(b"PK") else "csv"
    key = f"imports/{ref}.{ending}"
    current_app.extensions["storage"].put(key, data, "application/octet-stream")
    return Taken(ref, key, filename[-120:])


def start(actor: Actor, seller: Seller, taken: Taken) -> ProductImport:
    """The file is here; a worker reads it and shows what it would change."""
    row = ProductImport(ref=taken.ref, seller_id=seller.id, filename=taken.filename)
    row.file_key, row.state, row.requested_by = taken.key, ImportState.READING, _asker(actor)
    db.session.add(row)
    db.session.flush()
    audit.note(actor, "import.start", row, row.filename)
    outbox.add("shop.catalogue.jobs.read_import", {"import_id": row.id})
    return row


def _asker(actor: Actor) -> int:
    if actor.user_id is None:
        raise ValueError("a spreadsheet is somebody's")
    return actor.user_id


def apply(actor: Actor, row: ProductImport) -> None:
    """Have a worker do what was shown. `row` is locked. Twice is once. Raises CannotImport."""
    if row.state in {ImportState.APPLYING, ImportState.DONE}:
        return
    if row.state != ImportState.SHOWN or row.faults:
        raise CannotImport
    row.state, row.done = ImportState.APPLYING, 0
    audit.note(actor, "import.apply", row, row.filename)
    outbox.add("shop.catalogue.jobs.apply_import", {"import_id": row.id})


def show(import_id: int) -> None:
    """Read the file and keep what it would change, or what is wrong with it. Changes no goods.

    Commits, also on the way, for the progress. Twice is once.
    """
    table = _read(import_id, ImportState.READING)
    if table is None:
        return
    with transaction():
        row = _locked(import_id, ImportState.READING)
        if row is None:
            return
        _show(row, table, _planned(_seller(row), table))


def _show(row: ProductImport, table: Table, plan: Plan) -> None:
    row.state, row.total, row.done = ImportState.SHOWN, len(table.lines), len(table.lines)
    row.created, row.changed, row.faults = plan.created, plan.changed, _kept(plan.faults)
    row.changes, row.mark = [], None
    if plan.faults:
        row.created = row.changed = 0
    else:
        row.changes = [asdict(change) for change in islice(results.changes(plan), CHANGES_SHOWN)]
        row.mark = results.mark(plan)
    said = results.of_faults(plan.faults) if plan.faults else results.wanted(plan)
    row.result_key = results.put(row, table, said)


def carry_out(import_id: int) -> None:
    """Do all that the file says in one transaction, or nothing. Twice is once.

    Compares anew: when the goods have changed since it was shown, it is shown once more instead.
    Two files of one seller wait for each other.
    """
    table = _read(import_id, ImportState.APPLYING)
    if table is None:
        return
    with transaction():
        row = _locked(import_id, ImportState.APPLYING)
        if row is None:
            return
        _wait_for_others(row.seller_id)
        actor, seller = _actor(row), _seller(row)
        plan = _planned(seller, table, lock=True)
        if not plan.faults and not actor.may(Permission.CATALOGUE_WRITE, seller.id):
            plan.faults = [Fault(0, "", _("Người gửi tệp không còn quyền sửa sản phẩm."))]
        row.done = row.total = len(table.lines)
        if plan.faults:
            _fail(row, plan.faults)
            return
        if row.mark != results.mark(plan):
            row.stale = True
            _show(row, table, plan)
            return
        said = results.of(plan)
        row.created, row.changed = plan.created, plan.changed
        applying.write(actor, seller, plan)
        row.state, row.ended_at = ImportState.DONE, clock.now()
        row.result_key = results.put(row, table, said)


def give_up(import_id: int, why: str | None = None) -> None:
    """The file cannot be read, or every try failed: say so beside it. Commits."""
    why = why or _("Chưa xử lý được tệp này. Chưa có gì thay đổi, xin gửi lại.")
    with transaction():
        row = db.session.get(ProductImport, import_id, with_for_update=True)
        if row is not None and row.state in {ImportState.READING, ImportState.APPLYING}:
            _fail(row, [Fault(0, "", why)])


def _fail(row: ProductImport, faults: Sequence[Fault]) -> None:
    row.state, row.ended_at = ImportState.FAILED, clock.now()
    row.faults, row.created, row.changed = _kept(faults), 0, 0


def _read(import_id: int, state: ImportState) -> Table | None:
    with transaction():
        row = db.session.get(ProductImport, import_id)
        if row is None or row.state != state:
            return None
        key, filename = row.file_key, row.filename
    try:
        data = current_app.extensions["storage"].read(key)
        rows = spreadsheets.read(BytesIO(data), filename)
        return columns.read(rows, lambda done: _tell(import_id, state, done))
    except (BadSheet, storage.NotStored) as error:
        give_up(import_id, error.message)
        return None


def _tell(import_id: int, state: ImportState, done: int) -> None:
    told = update(ProductImport).where(ProductImport.id == import_id, ProductImport.state == state)
    total = func.greatest(ProductImport.total, done)
    with transaction():
        db.session.execute(told.values(done=done, total=total))


def _locked(import_id: int, state: ImportState) -> ProductImport | None:
    query = select(ProductImport).where(ProductImport.id == import_id).with_for_update()
    row = db.session.scalar(query.execution_options(populate_existing=True))
    return row if row is not None and row.state == state else None


def _wait_for_others(seller_id: int) -> None:
    key = func.hashtextextended(f"product-import:{seller_id}", 0)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))


def _seller(row: ProductImport) -> Seller:
    return db.session.get_one(Seller, row.seller_id)


def _actor(row: ProductImport) -> Actor:
    return access.of(db.session.get_one(User, row.requested_by))


def _planned(seller: Seller, table: Table, *, lock: bool = False) -> Plan:
    if table.faults:
        return Plan([], sorted(table.faults, key=lambda fault: fault.row))
    return comparing.plan(seller, table, lock=lock)


def _kept(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    kept = [asdict(fault) for fault in faults[:SHOWN_FAULTS]]
    if len(faults) > SHOWN_FAULTS:
        rest = len(faults) - SHOWN_FAULTS
        kept.append(asdict(Fault(0, "", _("… và %(rest)s lỗi nữa, xem tệp kết quả.", rest=rest))))
    return kept


def blank() -> bytes:
    """The template: headings, an example row, and a sheet of what may stand where."""
    example = [columns.EXAMPLE.get(name, "") for name in BY_NAME]
    more = [("Giá trị được dùng", columns.allowed())]
    return spreadsheets.write(HEADINGS, [example], title="Sản phẩm", more=more)


def export_xlsx(seller: Seller) -> bytes:
    """All packs of the seller; read in again they change nothing."""
    more = [("Giá trị được dùng", columns.allowed())]
    return spreadsheets.write(HEADINGS, _all(seller), title="Sản phẩm", more=more)


def export_csv(seller: Seller) -> bytes:
    """The same as .csv."""
    return spreadsheets.write_csv(HEADINGS, _all(seller))


def _all(seller: Seller) -> Iterator[list[Cell | None]]:
    query = (
        select(Product, Variant)
        .join(Variant, Variant.product_id == Product.id)
        .where(Product.seller_id == seller.id)
        .options(lazyload(Product.variants))
        .order_by(Product.sort_key, Product.id, Variant.position, Variant.id)
    )
    for product, pack in db.session.execute(query):
        yield columns.row_of(product, pack)
