"""Back office: cartons and pallets."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.errors import BadInput, NotFound
from shop.fields import Schema, Text
from shop.sellers.models import Seller
from traceability import containers as verbs
from traceability import runs, words
from traceability.containers import Part
from traceability.lot_schemas import UNITS, ContainerSchema, LoadSchema
from traceability.models import Container, Lot
from traceability.stamp_models import BatchState, Level, StampBatch

bp = Blueprint("containers", __name__, url_prefix="/ban-hang/thung", template_folder="templates")

READ, WRITE = Permission.STAMPS_READ, Permission.TRACE_WRITE
MOST_CHOICES = 200


class NestSchema(Schema):
    """Which pallet a carton is put onto, by its code."""

    parent = Text(longest=40, required=True)


@bp.get("")
@access.signed_in
def containers(actor: Actor) -> ResponseReturnValue:
    """The containers of the actor's sellers, newest first; `?q=` by the beginning of the code."""
    access.expect(actor, READ)
    code = request.args.get("q", "").strip()
    query = access.rows(actor, Container, READ)
    if code:
        query = query.where(Container.code.istartswith(code, autoescape=True))
    page = pages.paged(query.order_by(Container.id.desc()))
    return pages.page(
        "traceability/containers.html",
        page=page,
        code=code,
        parents=_parents([row.parent_id for row in page.items if row.parent_id]),
        kinds=words.CONTAINERS,
        may_write=actor.may(WRITE),
    )


def _parents(ids: list[int]) -> dict[int, Container]:
    rows = db.session.scalars(select(Container).where(Container.id.in_(ids)))
    return {row.id: row for row in rows}


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def container_new(actor: Actor) -> ResponseReturnValue:
    """A new carton or pallet."""
    query = access.rows(actor, Seller, WRITE).order_by(Seller.sort_key).limit(500)
    sellers = [(row.ref, row.name) for row in db.session.scalars(query)]
    if not sellers:
        raise NotFound
    form = pages.form(ContainerSchema(), {"kind": "carton", "seller": sellers[0][0]})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        ref = ""
        with form.guard(), transaction():
            seller = access.get(actor, Seller, request.form.get("seller", ""), WRITE)
            row = verbs.open_container(actor, seller, form.data["kind"], form.data["code"])
            db.session.flush()
            pages.claim(form, "containers.container", ref=row.ref)
            ref = row.ref
        if not form.errors:
            return pages.saved("containers.container", ref=ref)
    kinds = words.CONTAINERS.items()
    return pages.page("traceability/container_new.html", form=form, sellers=sellers, kinds=kinds)


@bp.get("/<ref>")
@access.signed_in
def container(actor: Actor, ref: str) -> ResponseReturnValue:
    """One container: what lies in it, where it stands, packing and emptying it."""
    return _container(actor, ref, pages.Form(values={"unit": "kg"}), pages.Form(prefix="kien"))


def _container(
    actor: Actor, ref: str, form: pages.Form, nest: pages.Form, status: int = 200
) -> ResponseReturnValue:
    row = access.get(actor, Container, ref, READ)
    batches = select(StampBatch).where(
        StampBatch.seller_id == row.seller_id,
        StampBatch.level == Level.ITEM,
        StampBatch.state == BatchState.READY,
    )
    batches = batches.options(joinedload(StampBatch.lot)).order_by(StampBatch.id.desc())
    answer = pages.page(
        "traceability/container.html",
        box=row,
        kind=words.CONTAINERS.get(row.kind, row.kind),
        inside=verbs.contents(row),
        parent=_parents([row.parent_id]).get(row.parent_id) if row.parent_id else None,
        form=form,
        nest=nest,
        lots=[("", _("Chưa chọn")), *_lots(actor, row)],
        batches=[
            ("", _("Không theo tem")),
            *(
                (each.ref, f"{each.lot.code if each.lot else ''} · {each.requested_at:%d/%m/%Y}")
                for each in db.session.scalars(batches.limit(MOST_CHOICES))
            ),
        ],
        units=[(unit, unit) for unit in UNITS],
        may_write=actor.may(WRITE, row.seller_id),
    )
    answer.status_code = status
    return answer


def _lots(actor: Actor, box: Container) -> list[tuple[str, str]]:
    query = access.rows(actor, Lot, READ).where(
        Lot.seller_id == box.seller_id, Lot.quantity.is_not(None), Lot.recalled_at.is_(None)
    )
    query = query.options(joinedload(Lot.product).lazyload(Product.variants))
    rows = db.session.scalars(query.order_by(Lot.id.desc()).limit(MOST_CHOICES))
    return [(row.ref, f"{row.code} – {row.product.name}") for row in rows]


@bp.post("/<ref>/xep")
@access.signed_in
def load(actor: Actor, ref: str) -> ResponseReturnValue:
    """So much of a lot goes in."""
    access.get(actor, Container, ref, WRITE)
    form = pages.form(LoadSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            box = access.get(actor, Container, ref, WRITE, lock=True)
            verbs.load(actor, box, _part(actor, box, form.data), form.key)
            pages.claim(form, "containers.container", ref=ref)
    if form.errors:
        return _container(actor, ref, form, pages.Form(prefix="kien"), 422)
    return pages.saved("containers.container", _("Đã xếp vào."), ref=ref)


def _part(actor: Actor, box: Container, data: dict[str, str]) -> Part:
    lot = access.get(actor, Lot, data["lot"], WRITE)
    if lot.seller_id != box.seller_id:
        raise NotFound
    batch = access.get(actor, StampBatch, data["batch"], WRITE) if data["batch"] else None
    if batch is not None and not data["first"]:
        raise BadInput({"first": [_("Ghi tem đầu.")]})
    run = runs.between(batch, data["first"], data["last"]) if batch else None
    quantity = data["quantity"]
    return Part(lot, quantity, data["unit"], batch, run)  # type: ignore[arg-type]


@bp.post("/<ref>/do")
@access.signed_in
def unload(actor: Actor, ref: str) -> ResponseReturnValue:
    """Empty it."""
    form = pages.Form()
    with form.guard(), transaction():
        verbs.unload(actor, access.get(actor, Container, ref, WRITE, lock=True))
    if form.errors:
        return pages.refused("containers.container", form, ref=ref)
    return pages.saved("containers.container", _("Đã dỡ hết."), ref=ref)


@bp.post("/<ref>/len-kien")
@access.signed_in
def nest(actor: Actor, ref: str) -> ResponseReturnValue:
    """Put it onto a pallet."""
    row = access.get(actor, Container, ref, WRITE)
    form = pages.form(NestSchema())
    form.prefix = "kien"
    if form.data:
        with form.guard(), transaction():
            parent = _by_code(actor, row, form.data["parent"])
            # In the order of their keys, so that two people never wait for each other.
            for each in sorted((row, parent), key=lambda box: box.id):
                access.get(actor, Container, each.ref, WRITE, lock=True)
            verbs.nest(actor, row, parent)
    if form.errors:
        return _container(actor, ref, pages.Form(values={"unit": "kg"}), form, 422)
    return pages.saved("containers.container", _("Đã xếp lên kiện."), ref=ref)


def _by_code(actor: Actor, box: Container, code: str) -> Container:
    query = access.rows(actor, Container, WRITE)
    mine = query.where(Container.seller_id == box.seller_id, Container.code == code.upper())
    found = db.session.scalar(mine)
    if found is None:
        raise BadInput({"parent": [_("Không có kiện nào mang mã này.")]})
    return found
