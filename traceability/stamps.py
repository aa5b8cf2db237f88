"""Stamps: asking for a batch, filling it with keyed codes, activating it, and the verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from shop import outbox
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Product
from shop.database import db
from shop.settings import Settings
from traceability import digital_link, identifiers, qr, sheets
from traceability.digital_link import BadLink, Identity
from traceability.errors import NotPrinted
from traceability.models import Lot
from traceability.stamp_models import BatchState, Stamp, StampBatch, StampState

_SAMPLE = "0" * identifiers.SERIAL_LENGTH  # its check character is right: 0 times any weight


class Finding(StrEnum):
    """What can be said of a code that was scanned."""

    GENUINE = "genuine"
    NOT_ACTIVE = "not_active"
    VOID = "void"
    UNKNOWN = "unknown"


# Finding → tone of the page, what it is, what to do.
_WORDS = {
    Finding.GENUINE: (
        "good",
        _l("Tem thật, đã kích hoạt"),
        _l(
            "Hãy so tên sản phẩm và mã lô dưới đây với bao bì. Khác nhau thì đừng mua, xin báo "
            "người bán."
        ),
    ),
    Finding.NOT_ACTIVE: (
        "warn",
        _l("Tem có thật nhưng chưa kích hoạt"),
        _l(
            "Nhà sản xuất chưa báo tem này đã dán lên hàng. Nếu tem đang ở trên hàng bán, xin "
            "hỏi người bán trước khi dùng."
        ),
    ),
    Finding.VOID: (
        "bad",
        _l("Tem đã bị hủy"),
        _l("Nhà sản xuất đã hủy tem này. Đừng mua, đừng dùng; xin báo nơi bán và nhà sản xuất."),
    ),
    Finding.UNKNOWN: (
        "bad",
        _l("Không có tem nào mang mã này"),
        _l(
            "Mã đúng kiểu nhưng không phải mã chúng tôi đã phát hành. Xin quét lại hoặc gõ lại "
            "từng chữ. Nếu vẫn thế, tem có thể là giả: đừng dùng, xin báo nơi bán."
        ),
    ),
}
_FINDINGS = {
    StampState.PRINTED: Finding.NOT_ACTIVE,
    StampState.ACTIVE: Finding.GENUINE,
    StampState.VOID: Finding.VOID,
}


@dataclass(frozen=True)
class Verdict:
    """What a scan says. `stamp` is None for a code never issued."""

    finding: Finding
    stamp: Stamp | None = None

    @property
    def tone(self) -> str:
        """`good`, `warn` or `bad`."""
        return _WORDS[self.finding][0]

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return str(_WORDS[self.finding][1])

    @property
    def advice(self) -> str:
        """What the person holding it should do."""
        return str(_WORDS[self.finding][2])


def request(actor: Actor, lot: Lot, count: int, layout: str) -> StampBatch:
    """Ask for `count` stamps of `lot` on `layout` (a name of sheets.LAYOUTS).

    A worker makes them. Raises LabelTooSmall when our addresses do not fit the label.
    """
    symbol = qr.matrix(address(_SAMPLE))
    sheets.module_mm(sheets.LAYOUTS[layout], len(symbol))
    batch = StampBatch(lot=lot, lot_id=lot.id, seller_id=lot.seller_id, count=count, layout=layout)
    batch.product_id = lot.product_id
    batch.state = BatchState.WAITING
    db.session.add(batch)
    db.session.flush()
    wanted = {"count": [None, count], "layout": [None, layout]}
    audit.write(actor, "stamps.request", batch.seller_id, lot.code, batch.ref, wanted)
    outbox.add("traceability.jobs.print_batch", {"batch_id": batch.id})
    return batch


def print_again(actor: Actor, batch: StampBatch) -> None:
    """Ask once more for a batch whose printing failed; any other stays as it is."""
    if batch.state == BatchState.FAILED:
        batch.state = BatchState.WAITING
        audit.note(actor, "stamps.reprint", batch, name(batch))
        outbox.add("traceability.jobs.print_batch", {"batch_id": batch.id})


def name(batch: StampBatch) -> str:
    """What people call a batch: its lot's code, else its product."""
    return batch.lot.code if batch.lot else batch.product.name


