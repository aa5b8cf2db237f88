"""A marketplace's order becomes ours: taken in once, followed forward only, let go once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from shop import outbox, phones, references
from shop.catalogue.models import Variant
from shop.database import among, db
from shop.errors import DomainError
from shop.inventory.errors import OutOfStock
from shop.orders import channel_sales
from shop.orders.channel_sales import Sold, SoldLine
from shop.orders.models import Order as OurOrder
from shop.orders.models import State
from workers.channels.models import Connection, Listing
from workers.channels.order_models import ChannelLine, ChannelOrder, Intake, ItemLink
from workers.marketplaces.protocol import Order, OrderLine, OrderState

TO_BE_SENT = {OrderState.PLACED, OrderState.CONFIRMED}
# Ended before it was ever ours: nothing to take in, nothing to give back.
OVER = {OrderState.CANCELLED, OrderState.RETURNED}
NEVER = datetime.fromtimestamp(0, UTC)
TO = {
    OrderState.CONFIRMED: State.CONFIRMED,
    OrderState.SHIPPED: State.SHIPPED,
    OrderState.DELIVERED: State.DELIVERED,
    OrderState.COMPLETED: State.COMPLETED,
}


def take_in(connection: Connection, told: Order) -> ChannelOrder:
    """Bring ours to where the marketplace has it. The same, or older, told again does nothing.

    Whatever cannot be done is kept in the row's `trouble`, for a person; it never raises for one.
    Raises ValueError for an order of nothing, unless it is over.
    """
    if not told.lines and told.state not in OVER:
        raise ValueError("no lines")
    row = _row(
        connection,
        told.order_id,
        state=told.state,
        said=told.said,
        remote_at=told.updated_at,
        total_vnd=told.total_vnd,
    )
    if row.remote_at > told.updated_at:
        return row
    row.state, row.said, row.remote_at = told.state, told.said, told.updated_at
    row.total_vnd = told.total_vnd
    _put_lines(connection, row, told)
    if row.order_id is None:
        _begin(connection, row, told)
    if row.order_id is not None:
        _follow(connection, row, told)
    return row


def unchanged(connection_id: int, told: Sequence[Order]) -> set[str]:
    """Ids of the orders that are ours already exactly as they are told, with nothing open."""
    by_id = {order.order_id: (order.updated_at, order.state, order.said) for order in told}
    query = select(
        ChannelOrder.external_id, ChannelOrder.remote_at, ChannelOrder.state, ChannelOrder.said
    ).where(
        ChannelOrder.connection_id == connection_id,
        among(ChannelOrder.external_id, by_id),
        ChannelOrder.order_id.is_not(None),
        ChannelOrder.trouble.is_(None),
    )
    return {row[0] for row in db.session.execute(query) if by_id[row[0]] == tuple(row[1:])}


def keep_unread(connection: Connection, external_id: str) -> None:
    """An order that the marketplace told in a way that cannot be read, or kept: a person sees it,
    and it is read again when they ask. What is known of it from before stays."""
    row = _row(
        connection,
        external_id,
        state=OrderState.PLACED,
        said="",
        # Whatever is told of it later is newer.
        remote_at=NEVER,
        total_vnd=0,
    )
    row.intake = Intake.TROUBLE
    row.trouble = _(
        "Sàn báo đơn này nhưng không đọc được. Xem đơn trên trang người bán của sàn, bấm thử lại; "
        "nếu vẫn vậy, báo người vận hành."
    )


def _row(connection: Connection, external_id: str, **told: Any) -> ChannelOrder:
    """The row of this order, locked; made of what was `told` where there is none."""
    fresh = {
        "ref": references.new(),
        "seller_id": connection.seller_id,
        "connection_id": connection.id,
        "external_id": external_id,
        "intake": Intake.NEEDS_LINK,
    }
    made = insert(ChannelOrder).values(fresh | told)
    db.session.execute(made.on_conflict_do_nothing(index_elements=["connection_id", "external_id"]))
    query = select(ChannelOrder).where(
        ChannelOrder.connection_id == connection.id, ChannelOrder.external_id == external_id
    )
    row: ChannelOrder = db.session.scalars(query.with_for_update()).one()
    return row


def _put_lines(connection: Connection, row: ChannelOrder, told: Order) -> None:
    there = {line.line_id: line for line in row.lines}
    variants = _variants(connection, told)
    for line in told.lines:
        ours = there.get(line.line_id)
        if ours is None:
            ours = ChannelLine(line_id=line.line_id, external_id=line.external_id)
            row.lines.append(ours)
        ours.sku, ours.name = line.sku, line.name
        ours.quantity, ours.unit_price_vnd = line.quantity, line.unit_price_vnd
        if ours.variant_id is None:
            ours.variant = variants.get(line.line_id)
    db.session.flush()


def _variants(connection: Connection, told: Order) -> dict[str, Variant]:
    """Line id → what of ours it is: by its listing, by what a person said, by its SKU."""
    items = {line.external_id for line in told.lines}
    skus = {line.sku for line in told.lines if line.sku}
    listed = select(Listing.external_id, Listing.variant_id).where(
        Listing.connection_id == connection.id, Listing.external_id.in_(items)
    )
    said = select(ItemLink.external_id, ItemLink.variant_id).where(
        ItemLink.connection_id == connection.id, ItemLink.external_id.in_(items)
    )
    by_item: dict[str, int] = {}
    for query in (listed, said):
        by_item |= {str(row[0]): row[1] for row in db.session.execute(query)}
    mine = Variant.seller_id == connection.seller_id
    known = Variant.id.in_(by_item.values()) | Variant.sku.in_(skus)
    variants = db.session.scalars(select(Variant).where(mine, known)).all()
    by_id, by_sku = {v.id: v for v in variants}, {v.sku: v for v in variants}
    found: dict[str, Variant] = {}
    for line in told.lines:
        variant = by_id.get(by_item.get(line.external_id, 0)) or by_sku.get(line.sku)
        if variant is not None:
            found[line.line_id] = variant
    return found


def _begin(connection: Connection, row: ChannelOrder, told: Order) -> None:
    """Make it ours, unless it is over already, or has an item that nobody knows."""
    if told.state in OVER:
        row.intake, row.trouble = Intake.IGNORED, None
        return
    unknown = [line.name or line.sku for line in row.lines if line.variant_id is None]
    if unknown:
        trouble = _("Chưa biết là hàng nào của mình: %(names)s.", names=", ".join(unknown))
        if row.trouble != trouble:
            # What is known of it is promised all the same, see `promised`.
            outbox.record("stock_changed", variant_ids=_known(row))
        row.intake, row.trouble = Intake.NEEDS_LINK, trouble
        return
    order = channel_sales.take_in(
        connection.seller_id,
        _sold(connection, row, told),
        source=f"channel:{connection.platform}",
        source_key=f"{connection.platform}:{told.order_id}:{connection.shop_id}",
        who=_who(connection),
    )
    row.order, row.intake, row.trouble = order, Intake.TAKEN, None
    db.session.flush()


def _known(row: ChannelOrder) -> list[int]:
    return sorted({line.variant_id for line in row.lines if line.variant_id is not None})


def _sold(connection: Connection, row: ChannelOrder, told: Order) -> Sold:
    lines = [
        SoldLine(line.variant, line.quantity, line.unit_price_vnd)
        for line in row.lines
        if line.variant is not None
    ]
    return Sold(
        name=told.buyer_name or str(_("Khách của sàn")),
        phone=_phone(told.buyer_phone),
        address=told.address,
        note=told.note,
        lines=lines,
        fee_vnd=told.fee_vnd,
        discount_vnd=told.discount_vnd,
        placed_at=told.placed_at,
        trial=connection.sandbox,
    )


def _phone(said: str) -> str:
    try:
        return phones.parse(said)
    except ValueError:
        return ""  # masked by the marketplace


def _who(connection: Connection) -> str:
    return f"{connection.platform} {connection.shop_id}"


def _follow(connection: Connection, row: ChannelOrder, told: Order) -> None:
    order = db.session.get_one(OurOrder, row.order_id, with_for_update=True)
    if told.tracking_no:
        order.carrier, order.tracking_no = told.carrier or None, told.tracking_no
    try:
        trouble = _moved(order, told, who=_who(connection))
    except OutOfStock:
        trouble = _(
            "Sàn báo đã gửi nhưng kho ghi không đủ hàng. Nhập kho hoặc kiểm lại, rồi bấm thử lại."
        )
    except DomainError as error:
        trouble = _(
            "Sàn báo “%(said)s”, đơn ở đây không theo được: %(why)s",
            said=told.said,
            why=error.message,
        )
    trouble = trouble or _fewer(order, told)
    row.trouble = trouble
    row.intake = Intake.TROUBLE if trouble else Intake.TAKEN
    if trouble is None and order.short and told.state in TO_BE_SENT:
        row.trouble = _("Sàn đã bán nhưng kho không còn đủ. Nhập thêm hàng hoặc hủy đơn trên sàn.")


def follow_again(connection: Connection) -> None:
    """Goods came, or something was put right: the orders of a portal, which nobody can ask, go on
    to where they were told to be."""
    query = select(ChannelOrder).where(
        ChannelOrder.connection_id == connection.id,
        ChannelOrder.intake == Intake.TROUBLE,
        ChannelOrder.order_id.is_not(None),
    )
    for row in db.session.scalars(query.order_by(ChannelOrder.id).with_for_update()):
        _follow(connection, row, _remembered(row))


def _remembered(row: ChannelOrder) -> Order:
    """What was told of an order last, without its buyer."""
    lines = tuple(
        OrderLine(
            line.line_id,
            line.external_id,
            line.sku,
            line.name,
            line.quantity,
            line.unit_price_vnd,
        )
        for line in row.lines
    )
    return Order(
        order_id=row.external_id,
        state=OrderState(row.state),
        said=row.said,
        updated_at=row.remote_at,
        placed_at=row.remote_at,
        buyer_name="",
        buyer_phone="",
        address="",
        lines=lines,
        fee_vnd=0,
        discount_vnd=0,
        total_vnd=row.total_vnd,
    )


def _fewer(order: OurOrder, told: Order) -> str | None:
    """What a person must do about units that were cancelled, or come back, after it was ours."""
    if State(order.state) in {State.CANCELLED, State.RETURNED, State.PARTLY_RETURNED}:
        return None
    wanted = sum(line.quantity for line in order.lines)
    if sum(line.quantity for line in told.lines) < wanted:
        return str(_("Khách bớt hàng trên sàn. Xem lại số lượng trên đơn trước khi gói."))
    if any(line.returned for line in told.lines):
        return str(_("Khách trả lại một phần trên sàn. Hàng về thì ghi “trả hàng” trên đơn."))
    return None


def _moved(order: OurOrder, told: Order, *, who: str) -> str | None:
    """Move ours to where it is told to be; what a person must do, or None."""
    if told.state is OrderState.CANCELLED:
        if channel_sales.cancel(order, who=who, why=str(_("Hủy trên sàn"))):
            return None
        return str(_("Đơn bị hủy sau khi gửi. Hàng về thì ghi “trả hàng” trên đơn."))
    if told.state is OrderState.RETURNED:
        if order.state in {State.RETURNED, State.PARTLY_RETURNED}:
            return None
        if channel_sales.cancel(order, who=who, why=str(_("Trả lại trên sàn"))):
            return None
        return str(_("Khách trả hàng trên sàn. Hàng về thì ghi “trả hàng” trên đơn."))
    if told.state in TO:
        channel_sales.follow(order, TO[told.state], who=who, why=told.said)
    return None


def state_of(connection_id: int, external_id: str) -> str | None:
    """The marketplace's state of an order as it was last told here; None: never."""
    query = select(ChannelOrder.state).where(
        ChannelOrder.connection_id == connection_id, ChannelOrder.external_id == external_id
    )
    found: str | None = db.session.scalar(query)
    return found


