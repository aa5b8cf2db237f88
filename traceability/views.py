"""Back office: batches of stamps, from what is asked for to stamps on goods."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.accounts.views import ACTION_NAMES
from shop.catalogue.models import Product, Status, Variant
from shop.database import db, transaction
from shop.errors import NotFound
from traceability import addresses, choices, files, lots, runs, stamps, words
from traceability import batches as verbs
from traceability.schemas import BatchSchema, ReprintSchema, RunSchema, WithdrawSchema
from traceability.stamp_models import Level, SavedLayout, StampBatch

bp = Blueprint("traceability", __name__, url_prefix="/ban-hang/tem", template_folder="templates")

READ, PRINT = Permission.STAMPS_READ, Permission.STAMPS_PRINT
HISTORY = 20
MOST_CHOICES = 500


@bp.get("")
@access.signed_in
def batches(actor: Actor) -> ResponseReturnValue:
    """The batches of the actor's sellers, newest first."""
    access.expect(actor, READ)
    product = joinedload(StampBatch.product)
    query = access.rows(actor, StampBatch, READ).options(
        joinedload(StampBatch.lot),
        product.joinedload(Product.seller),
        product.lazyload(Product.variants),
    )
    page = pages.paged(query.order_by(StampBatch.id.desc()))
    return pages.page(
        "traceability/batches.html",
        page=page,
        counts=stamps.counts([batch.id for batch in page.items]),
        levels=words.LEVELS,
        may_print=actor.may(PRINT),
    )


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def batch_new(actor: Actor) -> ResponseReturnValue:
    """A form for a new batch of `?product=`; without one it is chosen first."""
    if not actor.may(PRINT):
        raise NotFound
    start = {"product": request.args.get("product", ""), "lot": request.args.get("lot", "")}
    form = pages.form(BatchSchema(), start | {"count": "40", "level": Level.ITEM, "first": "1"})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        ref = ""
        with form.guard(), transaction():
            ref = _requested(actor, form)
        if not form.errors:
            said = _("Đã nhận. Tem đang được in ra tệp.")
            return pages.saved("traceability.batch", said, ref=ref)
    ref = form.values.get("product", "")
    if not ref:
        return pages.page("traceability/batch_product.html", form=form, products=_products(actor))
    product = access.get(actor, Product, ref, PRINT)
    packs = [pack for pack in product.variants if pack.active]
    return pages.page(
        "traceability/batch_new.html",
        form=form,
        product=product,
        packs=[(pack.ref, _pack(pack)) for pack in packs],
        gtin=any(addresses.public_gtin(pack) for pack in packs),
        lots=[lot.code for lot in lots.latest(product, HISTORY)],
        layouts=_layouts(product.seller_id),
        levels=words.LEVELS.items(),
        formats=words.FORMATS.items(),
    )


def _products(actor: Actor) -> list[tuple[str, str]]:
    query = access.rows(actor, Product, PRINT).where(Product.status != Status.ARCHIVED)
    query = query.options(joinedload(Product.seller)).order_by(Product.sort_key, Product.id)
    rows = db.session.scalars(query.limit(MOST_CHOICES)).unique()
    return [(row.ref, f"{row.name} – {row.seller.name}") for row in rows]


def _pack(pack: Variant) -> str:
    gtin = addresses.public_gtin(pack)
    return f"{pack.pack} – GTIN {pack.gtin}" if gtin else pack.pack


def _layouts(seller_id: int) -> list[tuple[str, str]]:
    saved = select(SavedLayout).where(SavedLayout.seller_id == seller_id)
    mine = [(row.ref, row.name) for row in db.session.scalars(saved.order_by(SavedLayout.name))]
    return mine + [(name, str(said)) for name, said in words.LAYOUTS.items()]


def _requested(actor: Actor, form: pages.Form) -> str:
    batch = verbs.request(actor, choices.batch(actor, form.data))
    pages.claim(form, "traceability.batch", ref=batch.ref)
    return batch.ref


@bp.get("/<ref>")
@access.signed_in
def batch(actor: Actor, ref: str) -> ResponseReturnValue:
    """One batch: its progress, its file, and what becomes of its stamps."""
    return _batch(actor, ref, pages.Form(), pages.Form(prefix="out"))


