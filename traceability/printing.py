"""The file of a batch: its stamps drawn in order, in whichever format, and never all at once."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from flask import current_app
from flask_babel import gettext as _
from PIL import Image
from sqlalchemy import ARRAY, BigInteger, String, cast, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from shop import spreadsheets
from shop.catalogue import certificates
from shop.database import db
from shop.media import photos
from shop.storage import StorageError
from traceability import addresses, bulk_qr, identifiers, layouts, qr, sheet_pdf, sheets
from traceability.errors import CannotPrint
from traceability.labels import Face, Logo
from traceability.sheet_pdf import Draw
from traceability.sheets import Layout, Stamp
from traceability.stamp_models import Level, StampBatch, StampState
from traceability.stamp_models import Stamp as Row
from traceability.zip_stream import ZipStream

LOGO_PIXELS = 240  # of the longer side: 30 dots a millimetre on 8 mm

# Format → extension, content type.
FILES = {
    "pdf": ("pdf", "application/pdf"),
    "csv": ("csv", "text/csv"),
    "svg": ("svg.zip", "application/zip"),
    "png": ("png.zip", "application/zip"),
}


@dataclass(frozen=True)
class Work:
    """A batch as plain values, so that nothing of the database is held while it is drawn."""

    batch_id: int
    ref: str
    format: str
    layout: Layout
    face: Face
    count: int
    first: int
    serialised: bool
    scratch: bool
    prefix: str
    words: tuple[str, str, str]  # product, producer, lot
    key: bytes

    @property
    def file_key(self) -> str:
        """Where the file lies in storage."""
        return f"stamps/{self.ref}.{FILES[self.format][0]}"


def fill(batch: StampBatch, most: int) -> bool:
    """Insert at most `most` stamps that are not there yet; whether all are there now.

    A code that another batch drew by chance is left out and the next number drawn in its place, so
    numbers may have gaps. The same batch always gets the same codes.
    """
    if batch.level != Level.ITEM:
        return True
    there, last = db.session.execute(
        select(func.count(), func.max(Row.number)).where(Row.batch_id == batch.id)
    ).one()
    start = max(batch.first_number, (last or 0) + 1)
    missing = min(most, batch.count - there)
    while missing > 0:
        made = _insert(batch, range(start, start + missing))
        start, missing = start + missing, missing - made
        there += made
    return bool(there >= batch.count)


def work(batch: StampBatch) -> Work:
    """What is to be drawn. Raises CannotPrint when its layout is gone."""
    layout = layouts.find(batch.seller_id, batch.layout)
    if layout is None:
        raise CannotPrint(_("Khuôn tem này không còn. Xin chọn khuôn khác."))
    product, lot = batch.product, batch.lot.code if batch.lot else ""
    serialised = batch.level == Level.ITEM
    return Work(
        batch.id,
        batch.ref,
        batch.format,
        layout,
        face(batch, layout),
        batch.count,
        batch.first_number,
        serialised,
        batch.scratch,
        addresses.prefix(batch) if serialised else addresses.of(batch),
        (product.name, product.seller.name, lot),
        addresses.stamp_key(),
    )


def face(batch: StampBatch, layout: Layout) -> Face:
    """What all labels show: a star only while a certificate is in force, a logo where it fits."""
    product = batch.product
    lot = (_("Lô %(code)s", code=batch.lot.code),) if batch.lot else ()
    star = certificates.star_today(product, batch.variant)
    logo = _logo(product.seller.ref) if layout.logo else None
    return Face((product.name, product.seller.name, *lot), star, logo)


def stamps(work: Work, codes: Iterable[tuple[int, str]]) -> Iterator[tuple[int, Stamp]]:
    """Numbers and stamps of a batch; `codes` are its rows, not looked at where it has none."""
    if not work.serialised:
        for number in range(work.first, work.first + work.count):
            yield number, Stamp(work.prefix)
        return
    for number, code in codes:
        secret = identifiers.scratch_code(work.key, code) if work.scratch else ""
        yield number, Stamp(work.prefix + code, code, secret)


def write(work: Work, numbered: Iterator[tuple[int, Stamp]], out: BinaryIO) -> None:
    """Write the file of a batch. Raises LabelTooSmall and WordsTooLarge."""
    if work.format == "csv":
        out.writelines(spreadsheets.csv_lines(_headings(), _rows(work, numbered)))
    elif work.format == "pdf":
        only = (stamp for _number, stamp in numbered)
        sheet_pdf.write(only, work.layout, work.face, out, draw=_draw(work))
    else:
        _write_singles(work, numbered, out)


def _insert(batch: StampBatch, numbers: range) -> int:
    key = addresses.stamp_key()
    codes = [identifiers.serial(key, batch.ref, number) for number in numbers]
    given = (
        func.unnest(cast(list(numbers), ARRAY(BigInteger)), cast(codes, ARRAY(String)))
        .table_valued("number", "code")
        .render_derived()
    )
    rows = select(literal(batch.id), given.c.number, given.c.code, literal(StampState.PRINTED))
    made = insert(Row).from_select(["batch_id", "number", "code", "state"], rows)
    options = {"preserve_rowcount": True}
    done = db.session.execute(made.on_conflict_do_nothing(), execution_options=options)
    return int(done.rowcount)  # type: ignore[attr-defined]


def _draw(work: Work) -> Draw:
    if not work.serialised:
        return qr.symbol
    series = bulk_qr.series(work.prefix, identifiers.SERIAL_LENGTH)
    start = len(work.prefix)
    return lambda uri: series(uri[start:])


def _write_singles(work: Work, numbered: Iterator[tuple[int, Stamp]], out: BinaryIO) -> None:
    """A symbol a file, for labels that somebody else draws; where all are alike, one file."""
    draw, archive = _draw(work), ZipStream(out)
    picture = _PICTURES[work.format]
    for number, stamp in numbered:
        name = f"{number:06d}-{stamp.code}" if work.serialised else work.ref
        data = picture(draw(stamp.uri), work.layout, sheets.grouped(stamp.code) or stamp.uri)
        archive.add(f"{name}.{work.format}", data, packed=work.format == "svg")
        if not work.serialised:
            break
    archive.finish()


def _svg(symbol: qr.Symbol, layout: Layout, title: str) -> bytes:
    module = sheets.module_mm(layout, symbol.side)
    return qr.svg_of(symbol, title, module_mm=module).encode()


def _png(symbol: qr.Symbol, layout: Layout, _title: str) -> bytes:
    dots = round(sheets.module_mm(layout, symbol.side) * layout.dpi / sheets.MM_PER_INCH)
    return qr.png_of(symbol, dots, dpi=layout.dpi)


_PICTURES: dict[str, Callable[[qr.Symbol, Layout, str], bytes]] = {"svg": _svg, "png": _png}


def _headings() -> list[str]:
    return [
        _("Số"),
        _("Mã tem"),
        _("Mã tem, chia nhóm"),
        _("Nội dung mã QR"),
        _("Mã cào"),
        _("Sản phẩm"),
        _("Nhà sản xuất"),
        _("Mã lô"),
    ]


def _rows(work: Work, numbered: Iterator[tuple[int, Stamp]]) -> Iterator[list[Any]]:
    for number, stamp in numbered:
        code = stamp.code
        yield [number, code, sheets.grouped(code), stamp.uri, stamp.secret, *work.words]


def _logo(seller_ref: str) -> Logo | None:
    shown = photos.shown(f"logo:{seller_ref}")
    if not shown:
        return None
    key = shown[0].derived[max(shown[0].derived, key=int)]
    try:
        raw = current_app.extensions["storage"].read(key)
    except StorageError:  # stamps without their logo are better than none
        return None
    with Image.open(io.BytesIO(raw)) as image:
        small = image.convert("RGBA")
    small.thumbnail((LOGO_PIXELS, LOGO_PIXELS))
    paper = Image.new("RGBA", small.size, "white")
    grey = Image.alpha_composite(paper, small).convert("L")
    return Logo(grey.width, grey.height, grey.tobytes())
