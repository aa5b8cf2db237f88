"""A file downloaded from a portal, from sending to done: its columns, its plan, the doing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update

from shop import clock, outbox, references, spreadsheets, storage
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.media import photos
from shop.spreadsheets import BadSheet, Row
from workers.channels import orders as intake
from workers.channels.models import Connection, Listing
from workers.marketplaces import portal_files
from workers.marketplaces.portal_files import LISTING_FIELDS, ORDER_FIELDS, OrderFile
from workers.marketplaces.protocol import Remote
from workers.portals import orders, templates
from workers.portals.errors import NotShown
from workers.portals.models import FileKind, FileState, Portal, PortalFile
from workers.sync import drift

FIELDS: dict[FileKind, Mapping[str, tuple[Any, str]]] = {
    FileKind.ORDERS: ORDER_FIELDS,
    FileKind.LISTINGS: LISTING_FIELDS,
}
NEEDS = {
    FileKind.ORDERS: portal_files.ORDER_NEEDS,
    FileKind.LISTINGS: portal_files.LISTING_NEEDS,
}
# Kept in the row, for the page; the file has them all.
SHOWN = 100
# A file that nobody took in is kept so long.
KEPT = timedelta(days=7)
TICK = 20


@dataclass(frozen=True)
class Taken:
    """A file in the store that no row speaks of yet; `ref` is its row's to be."""

    ref: str
    key: str
    filename: str
    headings: list[str]


def take(data: bytes, filename: str) -> Taken:
    """Put a table into the store; before the transaction. Raises BadSheet."""
    headings = portal_files.headings(spreadsheets.read(BytesIO(data), filename))
    ref = references.new()
    ending = "xlsx" if data.startswith(b"PK") else "csv"
    key = f"portals/{ref}-in.{ending}"
    current_app.extensions["storage"].put(key, data, "application/octet-stream")
    return Taken(ref, key, filename[-120:], headings)


def start(actor: Actor, portal: Portal, kind: FileKind, taken: Taken) -> PortalFile:
    """The file is here; where its columns were chosen before and still fit, it is read at once."""
    row = PortalFile(ref=taken.ref, seller_id=portal.seller_id, connection_id=portal.connection_id)
    row.kind, row.filename, row.file_key, row.by = kind, taken.filename, taken.key, actor.name
    row.headings, row.faults, row.plan = taken.headings, [], []
    db.session.add(row)
    db.session.flush()
    audit.note(actor, "portal.file", row, row.filename)
    if fits(portal, row):
        _ask_to_read(row)
    return row


def fits(portal: Portal, row: PortalFile) -> bool:
    """Whether the columns that were chosen last are all in this file."""
    saved = mapping(portal, FileKind(row.kind))
    return bool(saved) and set(saved.values()) <= set(row.headings)


def mapping(portal: Portal, kind: FileKind) -> dict[str, str]:
    """The headings of a kind of file as they were chosen last: field → heading."""
    return dict(portal.order_columns if kind is FileKind.ORDERS else portal.listing_columns)


def proposed(portal: Portal, row: PortalFile) -> dict[str, str]:
    """The same for a form: what was chosen last as far as the file has it, else a guess."""
    kind = FileKind(row.kind)
    guessed = portal_files.guess(row.headings, FIELDS[kind])
    kept = {f: said for f, said in mapping(portal, kind).items() if said in row.headings}
    return guessed | kept


def choose(actor: Actor, portal: Portal, row: PortalFile, chosen: Mapping[str, str]) -> None:
    """Somebody said which heading means what: kept for the next files, and this one is read.

    `portal` and `row` are locked. Raises NotShown.
    """
    if row.forgotten or row.state not in {FileState.SENT, FileState.SHOWN, FileState.FAILED}:
        raise NotShown
    if row.kind == FileKind.ORDERS:
        portal.order_columns = dict(chosen)
    else:
        portal.listing_columns = dict(chosen)
    audit.note(actor, "portal.columns", portal, portal.connection.name)
    _ask_to_read(row)


def _ask_to_read(row: PortalFile) -> None:
    row.state, row.faults, row.plan = FileState.SENT, [], []
    outbox.add("workers.portals.jobs.read_file", {"file_id": row.id})


def link(actor: Actor, row: PortalFile, item: str, variant: Variant) -> None:
    """Somebody said which of our goods an item of the portal is; the file is read once more.

    `row` is locked. Raises NotShown.
    """
    if row.state != FileState.SHOWN:
        raise NotShown
    connection = db.session.get_one(Connection, row.connection_id)
    intake.link(connection, item, variant, by=actor.name)
    audit.note(actor, "portal.item", row, f"{item} = {variant.sku}")
    _ask_to_read(row)


def apply(actor: Actor, row: PortalFile) -> None:
    """Have a worker do what was shown. `row` is locked. Twice is once. Raises NotShown."""
    if row.state in {FileState.WORKING, FileState.DONE}:
        return
    if row.state != FileState.SHOWN:
        raise NotShown
    row.state, row.done = FileState.WORKING, 0
    audit.note(actor, "portal.file_apply", row, row.filename)
    outbox.add("workers.portals.jobs.apply_file", {"file_id": row.id})


