"""What an address stands for: one query from an identity to plain values of our tables.

Plain values and not rows, because this stands on the path of every scan.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, cast, func, literal, select

from shop.catalogue.models import Product, Variant
from shop.database import db
from traceability import identifiers
from traceability.digital_link import Identity
from traceability.models import Lot
from traceability.stamp_models import ProductCode, ShownMark, Stamp, StampBatch


@dataclass(frozen=True, slots=True)
class StampFacts:
    """A stamp as it stands now; `scratch`: its label hides a second code."""

    id: int
    code: str
    state: str
    claimed_at: datetime | None
    scans: int
    first_scan_at: datetime | None
    suspect: str | None
    batch_id: int
    scratch: bool


@dataclass(frozen=True, slots=True)
class LotFacts:
    """A lot as it stands now; `head` is the last hash of its chain."""

    id: int
    ref: str
    code: str
    head: str
    produced_on: date | None
    expires_on: date | None
    published_at: datetime | None
    recalled_at: datetime | None
    recall_reason: str | None
    illustrative: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What is there under an address. Without `product_id` nothing is.

    `lot_missing`: the product is known, the lot that was named is not, so the product answers.
    `gtin`: 14 digits, where the address or the stamp's pack has one. `mark`: another one after each
    change of what pages of this seller show; `settled`: nobody is changing any of it under an
    older mark, so what is read now may be kept under this one.
    """

    product_id: int | None = None
    product_ref: str = ""
    mark: int = 0
    settled: bool = False
    lot: LotFacts | None = None
    stamp: StampFacts | None = None
    gtin: str | None = None
    lot_missing: str | None = None


NOTHING = Found()

_MARK = (
    select(func.coalesce(func.max(ShownMark.xid), 0))
    .where(ShownMark.seller_id == Product.seller_id)
    .correlate(Product)
    .scalar_subquery()
)
_NOBODY_BEFORE = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
_PRODUCT = (Product.id, Product.ref, _MARK.label("mark"), (_MARK < _NOBODY_BEFORE).label("settled"))
_LOT = (
    *(Lot.id, Lot.ref, Lot.code, Lot.head, Lot.produced_on, Lot.expires_on),
    *(Lot.published_at, Lot.recalled_at, Lot.recall_reason, Lot.illustrative),
)
_STAMP = (
    *(Stamp.id, Stamp.code, Stamp.state, Stamp.claimed_at, Stamp.scans, Stamp.first_scan_at),
    *(Stamp.suspect, StampBatch.id, StampBatch.scratch),
)
_PACK = (ProductCode.code, StampBatch.gtin, StampBatch.variant_id, Variant.gtin)
_AFTER_PRODUCT, _AFTER_LOT = len(_PRODUCT), len(_PRODUCT) + len(_LOT)
_AFTER_STAMP = _AFTER_LOT + len(_STAMP)
Values = Sequence[Any]
Query = Any  # a Select of many columns, whose types nobody needs spelled out


def resolve(identity: Identity) -> Found:
    """What `identity` names. A serial under a GTIN or lot that is not its own is nothing.

    A lot that nobody knows falls back to its product, and says so; a serial never does.
    """
    if identity.variant:
        return NOTHING  # we issue none
    if identity.serial:
        return _item(identity)
    if identity.gtin and not identifiers.restricted(identity.gtin):
        return _goods(identity.gtin, identity.lot)
    if identity.code:
        return _coded(identity.code, identity.lot)
    return NOTHING


# Built once: compiling it anew is most of what a scan would cost.
def _of_stamp() -> Query:
    return (
        select(*_PRODUCT, *_LOT, *_STAMP, *_PACK)
        .select_from(Stamp)
        .join(StampBatch, StampBatch.id == Stamp.batch_id)
        .join(Product, Product.id == StampBatch.product_id)
        .outerjoin(Lot, Lot.id == StampBatch.lot_id)
        .outerjoin(Variant, Variant.id == StampBatch.variant_id)
        .outerjoin(ProductCode, ProductCode.product_id == Product.id)
    )


_STAMP_QUERY = _of_stamp().where(Stamp.code == bindparam("serial"))


