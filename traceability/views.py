"""Back office: batches of stamps."""

from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.errors import NotFound
from traceability import lots, stamps
from traceability.schemas import BatchSchema
from traceability.sheets import LAYOUTS, Layout
from traceability.stamp_models import BatchState, StampBatch

bp = Blueprint("traceability", __name__, url_prefix="/ban-hang/tem", template_folder="templates")


@bp.get("")
@access.signed_in
def batches(actor: Actor) -> ResponseReturnValue:
    """The batches of the actor's sellers, newest first."""
    product = joinedload(StampBatch.product)
    query = access.rows(actor, StampBatch, Permission.STAMPS_READ)
    query = query.options(
        joinedload(StampBatch.lot),
        product.joinedload(Product.seller),
        product.lazyload(Product.variants),
    )
    page = pages.paged(query.order_by(StampBatch.id.desc()))
    return pages.page(
        "traceability/batches.html",
        page=page,
        counts=stamps.counts([batch.id for batch in page.items]),
        may_print=actor.may(Permission.STAMPS_PRINT),
    )


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def batch_new(actor: Actor) -> ResponseReturnValue:
    """A form for a new batch; `?product=` chooses the product."""
    if not actor.may(Permission.STAMPS_PRINT):
        raise NotFound
    form = pages.form(BatchSchema(), {"product": request.args.get("product", ""), "count": "40"})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            ref = _request(actor, form)
        if not form.errors:
            message = _("Đã nhận. Tem đang được in ra tệp.")
            return pages.saved("traceability.batch", message, ref=ref)
    return pages.page(
        "traceability/batch_new.html", form=form, products=_products(actor), layouts=_layouts()
    )


def _request(actor: Actor, form: pages.Form) -> str:
    data = form.data
    product = access.get(actor, Product, data["product"], Permission.STAMPS_PRINT)
    demo = current_app.config["SETTINGS"].demo
    lot = lots.open_lot(actor, product, data["lot"], data["produced_on"], illustrative=demo)
    batch = stamps.request(actor, lot, data["count"], data["layout"])
    pages.claim(form, "traceability.batch", ref=batch.ref)
    return batch.ref


def _products(actor: Actor) -> list[tuple[str, str]]:
    rows = access.rows(actor, Product, Permission.STAMPS_PRINT).order_by(Product.sort_key)
    query = rows.with_only_columns(Product.ref, Product.name)
    return [(ref, name) for ref, name in db.session.execute(query)]


def _layouts() -> list[tuple[str, str]]:
    return [(name, _layout_label(layout)) for name, layout in LAYOUTS.items()]


def _layout_label(layout: Layout) -> str:
    kind = _("Giấy A4, %(count)s tem một tờ", count=layout.per_page)
    if layout.per_page == 1:
        kind = _("Cuộn tem nhiệt")
    return f"{kind}: {layout.width:g} × {layout.height:g} mm"


@bp.get("/<ref>")
@access.signed_in
def batch(actor: Actor, ref: str) -> ResponseReturnValue:
    """One batch: its progress, its file, how to print it, and activation."""
    return pages.page("traceability/batch.html", **_shown(actor, ref))


@bp.get("/<ref>/trang-thai")
@access.signed_in
def batch_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of the page that changes while a worker prints."""
    return pages.page("traceability/batch_state.html", **_shown(actor, ref))


def _shown(actor: Actor, ref: str) -> dict[str, Any]:
    row = access.get(actor, StampBatch, ref, Permission.STAMPS_READ)
    made, active = stamps.counts([row.id]).get(row.id, (0, 0))
    return {
        "batch": row,
        "made": made,
        "active": active,
        "layout": dict(_layouts())[row.layout],
        "may_print": actor.may(Permission.STAMPS_PRINT, row.seller_id),
    }


@bp.get("/<ref>/tem.pdf")
@access.signed_in
def batch_pdf(actor: Actor, ref: str) -> ResponseReturnValue:
    """The stamps on paper."""
    row = access.get(actor, StampBatch, ref, Permission.STAMPS_READ)
    if row.state != BatchState.READY or row.file_key is None:
        raise NotFound(ref=ref)
    # Passed on by us: the file server may stand where no browser reaches it.
    storage = current_app.extensions["storage"]
    headers = {
        "Content-Disposition": f'attachment; filename="tem-{ref}.pdf"',
        "Content-Length": str(storage.size(row.file_key)),
        "Cache-Control": "private, no-cache",
    }
    return Response(storage.stream(row.file_key), mimetype="application/pdf", headers=headers)


@bp.post("/<ref>/in-lai")
@access.signed_in
def reprint(actor: Actor, ref: str) -> ResponseReturnValue:
    """Printing failed; try again."""
    with transaction():
        row = access.get(actor, StampBatch, ref, Permission.STAMPS_PRINT, lock=True)
        stamps.print_again(actor, row)
    return pages.saved("traceability.batch", _("Đã nhận. Tem đang được in ra tệp."), ref=ref)


@bp.post("/<ref>/kich-hoat")
@access.signed_in
def activate(actor: Actor, ref: str) -> ResponseReturnValue:
    """The stamps are on goods now."""
    with transaction():
        row = access.get(actor, StampBatch, ref, Permission.STAMPS_PRINT, lock=True)
        changed = stamps.activate(actor, row)
    message = _("Đã kích hoạt %(count)s tem.", count=changed) if changed else None
    return pages.saved("traceability.batch", message or _("Tem đã kích hoạt từ trước."), ref=ref)
