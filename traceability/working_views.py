"""Back office: working lots into other lots."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, lazyload

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product, Status
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Schema
from shop.media import arrivals
from traceability import working
from traceability.diary import Entry
from traceability.kinds import KINDS
from traceability.lot_schemas import UNITS, EventSchema, MadeSchema, PartSchema
from traceability.models import Lot, Site
from traceability.working import Made, Used

bp = Blueprint("working", __name__, url_prefix="/ban-hang/che-bien", template_folder="templates")

WRITE = Permission.TRACE_WRITE
KIND = KINDS["processing"]
INPUTS, OUTPUTS = 6, 4  # lines of the form
MOST_CHOICES = 200


@bp.route("", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(arrivals.PHOTOS_BYTES)
def work(actor: Actor) -> ResponseReturnValue:
    """Which lots go in, which come out, how and where; `?lo=` names the first that goes in."""
    if not actor.may(WRITE):
        raise NotFound
    ref = request.args.get("lo", "")
    begun = access.get(actor, Lot, ref, WRITE) if ref else None
    now = clock.vietnam(clock.now()).strftime("%Y-%m-%dT%H:%M")
    form = pages.form(EventSchema(), {"at": now, **working.start(begun)})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        used, made = (
            _lines(form, "in", INPUTS, PartSchema()),
            _lines(form, "out", OUTPUTS, MadeSchema()),
        )
        shots = [] if form.errors else arrivals.pictures(form)
        if not form.errors:
            led = ""
            with form.guard(), transaction():
                led = _worked(actor, form, (used, made), shots)
            if not form.errors:
                return pages.saved("lots.lot", _("Đã ghi."), ref=led, _anchor="nhat-ky")
    return pages.page("traceability/work.html", form=form, kind=KIND, **_choices(actor, begun))


def _lines(form: pages.Form, prefix: str, most: int, schema: Schema) -> list[dict[str, Any]]:
    """The lines of the form where something was typed, as `schema` reads them."""
    found = []
    for number in range(most):
        start = f"{prefix}-{number}-"
        line = {n.removeprefix(start): t for n, t in form.values.items() if n.startswith(start)}
        if not line.get("lot", "").strip() and not line.get("code", "").strip():
            continue
        errors = schema.validate(line)
        form.errors |= {f"{start}{name}": texts for name, texts in errors.items()}
        if not errors:
            found.append(schema.load(line))
    return found


def _worked(
    actor: Actor,
    form: pages.Form,
    lines: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    shots: list[Any],
) -> str:
    used = [Used(access.get(actor, Lot, part.pop("lot"), WRITE), **part) for part in lines[0]]
    made = [
        Made(access.get(actor, Product, part.pop("product"), WRITE), **part) for part in lines[1]
    ]
    data = form.data
    site = access.get(actor, Site, data["site"], WRITE) if data["site"] else None
    rows = [*(part.lot for part in used), *(part.product for part in made), site]
    if len({row.seller_id for row in rows if row is not None}) > 1:
        raise NotFound
    facts = {fact.name: form.values.get(fact.name, "") for fact in KIND.facts}
    entry = Entry(
        *(KIND.code, data["at"], facts), site=site, note=data["note"], key=form.key, shots=shots
    )
    event = working.work(actor, used, made, entry)
    made_first = next(item.lot for item in event.items if item.role == "output")
    pages.claim(form, "lots.lot", ref=made_first.ref)
    return str(made_first.ref)


def _choices(actor: Actor, begun: Lot | None) -> dict[str, Any]:
    """Lots, products and places to choose from; of one seller once a lot was named."""
    lots = access.rows(actor, Lot, WRITE).where(Lot.quantity.is_not(None))
    lots = lots.options(joinedload(Lot.product).lazyload(Product.variants))
    goods = access.rows(actor, Product, WRITE).where(Product.status != Status.ARCHIVED)
    goods = goods.options(joinedload(Product.seller), lazyload(Product.variants))
    places = access.rows(actor, Site, WRITE).where(Site.retired_at.is_(None))
    if begun:
        lots = lots.where(Lot.seller_id == begun.seller_id)
        goods = goods.where(Product.seller_id == begun.seller_id)
        places = places.where(Site.seller_id == begun.seller_id)
    rows = db.session.scalars(lots.order_by(Lot.id.desc()).limit(MOST_CHOICES)).unique()
    products = db.session.scalars(goods.order_by(Product.sort_key).limit(MOST_CHOICES))
    there = db.session.scalars(places.order_by(Site.name).limit(MOST_CHOICES))
    return {
        "lots": [
            ("", _("Không")),
            *((row.ref, f"{row.code} – {row.product.name}") for row in rows),
        ],
        "products": [("", _("Chưa chọn")), *((row.ref, row.name) for row in products)],
        "sites": [("", _("Không ghi")), *((row.ref, row.name) for row in there)],
        "units": [(unit, unit) for unit in UNITS],
        "inputs": range(INPUTS),
        "outputs": range(OUTPUTS),
    }
