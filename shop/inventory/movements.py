"""What a person books on a pack's stock card (thẻ kho)."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from shop import quantities
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue import packs
from shop.catalogue.models import Variant
from shop.errors import BadInput
from shop.inventory import locations, stock
from shop.inventory.models import Location


def book(actor: Actor, variant: Variant, data: dict[str, Any], *, source: str) -> bool:
    """Do one movement as MovementSchema gives it, once per `source`; False when nothing moves.

    Raises BadInput naming the field, NotThere.
    """
    stock.lock([variant.id])
    places = {place.ref: place for place in locations.all_of(variant.seller_id)}
    here = _place(places, data, "at")
    booked = _booked(variant, data, places, here, source)
    if booked:
        moved = f"{data['kind']} {quantities.show(data['quantity'])} {variant.unit}"
        audit.note(actor, "stock.adjust", variant, f"{_subject(variant)}: {moved}")
    return booked


def _booked(
    variant: Variant,
    data: dict[str, Any],
    places: dict[str, Location],
    here: Location | None,
    source: str,
) -> bool:
    quantity, reason, at = data["quantity"], data["reason"], here.id if here else None
    if data["kind"] == "count":
        _expect(reason, "reason", _("Ghi lý do kiểm kho."))
        change = quantity - stock.lies_at(variant.id, at)
        return bool(change) and stock.adjust(
            variant.id, change, source=source, reason=reason, at=at
        )
    _expect(quantity > 0, "quantity", _("Số lượng phải lớn hơn 0."))
    if data["kind"] == "receipt":
        cost = data["unit_cost_vnd"]
        return stock.receive(
            variant.id, quantity, source=source, reason=reason, at=at, unit_cost_vnd=cost
        )
    if data["kind"] == "loss":
        _expect(reason, "reason", _("Ghi lý do hao hụt."))
        return stock.lose(variant.id, quantity, source=source, reason=reason, at=at)
    there = _place(places, data, "to")
    if there is None or here is None or there.id == here.id:
        raise BadInput({"to": [_("Chọn nơi khác để chuyển đến.")]})
    return stock.move(variant.id, quantity, here=here.id, there=there.id, source=source)


def _place(places: dict[str, Location], data: dict[str, Any], name: str) -> Location | None:
    if not data[name]:
        return next(iter(places.values()), None) if name == "at" else None
    _expect(data[name] in places, name, _("Chọn một nơi trong danh sách."))
    return places[data[name]]


def _expect(holds: object, name: str, else_say: str) -> None:
    if not holds:
        raise BadInput({name: [else_say]})


def keep_back(actor: Actor, variant: Variant, safety: Decimal) -> None:
    """So much is promised to nobody."""
    stock.keep_back(variant.id, safety)
    audit.note(actor, "stock.safety", variant, f"{_subject(variant)}: {safety:f}")


def _subject(variant: Variant) -> str:
    return packs.subject(variant.product, variant)