def address(serial: str) -> str:
    """What the symbol of a stamp says: an upper-case address of this site where there is one."""
    base = urlsplit(_settings().base_url)
    host, identity = base.netloc + base.path, Identity(serial=serial)
    try:
        return digital_link.build_short(host, identity, scheme=base.scheme)
    except BadLink:  # a path before ours keeps its case
        return digital_link.build(host, identity, scheme=base.scheme)


def fill(batch: StampBatch) -> list[str]:
    """Insert the stamps of the batch that are not there yet; all their codes, in printing order.

    A code that another batch drew by chance is left out and the next number drawn in its place, so
    numbers may have gaps. The same batch always gets the same codes.
    """
    first, missing = 1, batch.count
    while missing > 0:
        _insert(batch, range(first, first + missing))
        first += missing
        missing = batch.count - _how_many(batch)
    query = select(Stamp.code).where(Stamp.batch_id == batch.id).order_by(Stamp.number)
    return list(db.session.scalars(query))


def _insert(batch: StampBatch, numbers: Iterable[int]) -> None:
    key = _settings().stamp_key.encode()
    rows = [
        {
            "batch_id": batch.id,
            "number": number,
            "code": identifiers.serial(key, batch.ref, number),
            "state": StampState.PRINTED,
        }
        for number in numbers
    ]
    db.session.execute(insert(Stamp).on_conflict_do_nothing(), rows)


def _how_many(batch: StampBatch) -> int:
    query = select(func.count()).select_from(Stamp).where(Stamp.batch_id == batch.id)
    return db.session.scalar(query) or 0


def labels(batch: StampBatch, codes: list[str]) -> list[sheets.Stamp]:
    """What the sheet shows for each code: the symbol, the product, the producer, the lot."""
    product = batch.product
    lot = (_("Lô %(code)s", code=batch.lot.code),) if batch.lot else ()
    captions = (product.name, product.seller.name, *lot)
    return [sheets.Stamp(address(code), captions, code) for code in codes]


def activate(actor: Actor, batch: StampBatch) -> int:
    """The printed stamps of the batch are on goods now; how many changed. Twice is once.

    Raises NotPrinted while the file is not ready.
    """
    if batch.state != BatchState.READY:
        raise NotPrinted
    changed = db.session.scalars(
        update(Stamp)
        .where(Stamp.batch_id == batch.id, Stamp.state == StampState.PRINTED)
        .values(state=StampState.ACTIVE)
        .returning(Stamp.id)
    ).all()
    if changed:
        audit.note(actor, "stamps.activate", batch, name(batch))
    return len(changed)


def counts(batch_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Batch id → (stamps made, stamps active). A batch without stamps is left out."""
    active = func.count().filter(Stamp.state == StampState.ACTIVE)
    query = (
        select(Stamp.batch_id, func.count(), active)
        .where(Stamp.batch_id.in_(batch_ids))
        .group_by(Stamp.batch_id)
    )
    return {batch_id: (made, on) for batch_id, made, on in db.session.execute(query)}


def verdict(identity: Identity) -> Verdict:
    """What we can say of the stamp an address names. One never issued is unknown."""
    if identity.gtin or identity.code or not identity.serial:
        return Verdict(Finding.UNKNOWN)  # our stamps carry their serial alone
    batch = joinedload(Stamp.batch)
    product = batch.joinedload(StampBatch.product)
    query = select(Stamp).where(Stamp.code == identity.serial)
    stamp = db.session.scalar(
        query.options(
            batch.joinedload(StampBatch.lot),
            product.joinedload(Product.seller),
            product.lazyload(Product.variants),
        )
    )
    if stamp is None:
        return Verdict(Finding.UNKNOWN)
    return Verdict(_FINDINGS[StampState(stamp.state)], stamp)


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