def listings_of(row: ChannelOrder) -> list[int]:
    """Ids of the listings that an order was bought from."""
    query = select(Listing.id).where(
        Listing.connection_id == row.connection_id,
        Listing.external_id.in_([line.external_id for line in row.lines]),
    )
    return list(db.session.scalars(query.order_by(Listing.id)))


def promised(connection_id: int) -> dict[int, Decimal]:
    """Variant id → units sold in orders that our books do not hold yet, there and on the seller's
    other shops: however far such an order has gone, the books still count its goods."""
    its_seller = select(Connection.seller_id).where(Connection.id == connection_id)
    shops = select(Connection.id).where(Connection.seller_id == its_seller.scalar_subquery())
    query = (
        select(ChannelLine.variant_id, func.sum(ChannelLine.quantity))
        .join(ChannelOrder, ChannelOrder.id == ChannelLine.channel_order_id)
        .where(
            ChannelOrder.connection_id.in_(shops),
            ChannelOrder.intake == Intake.NEEDS_LINK,
            ChannelLine.variant_id.is_not(None),
        )
        .group_by(ChannelLine.variant_id)
    )
    return {int(row[0] or 0): Decimal(row[1]) for row in db.session.execute(query)}


def link(connection: Connection, external_id: str, variant: Variant, *, by: str) -> None:
    """A person said which of our goods an item of the marketplace is."""
    row = {"connection_id": connection.id, "external_id": external_id, "variant_id": variant.id}
    said = insert(ItemLink).values(row | {"by": by})
    db.session.execute(
        said.on_conflict_do_update(
            index_elements=["connection_id", "external_id"],
            set_={"variant_id": variant.id, "by": by},
        )
    )


