"""Background work of the orders."""

from sqlalchemy import select

from shop import clock
from shop.accounts.models import Membership, Role
from shop.database import db, transaction
from shop.jobs import job
from shop.notifications import send
from shop.orders import states
from shop.orders.models import Order, State


@job("default")
def tell_seller(order_id: int) -> None:
    """Mail the owners of a seller that an order is paid; those without e-mail see it on screen."""
    with transaction():
        order = db.session.get_one(Order, order_id)
        query = select(Membership).where(
            Membership.seller_id == order.seller_id, Membership.role == Role.OWNER
        )
        for membership in db.session.scalars(query):
            address, subject = membership.user.email, f"Đơn {order.ref} đã có tiền"
            if address:
                once = f"order-paid:{order.ref}:{membership.user_id}"
                send.mail(address, subject, _body(order), once=once)


def _body(order: Order) -> str:
    lines = "\n".join(f"- {x.name} ({x.pack}): {x.quantity:f} {x.unit}" for x in order.lines)
    return f"Ngân hàng đã báo đủ tiền cho đơn {order.ref}. Hàng cần gói:\n{lines}\n"


@job("default")
def expire_orders() -> None:
    """Orders that waited too long expire and let go of their stock; a part paid keeps one open."""
    with transaction():
        unpaid = db.session.scalars(
            select(Order)
            .where(
                Order.state == State.AWAITING_PAYMENT,
                Order.paid_vnd == 0,
                Order.expires_at < clock.now(),
            )
            .limit(500)
            .with_for_update(skip_locked=True)
        )
        for order in unpaid:
            states.move(
                order, State.EXPIRED, who="Hệ thống", why="quá hạn chưa có tiền hoặc chưa xác nhận"
            )
