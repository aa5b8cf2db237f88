"""Back office: lots, what is known of them, and making their record public."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, lazyload

from shop import pages, quantities
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product, Status
from shop.database import db, transaction
from shop.errors import NotFound
from shop.media import documents
from traceability import balances, choices, publishing, recalls, sites, stories, withdrawal, words
from traceability import lots as verbs
from traceability.lot_schemas import UNITS, LotSchema, NewLotSchema, ReasonedSchema
from traceability.models import Household, Lot

bp = Blueprint("lots", __name__, url_prefix="/ban-hang/lo", template_folder="templates")

READ, WRITE = Permission.STAMPS_READ, Permission.TRACE_WRITE
MOST_CHOICES = 500


@bp.get("")
@access.signed_in
def lots(actor: Actor) -> ResponseReturnValue:
    """The lots of the actor's sellers, newest first; `?q=` by the beginning of the code."""
    access.expect(actor, READ)
    code = request.args.get("q", "").strip()
    query = access.rows(actor, Lot, READ).options(
        joinedload(Lot.site),
        joinedload(Lot.product).options(joinedload(Product.seller), lazyload(Product.variants)),
    )
    if code:
        query = query.where(Lot.code.istartswith(code, autoescape=True))
    page = pages.paged(query.order_by(Lot.id.desc()))
    return pages.page(
        "traceability/lots.html",
        page=page,
        code=code,
        left=balances.left_of(page.items),
        may_write=actor.may(WRITE),
    )


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def lot_new(actor: Actor) -> ResponseReturnValue:
    """Open a lot of `?product=`; without one it is chosen first."""
    if not actor.may(WRITE):
        raise NotFound
    start = {"product": request.args.get("product", ""), "unit": "kg"}
    form = pages.form(NewLotSchema(), start)
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        ref = ""
        with form.guard(), transaction():
            lot = choices.open_lot(actor, form.data)
            pages.claim(form, "lots.lot", ref=lot.ref)
            ref = lot.ref
        if not form.errors:
            return pages.saved("lots.lot", _("Đã mở lô."), ref=ref)
    chosen = form.values.get("product", "")
    if not chosen:
        return pages.page("traceability/lot_product.html", products=_products(actor))
    product = access.get(actor, Product, chosen, WRITE)
    return _lot_form(form, product, None)


def _products(actor: Actor) -> list[tuple[str, str]]:
    query = access.rows(actor, Product, WRITE).where(Product.status != Status.ARCHIVED)
    query = query.options(joinedload(Product.seller), lazyload(Product.variants))
    rows = db.session.scalars(query.order_by(Product.sort_key, Product.id).limit(MOST_CHOICES))
    return [(row.ref, f"{row.name} – {row.seller.name}") for row in rows]


def _lot_form(form: pages.Form, product: Product, lot: Lot | None) -> ResponseReturnValue:
    places = sites.of(product.seller_id, lot.site if lot else None)
    homes = sites.households(product.seller_id, lot.household if lot else None)
    return pages.page(
        "traceability/lot_form.html",
        form=form,
        product=product,
        lot=lot,
        sites=[("", _("Chưa chọn")), *((row.ref, row.name) for row in places)],
        homes=[("", _("Không ghi")), *((row.ref, _named(row)) for row in homes)],
        units=[(unit, unit) for unit in UNITS],
        reckoned=lot is not None and verbs.reckoned(lot),
    )


def _named(home: Household) -> str:
    return f"{home.code} – {home.name}" if home.name else home.code


@bp.get("/<ref>")
@access.signed_in
def lot(actor: Actor, ref: str) -> ResponseReturnValue:
    """One lot: what it is, what happened to it, what keeps it from being public."""
    return _lot(access.get(actor, Lot, ref, READ), actor, pages.Form(prefix="giay"))


def _lot(row: Lot, actor: Actor, paper: pages.Form, status: int = 200) -> ResponseReturnValue:
    made_from = [each for each in recalls.backward(row).lots if each != row.id]
    answer = pages.page(
        "traceability/lot.html",
        lot=row,
        left=balances.left(row),
        steps=stories.steps(row),
        sources=stories.sources(row),
        made_from=len(made_from),
        missing=publishing.missing(row),
        running=withdrawal.running(row),
        papers=documents.of(f"lot:{row.ref}"),
        paper=paper,
        paper_names=words.PAPERS,
        withdraw=pages.Form(prefix="thoi"),
        may_write=actor.may(WRITE, row.seller_id),
        may_print=actor.may(Permission.STAMPS_PRINT, row.seller_id),
        may_recall=actor.may(Permission.RECALL, row.seller_id),
    )
    answer.status_code = status
    return answer


@bp.route("/<ref>/sua", methods=["GET", "POST"])
@access.signed_in
def lot_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Say anew what a lot is; what changed goes into its record."""
    row = access.get(actor, Lot, ref, WRITE)
    form = pages.form(LotSchema(), _start(row))
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Lot, ref, WRITE, lock=True)
            verbs.change(actor, row, form.data | choices.of_lot(actor, row.seller_id, form.data))
            if row.published_at is not None:
                publishing.require(row)
        if not form.errors:
            return pages.saved("lots.lot", ref=ref)
        row = access.get(actor, Lot, ref, WRITE)
    return _lot_form(form, row.product, row)


def _start(row: Lot) -> dict[str, str]:
    return {
        "produced_on": row.produced_on.isoformat() if row.produced_on else "",
        "expires_on": row.expires_on.isoformat() if row.expires_on else "",
        "site": row.site.ref if row.site else "",
        "household": row.household.ref if row.household else "",
        "quantity": quantities.show(row.quantity) if row.quantity is not None else "",
        "unit": row.unit or "kg",
    }


@bp.post("/<ref>/cong-bo")
@access.signed_in
def publish(actor: Actor, ref: str) -> ResponseReturnValue:
    """Make the record public."""
    form = pages.Form()
    with form.guard(), transaction():
        publishing.publish(actor, access.get(actor, Lot, ref, WRITE, lock=True))
    if form.errors:
        return pages.refused("lots.lot", form, ref=ref, _anchor="cong-bo")
    return pages.saved("lots.lot", _("Đã công bố: quét tem là xem được nhật ký lô."), ref=ref)


@bp.post("/<ref>/thoi-cong-bo")
@access.signed_in
def unpublish(actor: Actor, ref: str) -> ResponseReturnValue:
    """Show the record no more."""
    access.get(actor, Lot, ref, WRITE)
    form = pages.form(ReasonedSchema())
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Lot, ref, WRITE, lock=True)
            publishing.unpublish(actor, row, form.data["reason"])
    if form.errors:
        return pages.refused("lots.lot", form, ref=ref, _anchor="cong-bo")
    return pages.saved("lots.lot", _("Nhật ký lô không còn công khai."), ref=ref)
