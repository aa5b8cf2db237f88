"""Files for a portal: a sheet in its template and a ZIP of photos, made by a worker."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import select, update

from shop import outbox, spreadsheets
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Product, Variant
from shop.database import db, transaction
from shop.spreadsheets import Cell
from workers.channels import listings
from workers.channels.models import Connection, Listing
from workers.marketplaces import portals
from workers.marketplaces.protocol import Image
from workers.portals import goods, templates
from workers.portals.models import ExportState, PortalExport
from workers.sync import lanes

AT_ONCE = 50
SHEET, ZIP = spreadsheets.XLSX, "application/zip"


def ask(actor: Actor, connection: Connection) -> PortalExport:
    """Have a worker make the files of everything that is on sale there."""
    templates.take_all(connection)
    row = PortalExport(seller_id=connection.seller_id, connection_id=connection.id, by=actor.name)
    db.session.add(row)
    db.session.flush()
    audit.note(actor, "portal.export", row, connection.name)
    outbox.add("workers.portals.jobs.make_export", {"export_id": row.id})
    return row


def carry_out(export_id: int) -> None:
    """Make the files and put them away. Commits, also on the way, for the progress. Twice is
    once."""
    begun = _begin(export_id)
    if begun is None:
        return
    connection_id, columns, ids, ref = begun
    made = _Made(columns)
    with tempfile.TemporaryDirectory() as folder, force_locale("vi"):
        path = Path(folder) / "images.zip"
        # Stored as they are: a JPEG is packed already.
        with ZipFile(path, "w", ZIP_STORED) as archive:
            for at in range(0, len(ids), AT_ONCE):
                with transaction():
                    pictures = _take(made, connection_id, ids[at : at + AT_ONCE])
                for name, picture in pictures:
                    archive.writestr(name, picture.read())
                _tell(export_id, min(at + AT_ONCE, len(ids)))
        store = current_app.extensions["storage"]
        sheet_key, images_key = f"portals/{ref}.xlsx", f"portals/{ref}.zip"
        headings = [column.heading for column in columns]
        store.put(sheet_key, spreadsheets.write(headings, made.rows), SHEET)
        store.put(images_key, path, ZIP)
    with transaction():
        row = db.session.get_one(PortalExport, export_id, with_for_update=True)
        if row.state == ExportState.WORKING:
            row.state, row.done = ExportState.DONE, row.total
            row.told, row.left_out, row.notes = made.told, made.left_out, made.notes
            row.sheet_key, row.images_key = sheet_key, images_key


class _Made:
    """What of the files is made so far."""

    def __init__(self, columns: Sequence[portals.Column]) -> None:
        self.columns = columns
        self.rows: list[list[Cell]] = []
        self.told: dict[str, dict[str, str]] = {}
        self.left_out: list[list[str]] = []
        self.notes: list[list[str]] = []


def _begin(export_id: int) -> tuple[int, list[portals.Column], list[int], str] | None:
    with transaction():
        row = db.session.get_one(PortalExport, export_id, with_for_update=True)
        if row.state != ExportState.WORKING:
            return None
        connection = db.session.get_one(Connection, row.connection_id)
        ids = _on_sale(connection)
        row.total, row.done = len(ids), 0
        return connection.id, templates.columns(templates.of(connection)), ids, row.ref


def _on_sale(connection: Connection) -> list[int]:
    query = (
        select(Listing.id)
        .join(Variant, Variant.id == Listing.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Listing.connection_id == connection.id,
            Listing.offered,
            Variant.active,
            Product.on_sale,
        )
        .order_by(Product.sort_key, Product.id, Variant.position, Variant.id)
    )
    return list(db.session.scalars(query))


def _take(made: _Made, connection_id: int, ids: list[int]) -> list[tuple[str, Image]]:
    """Put these listings into the sheet; the photos that go beside it, not read yet."""
    connection = db.session.get_one(Connection, connection_id)
    found = {said.listing.id: said for said in goods.of(connection, goods.loaded(ids))}
    pictures: list[tuple[str, Image]] = []
    for said in (found[id] for id in ids if id in found):
        sku, name = said.goods.sku, str(said.goods.values["name"])
        faults = portals.check(made.columns, said.goods)
        made.left_out += [[sku, name, why] for why in faults.why]
        if faults.why:
            continue
        made.notes += [[sku, name, note] for note in faults.notes]
        made.rows.append(portals.row(made.columns, said.goods))
        made.told[str(said.listing.id)] = {kind: said.hash(kind) for kind in lanes.EVERY_KIND}
        pictures += [
            (portals.image_name(sku, number), listings.image(photo))
            for number, photo in enumerate(said.photos, 1)
        ]
    return pictures


def _tell(export_id: int, done: int) -> None:
    with transaction():
        db.session.execute(
            update(PortalExport).where(PortalExport.id == export_id).values(done=done)
        )


def give_up(export_id: int) -> None:
    """The job failed for the last time."""
    with transaction():
        row = db.session.get_one(PortalExport, export_id, with_for_update=True)
        if row.state == ExportState.WORKING:
            row.state = ExportState.FAILED
