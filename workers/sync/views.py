"""Back office: products × shops, what is on its way, and where a marketplace differs."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, lazyload

from shop import outbox, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue import search
from shop.catalogue.models import Product, Status, Variant
from shop.database import among, db, transaction
from shop.errors import NotFound
from shop.fields import Choice, Schema, Text
from shop.sellers.models import Seller
from workers.channels.models import Connection, Listing
from workers.channels.words import shop_name
from workers.sync import matrix as verbs
from workers.sync.matrix import Cell, Deed
from workers.sync.models import Difference, DifferenceKind

bp = Blueprint("sync", __name__, url_prefix="/ban-hang/san", template_folder="../templates")

READ, WRITE = Permission.CHANNELS_READ, Permission.CHANNELS_WRITE

CELLS = {
    Cell.SYNCED: _l("Đã khớp"),
    Cell.WAITING: _l("Đang chờ"),
    Cell.FAILED: _l("Cần sửa"),
    Cell.UNLINKED: _l("Chưa nối"),
    Cell.OFF: _l("Không bán"),
}
DEEDS = {
    Deed.LIST: _l("Đưa lên sàn"),
    Deed.AGAIN: _l("Đẩy lại"),
    Deed.OFF: _l("Tạm ẩn trên sàn"),
    Deed.ON: _l("Bán lại trên sàn"),
}
KINDS = {
    DifferenceKind.MISSING: _l("Sàn không còn món này"),
    DifferenceKind.EXTRA: _l("Sàn có, ở đây không"),
    DifferenceKind.BLOCKED: _l("Sàn không cho hiện"),
    DifferenceKind.STOCK: _l("Khác số tồn"),
    DifferenceKind.PRICE: _l("Khác giá"),
    DifferenceKind.STATUS: _l("Khác ẩn, hiện"),
    DifferenceKind.CONTENT: _l("Khác tên"),
}
# More columns than that no screen shows; further shops have their own pages.
MOST_COLUMNS = 8


class BulkSchema(Schema):
    """What to do on which shop (by reference); the packs are told beside it."""

    connection = Text(longest=40, required=True)
    deed = Choice(list(Deed), required=True)


@bp.get("/bang")
@access.signed_in
def matrix(actor: Actor) -> ResponseReturnValue:
    """Every pack of one seller, and how it stands on each of the seller's shops."""
    access.expect(actor, READ)
    sellers = _sellers(actor)
    seller = _chosen(sellers)
    columns = _columns(actor, seller)
    ids = [column.id for column in columns]
    asked = request.args.get("muc", "")
    cell = Cell(asked) if asked in set(Cell) else None
    query = search.holding(_packs(seller), request.args.get("q", "")[:100])
    if cell is not None:
        query = verbs.standing(query, cell, ids)
    page = pages.paged(query.order_by(Product.sort_key, Product.id, Variant.position, Variant.id))
    return pages.page(
        "sync/matrix.html",
        page=page,
        cells=verbs.cells([pack.id for pack in page.items], ids),
        columns=columns,
        tabs=_tabs(asked, seller),
        seller=seller,
        sellers_choices=[(each.ref, each.name) for each in sellers],
        column_choices=[(column.ref, shop_name(column)) for column in columns],
        asked=asked,
        seller_form=pages.Form(values={"don-vi": seller.ref} if seller else {}),
        deed_form=pages.Form(),
        shop_name=shop_name,
        deeds=list(DEEDS.items()),
        may_write=seller is not None and actor.may(WRITE, seller.id),
        **_progress(columns),
    )


def _sellers(actor: Actor) -> Sequence[Seller]:
    """The sellers that have a shop on a marketplace."""
    has = access.rows(actor, Connection, READ).with_only_columns(Connection.seller_id)
    query = select(Seller).where(Seller.id.in_(has)).order_by(Seller.sort_key, Seller.id)
    return db.session.scalars(query.limit(500)).all()


def _chosen(sellers: Sequence[Seller]) -> Seller | None:
    asked = request.args.get("don-vi")
    if asked is None:
        return sellers[0] if sellers else None
    for seller in sellers:
        if seller.ref == asked:
            return seller
    raise NotFound(ref=asked)


def _columns(actor: Actor, seller: Seller | None) -> Sequence[Connection]:
    query = access.rows(actor, Connection, READ)
    query = query.where(Connection.seller_id == (seller.id if seller else None))
    return db.session.scalars(query.order_by(Connection.id).limit(MOST_COLUMNS)).all()


def _packs(seller: Seller | None) -> Select[Any]:
    kept = (Product.id == Variant.product_id) & (Product.status != Status.ARCHIVED)
    query = select(Variant).join(Product, kept).where(Variant.active)
    query = query.where(Variant.seller_id == (seller.id if seller else None))
    return query.options(contains_eager(Variant.product).lazyload(Product.variants))


