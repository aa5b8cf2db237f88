"""Spreadsheets of a market's booths: taken in, shown, applied whole or not at all.

Booths are known by their numbers, so the same file twice changes nothing the second time. A table
opens booths, says what they are, and enters the first account of a trader; it never takes a booth
from its trader and never changes an account.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop import clock, outbox, references, spreadsheets, storage
from shop.accounts import access
from shop.accounts.access import Actor
from shop.accounts.models import User
from shop.database import db, transaction
from shop.errors import NotFound
from shop.markets import booths, planning, registry, sheets
from shop.markets.errors import CannotImport
from shop.markets.models import BoothImport, ImportState, Market
from shop.markets.planning import Plan
from shop.markets.sheets import Fault, Table
from shop.spreadsheets import BadSheet

# Kept in the row.
SHOWN_FAULTS, SHOWN_CHANGES = 200, 50


@dataclass(frozen=True)
class Taken:
    """A file in the store that no row speaks of yet; `ref` is its row's to be."""

    ref: str
    key: str
    filename: str


def take(data: bytes, filename: str) -> Taken:
    """Put a table into the store; before the transaction. Raises BadSheet for another file."""
    sheets.head(spreadsheets.read(BytesIO(data), filename))
    ref = references.new()
    key = f"imports/{ref}.{'xlsx' if data.startswith(b'PK') else 'csv'}"
    current_app.extensions["storage"].put(key, data, "application/octet-stream")
    return Taken(ref, key, filename[-120:])


def start(actor: Actor, market: Market, taken: Taken) -> BoothImport:
    """The file is here; a worker reads it and shows what it would do."""
    if actor.user_id is None:
        raise ValueError("a spreadsheet is somebody's")
    row = BoothImport(ref=taken.ref, market_id=market.id, requested_by=actor.user_id)
    row.filename, row.file_key = taken.filename, taken.key
    db.session.add(row)
    db.session.flush()
    outbox.add("shop.markets.jobs.read_booths", {"import_id": row.id})
    return row


def get(actor: Actor, ref: str, *, lock: bool = False) -> BoothImport:
    """A file of a market that the actor keeps. Raises NotFound."""
    mine = registry.kept(actor).with_only_columns(Market.id).order_by(None)
    query = select(BoothImport).where(BoothImport.ref == ref, BoothImport.market_id.in_(mine))
    query = query.options(joinedload(BoothImport.market))
    if lock:
        query = query.with_for_update(of=BoothImport).execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound(ref=ref)
    return row


def of_market(market: Market, most: int = 10) -> Sequence[BoothImport]:
    """The latest files of a market, newest first."""
    query = select(BoothImport).where(BoothImport.market_id == market.id)
    return db.session.scalars(query.order_by(BoothImport.id.desc()).limit(most)).all()


def apply(row: BoothImport) -> None:
    """Have a worker do what was shown. `row` is locked. Twice is once. Raises CannotImport."""
    if row.state in {ImportState.APPLYING, ImportState.DONE}:
        return
    if row.state != ImportState.SHOWN or row.faults:
        raise CannotImport
    row.state, row.done = ImportState.APPLYING, 0
    outbox.add("shop.markets.jobs.apply_booths", {"import_id": row.id})


def show(import_id: int) -> None:
    """Read the file and keep what it would do, or what is wrong. Commits; twice is once."""
    table = _read(import_id, ImportState.READING)
    if table is None:
        return
    with transaction():
        row = _locked(import_id, ImportState.READING)
        if row is not None:
            _show(row, table, planning.plan(_sender(row), row.market, table))


def _sender(row: BoothImport) -> Actor:
    return access.of(db.session.get_one(User, row.requested_by))


def carry_out(import_id: int) -> None:
    """Do all that was shown in one transaction, or nothing. Commits; twice is once.

    Compares anew: when the register has changed since, it is shown once more instead.
    """
    table = _read(import_id, ImportState.APPLYING)
    if table is None:
        return
    with transaction():
        row = _locked(import_id, ImportState.APPLYING)
        if row is None:
            return
        actor = _sender(row)
        try:
            market = registry.get(actor, row.market.ref, lock=True)
        except NotFound:
            _fail(row, [Fault(0, "", _("Người gửi tệp không còn quản lý chợ này."))])
            return
        plan = planning.plan(actor, row.market, table)
        if plan.faults or plan.mark != row.mark:
            row.stale = True
            _show(row, table, plan)
            return
        planning.write(actor, market, plan)
        row.state, row.ended_at, row.done = ImportState.DONE, clock.now(), row.total


def give_up(import_id: int, why: str | None = None) -> None:
    """The file cannot be read, or every try failed: say so beside it. Commits."""
    with transaction():
        row = db.session.get(BoothImport, import_id, with_for_update=True)
        if row is not None and row.state in {ImportState.READING, ImportState.APPLYING}:
            said = why or _("Chưa xử lý được tệp này. Chưa có gì thay đổi, xin gửi lại.")
            _fail(row, [Fault(0, "", said)])


def _fail(row: BoothImport, faults: Sequence[Fault]) -> None:
    row.state, row.ended_at = ImportState.FAILED, clock.now()
    row.faults, row.created, row.changed = _kept(faults), 0, 0


def _show(row: BoothImport, table: Table, plan: Plan) -> None:
    row.state, row.total, row.done = ImportState.SHOWN, len(table.lines), len(table.lines)
    row.faults, row.changes, row.mark = _kept(plan.faults), [], None
    row.created, row.changed = len(plan.new), len(plan.changed)
    if plan.faults:
        row.created = row.changed = 0
    else:
        row.changes, row.mark = plan.said[:SHOWN_CHANGES], plan.mark


def _kept(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    kept = [asdict(fault) for fault in faults[:SHOWN_FAULTS]]
    if len(faults) > SHOWN_FAULTS:
        rest = len(faults) - SHOWN_FAULTS
        kept.append(asdict(Fault(0, "", _("… và %(rest)s lỗi nữa.", rest=rest))))
    return kept


def _read(import_id: int, state: ImportState) -> Table | None:
    with transaction():
        row = db.session.get(BoothImport, import_id)
        if row is None or row.state != state:
            return None
        key, filename = row.file_key, row.filename
    try:
        data = current_app.extensions["storage"].read(key)
        return sheets.read(spreadsheets.read(BytesIO(data), filename))
    except (BadSheet, storage.NotStored) as error:
        give_up(import_id, error.message)
        return None


def _locked(import_id: int, state: ImportState) -> BoothImport | None:
    query = select(BoothImport).where(BoothImport.id == import_id).with_for_update(of=BoothImport)
    row = db.session.scalar(query.execution_options(populate_existing=True))
    return row if row is not None and row.state == state else None


def blank() -> bytes:
    """The template: headings and an example row."""
    return spreadsheets.write(sheets.HEADINGS, [sheets.EXAMPLE], title="Sạp")


def export(market: Market) -> bytes:
    """The booths in use, without accounts; read in again they change nothing."""
    found = db.session.scalars(booths.of_market(market))
    rows = [sheets.shown(booth) for booth in found]
    return spreadsheets.write(sheets.HEADINGS, rows, title="Sạp")