def _batch(
    actor: Actor, ref: str, run: pages.Form, out: pages.Form, status: int = 200
) -> ResponseReturnValue:
    shown = _state(actor, ref)
    row: StampBatch = shown["batch"]
    answer = pages.page(
        "traceability/batch.html",
        **shown,
        run=run,
        out=out,
        reprint=pages.Form(values={"layout": row.layout, "format": row.format}, prefix="again"),
        address=addresses.of(row, addresses.SAMPLE if row.level == Level.ITEM else ""),
        layout=dict(_layouts(row.seller_id)).get(row.layout, row.layout),
        layouts=_layouts(row.seller_id),
        levels=words.LEVELS,
        withdrawn=words.WITHDRAWN.items(),
        history=verbs.history(row, HISTORY),
        actions=ACTION_NAMES,
    )
    answer.status_code = status
    return answer


@bp.get("/<ref>/trang-thai")
@access.signed_in
def batch_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of the page that changes while a worker prints."""
    return pages.page("traceability/batch_state.html", **_state(actor, ref))


def _state(actor: Actor, ref: str) -> dict[str, Any]:
    row = access.get(actor, StampBatch, ref, READ)
    made, active = stamps.counts([row.id]).get(row.id, (0, 0))
    return {
        "batch": row,
        "made": made,
        "active": active,
        "states": stamps.states(row),
        "state_words": words.STATES,
        "formats": words.FORMATS,
        "may_print": actor.may(PRINT, row.seller_id),
    }


@bp.get("/<ref>/tep")
@access.signed_in
def batch_file(actor: Actor, ref: str) -> ResponseReturnValue:
    """The stamps as they go to the printer; who took them, and the how manieth time, is kept."""
    with transaction():
        row = access.get(actor, StampBatch, ref, READ, lock=True)
        taken = files.take(actor, row)
    return files.answer(taken)


@bp.post("/<ref>/in-lai")
@access.signed_in
def reprint(actor: Actor, ref: str) -> ResponseReturnValue:
    """Make the file again, perhaps on other paper; the stamps stay the same."""
    access.get(actor, StampBatch, ref, PRINT)
    form = pages.form(ReprintSchema())
    if not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, StampBatch, ref, PRINT, lock=True)
            verbs.print_again(actor, row, form.data["layout"], form.data["format"])
    if form.errors:
        return pages.refused("traceability.batch", form, ref=ref)
    return pages.saved("traceability.batch", _("Đã nhận. Tem đang được in ra tệp."), ref=ref)


@bp.post("/<ref>/kich-hoat")
@access.signed_in
def activate(actor: Actor, ref: str) -> ResponseReturnValue:
    """Stamps are on goods now: those between two codes, or all."""
    access.get(actor, StampBatch, ref, PRINT)
    form = pages.form(RunSchema())
    changed = 0
    if not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, StampBatch, ref, PRINT, lock=True)
            changed = stamps.activate(actor, row, runs.typed(row, form.data))
    if form.errors:
        return _batch(actor, ref, form, pages.Form(prefix="out"), 422)
    said = _("Đã kích hoạt %(count)s tem.", count=changed) if changed else None
    return pages.saved("traceability.batch", said or _("Tem đã kích hoạt từ trước."), ref=ref)


@bp.post("/<ref>/loai-bo")
@access.signed_in
def withdraw(actor: Actor, ref: str) -> ResponseReturnValue:
    """Stamps are damaged, lost or void: one, or those between two codes."""
    access.get(actor, StampBatch, ref, PRINT)
    form = pages.form(WithdrawSchema())
    form.prefix = "out"
    changed = 0
    if not form.errors:
        data = form.data
        with form.guard(), transaction():
            row = access.get(actor, StampBatch, ref, PRINT, lock=True)
            run = runs.typed(row, data)
            changed = stamps.withdraw(actor, row, run, data["state"], data["reason"])
    if form.errors:
        return _batch(actor, ref, pages.Form(), form, 422)
    return pages.saved("traceability.batch", _("Đã loại %(count)s tem.", count=changed), ref=ref)
