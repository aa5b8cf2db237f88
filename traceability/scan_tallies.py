"""What scans tell a seller: how many, where, of what, and which serials look copied."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.database import db
from traceability import waits
from traceability.models import Lot
from traceability.stamp_models import ScanDay, ScanWait, Stamp, StampBatch
from traceability.verdicts import CLEARED, WORDS, Finding

MOST_ROWS = 12
MOST_SERIALS = 50
Bars = list[tuple[str, int]]


@dataclass(frozen=True)
class Figures:
    """Counts of `first` to `last`, both days counted. `lag_hours`: the middle one, from activation
    to the first scan, of the stamps first scanned in these days, rounded down as `waits.step` says;
    None without any.
    """

    first: date
    last: date
    scans: int
    firsts: int
    days: Bars
    areas: Bars
    products: Bars
    batches: Bars
    findings: Bars
    lag_hours: int | None


def of(actor: Actor, first: date, last: date) -> Figures:
    """The figures of all goods whose stamps the actor may see."""
    scans, firsts = db.session.execute(
        _scope(actor, first, last, func.coalesce(func.sum(ScanDay.scans), 0),
               func.coalesce(func.sum(ScanDay.firsts), 0))
    ).one()  # fmt: skip
    return Figures(
        *(first, last, int(scans), int(firsts)),
        days=_days(actor, first, last),
        areas=_named(actor, first, last, func.coalesce(ScanDay.area, _("không rõ"))),
        products=_named(actor, first, last, Product.name),
        batches=_batches(actor, first, last),
        findings=_findings(actor, first, last),
        lag_hours=_lag(actor, first, last),
    )


def _scope(actor: Actor, first: date, last: date, *columns: Any) -> Select[Any]:
    query = select(*columns).select_from(ScanDay)
    mine = ScanDay.product_id.in_(_products(actor))
    return query.where(mine, ScanDay.on.between(first, last))


def _products(actor: Actor) -> Select[Any]:
    return access.rows(actor, Product, Permission.STAMPS_READ).with_only_columns(Product.id)


def _days(actor: Actor, first: date, last: date) -> Bars:
    query = _scope(actor, first, last, ScanDay.on, func.sum(ScanDay.scans)).group_by(ScanDay.on)
    counted = {day: int(number) for day, number in db.session.execute(query)}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [(f"{day:%d/%m}", counted.get(day, 0)) for day in days]


def _named(actor: Actor, first: date, last: date, name: Any) -> Bars:
    total = func.sum(ScanDay.scans)
    query = _scope(actor, first, last, name, total).join(Product, Product.id == ScanDay.product_id)
    query = query.group_by(name).order_by(total.desc(), name).limit(MOST_ROWS)
    return [(label, int(number)) for label, number in db.session.execute(query)]


def _batches(actor: Actor, first: date, last: date) -> Bars:
    total = func.sum(ScanDay.scans)
    query = _scope(actor, first, last, StampBatch.ref, Lot.code, total)
    query = query.join(StampBatch, StampBatch.id == ScanDay.batch_id)
    query = query.outerjoin(Lot, Lot.id == StampBatch.lot_id).group_by(StampBatch.ref, Lot.code)
    rows = db.session.execute(query.order_by(total.desc(), StampBatch.ref).limit(MOST_ROWS))
    return [(f"{code or ''} {ref}".strip(), int(number)) for ref, code, number in rows]


def _findings(actor: Actor, first: date, last: date) -> Bars:
    total = func.sum(ScanDay.scans)
    query = _scope(actor, first, last, ScanDay.finding, total).group_by(ScanDay.finding)
    rows = db.session.execute(query.order_by(total.desc(), ScanDay.finding))
    return [(str(WORDS[Finding(finding)].title), int(number)) for finding, number in rows]


def _stamps(actor: Actor) -> Select[Stamp]:
    mine = access.rows(actor, StampBatch, Permission.STAMPS_READ).with_only_columns(StampBatch.id)
    return select(Stamp).where(Stamp.batch_id.in_(mine))


def _lag(actor: Actor, first: date, last: date) -> int | None:
    query = select(ScanWait.hours, func.sum(ScanWait.stamps)).where(
        ScanWait.product_id.in_(_products(actor)), ScanWait.on.between(first, last)
    )
    rows = db.session.execute(query.group_by(ScanWait.hours).order_by(ScanWait.hours))
    return waits.middle([(hours, int(stamps)) for hours, stamps in rows])


def suspicious(actor: Actor) -> list[Stamp]:
    """The serials that look copied, those scanned most first."""
    query = _stamps(actor).where(Stamp.suspect.is_not(None), Stamp.suspect != CLEARED)
    whole = joinedload(Stamp.batch)
    query = query.options(whole.joinedload(StampBatch.lot), whole.joinedload(StampBatch.product))
    ordered = query.order_by(Stamp.scans.desc(), Stamp.id).limit(MOST_SERIALS)
    return list(db.session.scalars(ordered))


def lines(actor: Actor, first: date, last: date) -> Iterator[tuple[str | int, ...]]:
    """The counts themselves, a line a day, product, lot, batch, area and finding."""
    query = (
        _scope(actor, first, last, ScanDay, Product.name, Lot.code, StampBatch.ref)
        .join(Product, Product.id == ScanDay.product_id)
        .outerjoin(Lot, Lot.id == ScanDay.lot_id)
        .outerjoin(StampBatch, StampBatch.id == ScanDay.batch_id)
        .order_by(ScanDay.on, ScanDay.id)
    )
    for row, product, lot, batch in db.session.execute(query):
        about = (row.on.isoformat(), product, lot or "", batch or "", row.area or "")
        yield (*about, row.finding, row.scans, row.firsts)


def headings() -> tuple[str, ...]:
    """The headings of `lines`."""
    return (
        *(_("Ngày"), _("Sản phẩm"), _("Lô"), _("Đợt tem"), _("Nơi")),
        *(_("Kết luận"), _("Lượt quét"), _("Lần đầu")),
    )


def since(days: int) -> tuple[date, date]:
    """The last so many days, today counted."""
    today = clock.today()
    return today - timedelta(days=days - 1), today