def _tabs(asked: str, seller: Seller | None) -> list[tuple[str, str, bool]]:
    kept: dict[str, Any] = {"don-vi": seller.ref} if seller else {}
    named = {"": _("Tất cả"), **{cell.value: str(said) for cell, said in CELLS.items()}}
    return [
        (said, url_for(".matrix", **kept, muc=name or None), name == asked)
        for name, said in named.items()
    ]


def _progress(columns: Sequence[Connection]) -> dict[str, Any]:
    found = verbs.progress([column.id for column in columns])
    rows = [(shop_name(column), *found.get(column.id, (0, 0))) for column in columns]
    return {"progress_rows": rows, "moving": any(waiting for _name, waiting, _all in rows)}


@bp.get("/tien-do/<ref>")
@access.signed_in
def push_progress(actor: Actor, ref: str) -> ResponseReturnValue:
    """How much of a seller's listings is told already: a fragment that keeps itself fresh."""
    seller = access.get(actor, Seller, ref, READ)
    return pages.page(
        "sync/push_progress.html", seller=seller, **_progress(_columns(actor, seller))
    )


@bp.post("/bang")
@access.signed_in
def bulk(actor: Actor) -> ResponseReturnValue:
    """Do something to the chosen packs on one shop."""
    access.expect(actor, WRITE)
    form = pages.form(BulkSchema())
    if not form.data:
        return pages.refused(".matrix", form)
    refs = set(request.form.getlist("pack")[:200])
    with transaction():
        connection = access.get(actor, Connection, form.data["connection"], WRITE, lock=True)
        packs = _chosen_packs(actor, connection, refs)
        done = verbs.do(actor, connection, packs, Deed(form.data["deed"])) if packs else 0
        seller = db.session.get_one(Seller, connection.seller_id).ref
    if not packs:
        form.errors[""] = [_("Chưa chọn sản phẩm nào.")]
        return pages.refused(".matrix", form, **{"don-vi": seller})
    said = _("%(done)s sản phẩm đang được đẩy lên sàn.", done=done)
    return pages.saved(".matrix", said, **{"don-vi": seller})


def _chosen_packs(actor: Actor, connection: Connection, refs: set[str]) -> Sequence[Variant]:
    """Raises NotFound when one of them is not a pack of the shop's seller."""
    query = access.rows(actor, Variant, WRITE).where(
        Variant.seller_id == connection.seller_id, among(Variant.ref, refs)
    )
    found = db.session.scalars(query.order_by(Variant.id)).all()
    if len(found) != len(refs):
        raise NotFound
    return found


@bp.get("/<ref>/khac")
@access.signed_in
def differences(actor: Actor, ref: str) -> ResponseReturnValue:
    """Where the marketplace differs from what it should have, by kind."""
    row = access.get(actor, Connection, ref, READ)
    asked = request.args.get("muc", "")
    query = select(Difference).where(Difference.connection_id == row.id)
    if asked in set(DifferenceKind):
        query = query.where(Difference.kind == asked)
    goods = joinedload(Difference.listing).joinedload(Listing.variant).joinedload(Variant.product)
    query = query.options(goods.options(lazyload(Product.variants)))
    return pages.page(
        "sync/differences.html",
        connection=row,
        title=shop_name(row),
        page=pages.paged(query.order_by(Difference.kind, Difference.id)),
        tabs=_kind_tabs(row, asked),
        kinds=KINDS,
        may_write=actor.may(WRITE, row.seller_id),
    )


def _kind_tabs(row: Connection, asked: str) -> list[tuple[str, str, bool]]:
    query = select(Difference.kind, func.count()).where(Difference.connection_id == row.id)
    counts = {each[0]: each[1] for each in db.session.execute(query.group_by(Difference.kind))}
    here = url_for(".differences", ref=row.ref)
    tabs = [(_("Tất cả"), here, asked == "")]
    return tabs + [
        (f"{said} ({counts[kind]})", f"{here}?muc={kind}", asked == kind)
        for kind, said in KINDS.items()
        if kind in counts
    ]


@bp.post("/<ref>/khac")
@access.signed_in
def compare(actor: Actor, ref: str) -> ResponseReturnValue:
    """Compare everything of the shop now instead of tonight."""
    with transaction():
        row = access.get(actor, Connection, ref, WRITE)
        outbox.ask_once("workers.sync.jobs.scan", {"connection_id": row.id})
    return pages.saved(".differences", _("Đang so với sàn, xem lại sau ít phút."), ref=ref)
