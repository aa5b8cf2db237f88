"""Back office: goods under the codes of a session, planned or while it runs."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import money, pages, quantities
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Variant
from shop.database import transaction
from shop.livestream import broadcasts, console
from shop.livestream import pins as verbs
from shop.livestream.models import Broadcast, Pin
from shop.livestream.plan_schemas import UnpinSchema
from shop.livestream.schemas import PinSchema

bp = Blueprint("pins", __name__, url_prefix="/ban-hang/livestream")

RUN = Permission.LIVESTREAM_RUN


@bp.route("/<ref>/ma", methods=["GET", "POST"])
@access.signed_in
def pin(actor: Actor, ref: str) -> ResponseReturnValue:
    """A form for one code: a new one, or `?ma=` the one to change; leads back where it was asked.

    While the session runs that is the console.
    """
    row = access.get(actor, Broadcast, ref, RUN)
    form = pages.form(PinSchema(), _pinned(row, request.args.get("ma", "")))
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Broadcast, ref, RUN, lock=True)
            variant = _variant(actor, form.data["variant"])
            dropped = _drop_old(row, form.data, variant)
            message = _said(verbs.pin(actor, row, form.data, variant), variant) + dropped
        if not form.errors:
            return _back(row, message)
        row = access.get(actor, Broadcast, ref, RUN)
    return pages.page(
        "pins/pin.html",
        form=form,
        broadcast=row,
        runs=row.state in broadcasts.RUNNING,
        goods=[("", _("Chưa gắn hàng")), *console.goods(actor)],
    )


def _back(row: Broadcast, message: str) -> ResponseReturnValue:
    if row.state in broadcasts.RUNNING:
        return pages.saved("livestream.console", message, ref=row.ref, _anchor="ma")
    return pages.saved("sessions.session", message, ref=row.ref, _anchor="ma")


def _pinned(row: Broadcast, code: str) -> dict[str, Any]:
    """What stands under a code, for its form; what the goods say themselves stays blank there."""
    found: Pin | None = next((p for p in row.pins if p.code == code), None)
    if found is None:
        return {}
    goods = found.variant
    own = (goods.product.name, goods.unit) if goods else ("", "")
    return {
        "code": found.code,
        "label": "" if found.label == own[0] else found.label,
        "unit": "" if found.unit == own[1] else found.unit,
        "aliases": ", ".join(found.aliases),
        "variants": ", ".join(found.variants),
        "variant": goods.ref if goods else "",
        "price_vnd": "" if found.price_vnd is None else money.show(found.price_vnd),
        "cap": "" if found.cap is None else quantities.show(found.cap),
        "per_buyer": "" if found.per_buyer is None else quantities.show(found.per_buyer),
    }


def _variant(actor: Actor, ref: str) -> Variant | None:
    """The goods of that reference, None when it is empty. Raises NotFound."""
    return access.get(actor, Variant, ref, RUN) if ref else None


def _drop_old(row: Broadcast, data: dict[str, Any], variant: Variant | None) -> str:
    """Price, limits and names that the form sent back as they were belong to the goods they were
    given to: other goods begin without. What a person is told of it, if it is so.
    """
    before = next((p for p in row.pins if p.code == data["code"]), None)
    old = before.variant if before else None
    if old is None or variant is None or old.id == variant.id:
        return ""
    names = ("aliases", "variants") if old.product_id != variant.product_id else ()
    said = [word for name in names for word in _dropped(before, data, name)]
    told = " " + _("Cách gọi của hàng cũ đã bỏ: %(words)s.", words=", ".join(said)) if said else ""
    terms = [_dropped(before, data, name) for name in ("price_vnd", "cap", "per_buyer")]
    if any(terms):
        price = money.show(variant.price_vnd if data["price_vnd"] is None else data["price_vnd"])
        told += " " + _("Giá, mức của hàng cũ đã bỏ; hàng mới giá %(price)s.", price=price)
    return told


def _dropped(before: Pin | None, data: dict[str, Any], name: str) -> list[Any]:
    """What stood there and was sent back unchanged, now taken out of `data`."""
    given = data.get(name)
    if not given or given != getattr(before, name):
        return []
    data[name] = [] if isinstance(given, list) else None
    return given if isinstance(given, list) else [given]


def _said(pin: Pin, variant: Variant | None) -> str:
    """What a person is told after pinning: whether orders come of it by themselves."""
    if variant is None:
        said = _("Đã ghim %(code)s, chưa gắn hàng: người phải xem từng đơn.", code=pin.code)
    elif broadcasts.canonical_unit(pin.unit) != broadcasts.canonical_unit(variant.unit):
        said = _(
            "Đã ghim %(code)s, nhưng hàng bán theo %(sold)s còn mã nói theo %(said)s:"
            " người phải xem từng đơn.",
            code=pin.code,
            sold=variant.unit,
            said=pin.unit,
        )
    else:
        said = _("Đã ghim %(code)s.", code=pin.code)
    return str(said)


@bp.post("/<ref>/bo-ma")
@access.signed_in
def unpin(actor: Actor, ref: str) -> ResponseReturnValue:
    """A code means nothing from now on."""
    form = pages.form(UnpinSchema())
    with form.guard(), transaction():
        row = access.get(actor, Broadcast, ref, RUN, lock=True)
        if form.data:
            verbs.unpin(actor, row, form.data["code"])
    if form.errors:
        return pages.refused("sessions.session", form, ref=ref, _anchor="ma")
    said = _("Đã bỏ mã %(code)s.", code=form.data["code"])
    return pages.saved("sessions.session", said, ref=ref, _anchor="ma")
