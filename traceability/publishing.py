"""Making a lot's record public: what has to be in it first, and taking it back.

What a consumer must be able to look up: name and picture of the product, name and address of who
makes it, time of production, shelf life (Thông tư 02/2024/TT-BKHCN); where it was made and what
was done, with withdrawal periods kept (TCVN 12850:2019: one step back, one step forward).
"""

from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.media import photos
from shop.media.models import PhotoState
from shop.sellers.models import Seller
from traceability import events, lots, recalls, withdrawal
from traceability.errors import NotPublishable
from traceability.events import Item
from traceability.models import Lot, Role

# A lot comes into being by one of these.
_BEGINNINGS = ("harvest", "processing", "receiving", "packing")


@dataclass(frozen=True)
class Lack:
    """Something that is missing, and the page (endpoint and its values) where it is mended.

    `about`: for programs, the field of a lot, or photos, address, events, test, withdrawal.
    """

    about: str
    text: str
    endpoint: str
    values: dict[str, str] = field(default_factory=dict)


def missing(lot: Lot) -> list[Lack]:
    """All that keeps the lot's record from being public; empty when nothing does."""
    return [*_of_product(lot), *_of_maker(lot), *_of_lot(lot), *_of_record(lot)]


def _of_product(lot: Lot) -> list[Lack]:
    shown = photos.of(f"product:{lot.product.ref}")
    if any(photo.state != PhotoState.FAILED for photo in shown):
        return []
    where = {"ref": lot.product.ref, "_anchor": "anh"}
    return [Lack("photos", _("Thiếu ảnh sản phẩm."), "catalogue.product", where)]


def _of_maker(lot: Lot) -> list[Lack]:
    seller = db.session.get_one(Seller, lot.seller_id)
    if seller.address or seller.commune:
        return []
    text = _("Thiếu địa chỉ nhà sản xuất.")
    return [Lack("address", text, "profile.seller", {"ref": seller.ref})]


def _of_lot(lot: Lot) -> list[Lack]:
    lacks = {}
    if lot.produced_on is None:
        lacks["produced_on"] = _("Thiếu ngày sản xuất.")
    if lot.expires_on is None and not lot.product.shelf_life:
        lacks["expires_on"] = _("Thiếu hạn sử dụng.")
    if lot.site is None:
        lacks["site"] = _("Thiếu nơi sản xuất (vùng trồng hoặc xưởng).")
    if lot.quantity is None:
        lacks["quantity"] = _("Thiếu số lượng của lô.")
    where = {"ref": lot.ref}
    return [Lack(about, text, "lots.lot_change", where) for about, text in lacks.items()]


def _of_record(lot: Lot) -> list[Lack]:
    lacks = []
    told = events.of_lot(lot)
    if not any(event.kind in _BEGINNINGS or item.role == Role.OUTPUT for event, item in told):
        text = _("Thiếu nhật ký: ghi ít nhất một việc thu hoạch, chế biến, nhận hàng, đóng gói.")
        lacks.append(Lack("events", text, "diary.choose", {"ref": lot.ref}))
    failed = [
        event
        for event, _item in told
        if event.kind == "test" and events.facts_of(event).get("result") == "fail"
    ]
    lacks += [
        Lack("test", _("Kiểm nghiệm không đạt."), "diary.event", {"ref": event.ref})
        for event in failed
    ]
    # What the lot was made of counts as well: drying does not end a withdrawal period.
    lacks += [
        Lack("withdrawal", breach.words, "diary.event", {"ref": breach.harvest.ref})
        for breach in withdrawal.breaches(recalls.backward(lot).lots)
    ]
    return lacks


def publish(actor: Actor, lot: Lot) -> None:
    """Make the record of a lot public; what it is stands in it from now on. Twice is once.

    Raises NotPublishable naming each thing that is missing.
    """
    require(lot)
    if lot.published_at is None:
        lots.note(actor, lot)
        lot.published_at = _recorded(actor, lot, "publish")
        audit.note(actor, "lot.publish", lot, lot.code)


def _recorded(actor: Actor, lot: Lot, kind: str) -> datetime:
    """Put into the lot's record that it is public or no more; when."""
    return events.record(actor, kind, clock.now(), [Item(lot)]).happened_at


def require(lot: Lot) -> None:
    """Raises NotPublishable unless the lot has all that a public one needs."""
    if lacks := missing(lot):
        raise NotPublishable([(lack.about, lack.text) for lack in lacks])


def unpublish(actor: Actor, lot: Lot, reason: str) -> None:
    """Show the record no more: stamps answer with code and days alone. Twice is once."""
    if lot.published_at is not None:
        _recorded(actor, lot, "unpublish")
        lot.published_at = None
        told = {"reason": [None, reason]}
        audit.write(actor, "lot.unpublish", lot.seller_id, lot.code, lot.ref, told)