def _item(identity: Identity) -> Found:
    row = _first(_STAMP_QUERY, serial=identity.serial)
    if row is None:
        return NOTHING
    lot, (code, printed, _pack, gtin) = _lot(row), row[_AFTER_STAMP:]
    if identity.lot and (lot is None or lot.code != identity.lot):
        return NOTHING
    if identity.code and identity.code != code:
        return NOTHING
    if identity.gtin and not _has_gtin(identity.gtin, row):
        return NOTHING
    stamp = StampFacts(*row[_AFTER_LOT:_AFTER_STAMP])
    named = identity.gtin or printed or (gtin.zfill(14) if gtin else None)
    return Found(*_product(row), lot=lot, stamp=stamp, gtin=named)


def _first(query: Query, **given: str | None) -> Values | None:
    # Past the session: it would look for rows of ours among plain values, longer than the query.
    return db.session.connection().execute(query, given).first()


def _product(row: Values) -> tuple[int, str, int, bool]:
    return row[0], row[1], row[2], row[3]


def _lot(row: Values) -> LotFacts | None:
    return LotFacts(*row[_AFTER_PRODUCT:_AFTER_LOT]) if row[_AFTER_PRODUCT] else None


def _has_gtin(gtin: str, row: Values) -> bool:
    """Whether a stamp's goods bear this GTIN: as printed, else its pack, else any of its packs."""
    _code, printed, pack_id, of_pack = row[_AFTER_STAMP:]
    if printed is not None:
        return bool(printed == gtin)
    if pack_id is not None:
        return bool(of_pack) and of_pack.zfill(14) == gtin
    packs = select(Variant.id).where(Variant.product_id == row[0], Variant.gtin.in_(_forms(gtin)))
    return db.session.scalar(packs.limit(1)) is not None


def _goods(gtin: str, lot_code: str | None) -> Found:
    # Several sellers may sell the same goods: who has the lot, then who sells, then the oldest.
    query = (
        select(*_PRODUCT, *_LOT)
        .select_from(Variant)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Lot, _named_lot(lot_code))
        .where(Variant.gtin.in_(_forms(gtin)), Product.on_sale | Lot.id.is_not(None))
        .order_by(Lot.id.asc().nulls_last(), Product.on_sale.desc(), Variant.id)
        .limit(1)
    )
    row = _first(query) or _first(_printed(gtin, lot_code))
    return _with_lot(row, lot_code, gtin) if row else NOTHING


def _printed(gtin: str, lot_code: str | None) -> Query:
    # A pack may have another number today; what is on paper stays.
    return (
        select(*_PRODUCT, *_LOT)
        .select_from(StampBatch)
        .join(Product, Product.id == StampBatch.product_id)
        .outerjoin(Lot, _named_lot(lot_code))
        .where(StampBatch.gtin == gtin)
        .order_by(Lot.id.asc().nulls_last(), StampBatch.id)
        .limit(1)
    )


def _coded(code: str, lot_code: str | None) -> Found:
    query = (
        select(*_PRODUCT, *_LOT)
        .select_from(ProductCode)
        .join(Product, Product.id == ProductCode.product_id)
        .outerjoin(Lot, _named_lot(lot_code))
        .where(ProductCode.code == code)
    )
    row = _first(query)
    return _with_lot(row, lot_code, None) if row else NOTHING


def _named_lot(lot_code: str | None) -> ColumnElement[bool]:
    if not lot_code:
        return literal(False)
    return (Lot.product_id == Product.id) & (Lot.code == lot_code)


def _with_lot(row: Values, lot_code: str | None, gtin: str | None) -> Found:
    found = _lot(row)
    missing = lot_code if lot_code and found is None else None
    return Found(*_product(row), lot=found, gtin=gtin, lot_missing=missing)


def published(lot_ref: str) -> Found:
    """A lot by its public reference, once its record is public."""
    query = select(*_PRODUCT, *_LOT).join(Product, Product.id == Lot.product_id)
    row = _first(query.where(Lot.ref == lot_ref, Lot.published_at.is_not(None)))
    return Found(*_product(row), lot=_lot(row)) if row else NOTHING


def _forms(gtin: str) -> list[str]:
    """The same GTIN as it may have been written down: with 14, 13, 12 or 8 digits."""
    return [gtin[14 - n :] for n in (14, 13, 12, 8) if not gtin[: 14 - n].strip("0")]
