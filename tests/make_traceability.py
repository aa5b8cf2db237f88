"""Factories of traceability: lots and batches of stamps, asked for as a person does."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Product
from shop.database import db
from shop.orders.models import Order, OrderLine, State
from shop.sellers.models import Seller
from tests import make, make_certificates, make_media
from traceability import batches, events, jobs, lots, printing
from traceability.batches import Wanted
from traceability.events import Item, More
from traceability.labels import Face
from traceability.models import Container, Household, Lot, LotDraw, Role, Site, SiteKind, TraceEvent
from traceability.stamp_models import Stamp, StampBatch, StampState

_next = count(1)


def lot(product: Product | None = None, *, code: str | None = None) -> Lot:
    product = product or make.product()
    return lots.open_lot(SYSTEM, product, code or f"L{next(_next)}", date(2026, 11, 1))


def batch(
    of: Lot | None = None, *, count: int = 3, layout: str = "a4-5x8", **more: Any
) -> StampBatch:
    """A batch that waits for its worker."""
    of = of or lot()
    row = batches.request(SYSTEM, Wanted(of.product, count, layout, lot=of, **more))
    db.session.commit()
    return row


def printed(of: Lot | None = None, **more) -> StampBatch:
    """A batch whose file is ready."""
    row = batch(of, **more)
    jobs.print_batch(row.id)
    return row


def stamp(state: StampState = StampState.ACTIVE) -> Stamp:
    """One stamp of a printed batch, of a lot whose record is public."""
    row = db.session.query(Stamp).filter_by(batch_id=printed(published(), count=1).id).one()
    row.state = state
    db.session.commit()
    return row


def event(of: Lot | None = None, kind: str = "care", facts: dict[str, str] | None = None):
    """Something that was done to a lot just now."""
    said = {"work": "Làm cỏ"} if facts is None else facts
    return events.record(SYSTEM, kind, clock.now(), [Item(of or lot())], said)


def published(of: Lot | None = None) -> Lot:
    """A lot whose record is public."""
    row = of or lot()
    row.published_at = clock.now()
    db.session.commit()
    return row


def shown(of: Lot | None = None) -> Lot:
    """A lot whose record is public and says so."""
    row = of or lot()
    row.published_at = events.record(SYSTEM, "publish", clock.now(), [Item(row)]).happened_at
    db.session.commit()
    return row


def site(seller: Seller, name: str = "Đồi chè Soi Vàng") -> Site:
    """A growing area of the seller."""
    row = Site(seller_id=seller.id, name=name, kind=SiteKind.GROWING_AREA)
    db.session.add(row)
    db.session.flush()
    return row


def household(of: Lot, code: str = "HO07") -> Household:
    """A member household of the lot's seller."""
    row = Household(seller_id=of.seller_id, code=code)
    db.session.add(row)
    db.session.flush()
    return row


def harvested(of: Lot | None = None, kg: int = 20) -> Lot:
    """A lot of so many kilograms, by its harvest just now."""
    row = of or lot()
    items = [Item(row, quantity=Decimal(kg), unit="kg")]
    events.record(SYSTEM, "harvest", clock.now(), items)
    return row


def publishable(of: Lot | None = None) -> Lot:
    """A lot that lacks nothing to be made public."""
    row = harvested(of)
    seller = db.session.get_one(Seller, row.seller_id)
    seller.address = seller.address or "xã Tân Cương, Thái Nguyên"
    row.site, row.expires_on = site(seller, f"Đồi {row.code}"), date(2028, 11, 1)
    make_media.photo(row.product, ready=False)
    return row


def container(of: Lot, code: str = "T7Q2M9K4TX1") -> Container:
    """A carton of the lot's seller."""
    row = Container(seller_id=of.seller_id, code=code, kind="carton")
    db.session.add(row)
    db.session.flush()
    return row


def worked(inputs: list[Lot], outputs: list[Lot], kg: int = 5) -> TraceEvent:
    """Lots were made into others just now, so many kilograms of each."""
    items = [Item(lot, Role.INPUT, Decimal(kg), "kg") for lot in inputs]
    items += [Item(lot, Role.OUTPUT, Decimal(kg), "kg") for lot in outputs]
    return events.record(SYSTEM, "processing", clock.now(), items, {"method": "Sấy"})


def loaded(lot: Lot, box: Container, kind: str = "loading", **extra: list[str]) -> TraceEvent:
    """A lot was packed into a container, or taken out of it."""
    items = [Item(lot, Role.CHILD, Decimal(2), "kg")]
    return events.record(
        SYSTEM, kind, clock.now(), items, {}, More(container=box, extra=extra or None)
    )


def drawn(lot: Lot, **buyer: str) -> LotDraw:
    """An order that two boxes of the lot went into."""
    pack = make.variant(lot.product, on_hand=0)
    said = {"buyer_name": "Chị Lan", "buyer_phone": "+84912000000", "address": "Xóm 5"} | buyer
    order = Order(seller_id=lot.seller_id, state=State.PAID, source="test", **said)
    order.source_key, order.goods_vnd, order.total_vnd = f"draw:{next(_next)}", 1000, 1000
    db.session.add(order)
    db.session.flush()
    words = {"name": "Chè", "pack": "Hộp", "unit": "hộp", "quantity": 2}
    line = OrderLine(order_id=order.id, variant_id=pack.id, **words)
    line.unit_price_vnd, line.amount_vnd = 500, 1000
    db.session.add(line)
    db.session.flush()
    row = LotDraw(seller_id=lot.seller_id, lot_id=lot.id, order_id=order.id, line_id=line.id)
    row.quantity, row.by = Decimal(2), "Ai đó"
    db.session.add(row)
    db.session.flush()
    return row


def face(batch: StampBatch) -> Face:
    """What the labels of a batch show alike."""
    return printing.work(batch).face


def starred(product: Product, star: int) -> None:
    """A certificate of so many stars, in force today, of the whole product."""
    make_certificates.certificate(product, score={3: "55", 4: "75", 5: "95"}[star])
    db.session.commit()
