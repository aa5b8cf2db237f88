"""Back office: orders of marketplaces that wait for a person."""

from collections.abc import Sequence

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from shop import outbox, pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.catalogue import search
from shop.catalogue.models import Product, Status, Variant
from shop.database import db, transaction
from shop.errors import NotFound
from workers.channels import orders as verbs
from workers.channels.models import Connection, Health
from workers.channels.order_models import ChannelLine, ChannelOrder, Intake
from workers.channels.schemas import ItemSchema
from workers.channels.words import shop_name

bp = Blueprint(
    "channel_orders", __name__, url_prefix="/ban-hang/san/don", template_folder="../templates"
)

READ, WRITE = Permission.CHANNELS_READ, Permission.CHANNELS_WRITE
WAITING = (Intake.NEEDS_LINK, Intake.TROUBLE)
MOST_PACKS = 200


@bp.get("")
@access.signed_in
def waiting(actor: Actor) -> ResponseReturnValue:
    """Orders that are not ours yet, or do not go on: the oldest first, each with its reason."""
    access.expect(actor, READ)
    query = access.rows(actor, ChannelOrder, READ).where(ChannelOrder.intake.in_(WAITING))
    query = query.options(joinedload(ChannelOrder.connection), selectinload(ChannelOrder.lines))
    return pages.page(
        "channel_orders/waiting.html",
        page=pages.paged(query.order_by(ChannelOrder.seen_at, ChannelOrder.id)),
        shop_name=shop_name,
    )


@bp.get("/<ref>")
@access.signed_in
def channel_order(actor: Actor, ref: str) -> ResponseReturnValue:
    """One order as the marketplace told it, and what of ours each of its items is."""
    row = access.get(actor, ChannelOrder, ref, READ)
    may_write = actor.may(WRITE, row.seller_id)
    ours = row.order
    if ours is not None and not actor.may(Permission.ORDERS_READ, ours.seller_id):
        ours = None
    packs: Sequence[Variant] = _packs(row) if may_write and _unknown(row) else []
    return pages.page(
        "channel_orders/channel_order.html",
        row=row,
        ours=ours,
        title=shop_name(row.connection),
        unknown=[(line, pages.Form(prefix=f"line-{line.id}")) for line in _unknown(row)],
        packs=[(pack.ref, f"{pack.product.name}, {pack.pack} ({pack.sku})") for pack in packs],
        may_write=may_write,
    )


def _unknown(row: ChannelOrder) -> list[ChannelLine]:
    return [line for line in row.lines if line.variant_id is None]


def _packs(row: ChannelOrder) -> Sequence[Variant]:
    """The seller's packs, those that hold the typed words."""
    kept = (Product.id == Variant.product_id) & (Product.status != Status.ARCHIVED)
    query = select(Variant).join(Product, kept).where(Variant.seller_id == row.seller_id)
    query = search.holding(query, request.args.get("q", "")[:100])
    query = query.options(joinedload(Variant.product).lazyload(Product.variants))
    query = query.order_by(Product.sort_key, Product.id, Variant.position, Variant.id)
    return db.session.scalars(query.limit(MOST_PACKS)).unique().all()


@bp.post("/<ref>/hang")
@access.signed_in
def link(actor: Actor, ref: str) -> ResponseReturnValue:
    """Say which of our packs an item is; orders that waited for it are looked at again."""
    access.get(actor, ChannelOrder, ref, WRITE)
    form = pages.form(ItemSchema())
    if not form.data:
        return pages.refused(".channel_order", form, ref=ref)
    with transaction():
        row = access.get(actor, ChannelOrder, ref, WRITE, lock=True)
        pack = access.get(actor, Variant, form.data["pack"], WRITE)
        lines = [line for line in _unknown(row) if line.line_id == form.data["line"]]
        if not lines or pack.seller_id != row.seller_id:
            raise NotFound(ref=form.data["pack"])
        [line] = lines
        verbs.link(row.connection, line.external_id, pack, by=actor.name)
        audit.note(actor, "channels.item", row, f"{line.external_id} = {pack.sku}")
        _look_again(row.connection)
        asked = row.connection.health != Health.MANUAL
    said = _("Đã ghi nhớ. Các đơn có món này đang được lấy lại.")
    if not asked:
        said = _("Đã ghi nhớ. Gửi lại tệp đơn của cổng, các đơn có món này sẽ được nhận.")
    return pages.saved(".channel_order", said, ref=ref)


@bp.post("/<ref>/thu-lai")
@access.signed_in
def again(actor: Actor, ref: str) -> ResponseReturnValue:
    """Goods came, or something was put right: look at the waiting orders of the shop again."""
    with transaction():
        row = access.get(actor, ChannelOrder, ref, WRITE)
        _look_again(row.connection)
        asked = row.connection.health != Health.MANUAL
        ours = row.order_id is not None
    said = _("Đang lấy lại đơn từ sàn.")
    if not asked:
        said = (
            _("Đang thử lại với hàng có trong kho.")
            if ours
            else _("Cổng không cho máy lấy đơn. Gửi lại tệp đơn của cổng, đơn này sẽ được nhận.")
        )
    return pages.saved(".channel_order", said, ref=ref)


def _look_again(connection: Connection) -> None:
    outbox.add("workers.sync.jobs.pull_again", {"connection_id": connection.id})