def said(connection: Connection) -> Sequence[ItemLink]:
    """Which of our goods items of the shop are, as people said, the youngest first."""
    query = select(ItemLink).where(ItemLink.connection_id == connection.id)
    goods = joinedload(ItemLink.variant).joinedload(Variant.product)
    return db.session.scalars(query.options(goods).order_by(ItemLink.id.desc())).unique().all()


def forget(connection: Connection, external_id: str) -> bool:
    """It was said wrongly: the next order of the item asks again, and so do those that wait.

    What became ours already stays. False: nothing was said of it.
    """
    gone = delete(ItemLink).where(
        ItemLink.connection_id == connection.id, ItemLink.external_id == external_id
    )
    if db.session.scalar(gone.returning(ItemLink.id)) is None:
        return False
    waiting = select(ChannelOrder.id).where(
        ChannelOrder.connection_id == connection.id, ChannelOrder.order_id.is_(None)
    )
    db.session.execute(
        update(ChannelLine)
        .where(ChannelLine.channel_order_id.in_(waiting), ChannelLine.external_id == external_id)
        .values(variant_id=None)
        .execution_options(synchronize_session=False)
    )
    return True


def unfinished(connection_id: int) -> Sequence[str]:
    """External ids of the orders that wait for a link or for goods."""
    query = select(ChannelOrder.external_id).where(
        ChannelOrder.connection_id == connection_id,
        ChannelOrder.intake.in_([Intake.NEEDS_LINK, Intake.TROUBLE]),
    )
    return db.session.scalars(query.order_by(ChannelOrder.id)).all()