def show(file_id: int) -> None:
    """Read the file and keep what it would do; a list of listings is compared and done at once.

    Changes no order. Twice is once.
    """
    with transaction():
        row = db.session.get_one(PortalFile, file_id)
        if row.state != FileState.SENT:
            return
        kind = FileKind(row.kind)
    try:
        if kind is FileKind.ORDERS:
            _show_orders(file_id, _orders(file_id))
        else:
            _compare(file_id, _listings(file_id))
    except (BadSheet, storage.NotStored) as error:
        _fail(file_id, error.message)


def _rows(file_id: int) -> tuple[Iterator[Row], dict[str, str]]:
    with transaction():
        row = db.session.get_one(PortalFile, file_id)
        key, name = row.file_key, row.filename
        connection = db.session.get_one(Connection, row.connection_id)
        saved = mapping(templates.of(connection), FileKind(row.kind))
    data = current_app.extensions["storage"].read(key)
    return spreadsheets.read(BytesIO(data), name), saved


def _orders(file_id: int) -> OrderFile:
    rows, saved = _rows(file_id)
    return portal_files.read_orders(rows, saved, clock.now())


def _listings(file_id: int) -> dict[str, Remote]:
    rows, saved = _rows(file_id)
    return portal_files.read_listings(rows, saved)


def _show_orders(file_id: int, found: OrderFile) -> None:
    with transaction():
        row = _locked(file_id, FileState.SENT)
        if row is None:
            return
        connection = db.session.get_one(Connection, row.connection_id)
        steps = orders.plan(connection, found.orders)
        row.state, row.total, row.faults = FileState.SHOWN, len(steps), found.faults[:SHOWN]
        row.plan = [
            {
                "number": step.told.order_id,
                "said": step.told.said,
                "total_vnd": step.told.total_vnd,
                "becomes": step.becomes,
                "unknown": list(step.unknown),
                "lines": len(step.told.lines),
            }
            # What needs a look first.
            for step in sorted(steps, key=lambda step: not step.unknown)[:SHOWN]
        ]


def _compare(file_id: int, by_sku: Mapping[str, Remote]) -> None:
    with transaction():
        row = _locked(file_id, FileState.SENT)
        if row is None:
            return
        remote = {item.external_id: item for item in _named(row.connection_id, by_sku)}
        drift.compare(row.connection_id, remote)
        row.state, row.total = FileState.DONE, len(by_sku)
        row.done = row.total
        photos.discard([row.file_key])


def _named(connection_id: int, by_sku: Mapping[str, Remote]) -> Iterator[Remote]:
    """The same under the addresses by which our listings are known there."""
    query = select(Variant.sku, Listing.external_id).join(Variant, Variant.id == Listing.variant_id)
    listed = query.where(Listing.connection_id == connection_id, Listing.external_id.is_not(None))
    address = {sku: str(external_id) for sku, external_id in db.session.execute(listed)}
    for sku, item in by_sku.items():
        yield replace(item, external_id=address.get(sku, sku))


def carry_out(file_id: int) -> None:
    """Take in the orders of the file, each in a transaction of its own. Twice is once."""
    with transaction():
        row = db.session.get_one(PortalFile, file_id)
        if row.state != FileState.WORKING:
            return
        connection_id, kind = row.connection_id, FileKind(row.kind)
    if kind is not FileKind.ORDERS:
        return
    try:
        told = _orders(file_id).orders
    except (BadSheet, storage.NotStored) as error:
        _fail(file_id, error.message)
        return
    for number, order in enumerate(told, 1):
        with transaction():
            orders.take_in(db.session.get_one(Connection, connection_id), order)
        if number % TICK == 0:
            _tell(file_id, number)
    with transaction():
        ended = _locked(file_id, FileState.WORKING)
        if ended is not None:
            ended.state, ended.done = FileState.DONE, ended.total
            photos.discard([ended.file_key])


def forget() -> None:
    """Delete the bytes of files that nobody took in: buyers are in them."""
    query = select(PortalFile).where(
        PortalFile.state.in_([FileState.SENT, FileState.SHOWN, FileState.FAILED]),
        PortalFile.forgotten.is_(False),
        PortalFile.at < clock.now() - KEPT,
    )
    for row in db.session.scalars(query.order_by(PortalFile.id).with_for_update()):
        row.state, row.forgotten, row.plan = FileState.FAILED, True, []
        row.faults = [_("Tệp để quá %(days)s ngày đã bị xóa. Xin gửi lại.", days=KEPT.days)]
        photos.discard([row.file_key])


def _tell(file_id: int, done: int) -> None:
    with transaction():
        db.session.execute(update(PortalFile).where(PortalFile.id == file_id).values(done=done))


def _locked(file_id: int, state: FileState) -> PortalFile | None:
    query = select(PortalFile).where(PortalFile.id == file_id).with_for_update()
    row = db.session.scalar(query.execution_options(populate_existing=True))
    return row if row is not None and row.state == state else None


def _fail(file_id: int, why: str) -> None:
    with transaction():
        row = db.session.get_one(PortalFile, file_id, with_for_update=True)
        if row.state in {FileState.SENT, FileState.WORKING}:
            row.state, row.faults = FileState.FAILED, [why]


def give_up(file_id: int) -> None:
    """The job failed for the last time."""
    _fail(file_id, _("Chưa xử lý xong tệp này. Gửi lại tệp: đơn đã nhận không bị nhận hai lần."))
