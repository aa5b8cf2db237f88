"""Background work of the orders."""

from flask import current_app
from sqlalchemy import ScalarResult, func, select

from shop import clock, money
from shop.database import db, transaction
from shop.jobs import job
from shop.notifications import send
from shop.orders import buyers, dues, preorders, states
from shop.orders.models import Order, State


@job("default")
def tell_seller(order_id: int) -> None:
    """Mail the owners of a seller that an order is paid; those without e-mail see it on screen."""
    with transaction():
        order = db.session.get_one(Order, order_id)
        subject = f"Đơn {order.ref} đã có tiền"
        send.owners(order.seller_id, subject, _body(order), once=f"order-paid:{order.ref}")


@job("default")
def tell_sellers(order_ids: list[int]) -> None:
    """Mail the owners that many orders are paid, each seller once."""
    with transaction():
        paid = select(Order.seller_id, func.min(Order.ref), func.count(Order.id))
        for seller_id, ref, count in db.session.execute(
            paid.where(Order.id.in_(order_ids)).group_by(Order.seller_id)
        ):
            once = f"orders-paid:{ref}:{min(order_ids)}"
            body = f"Ngân hàng đã báo đủ tiền cho {count} đơn. Mở mục Đơn hàng để gói.\n"
            send.owners(seller_id, f"{count} đơn đã có tiền", body, once=once)


def _body(order: Order) -> str:
    lines = "\n".join(f"- {x.name} ({x.pack}): {x.quantity:f} {x.unit}" for x in order.lines)
    said = "Hàng của vụ, gói khi hàng về" if preorders.to_come(order) else "Hàng cần gói"
    return f"Ngân hàng đã báo đủ tiền cho đơn {order.ref}. {said}:\n{lines}\n"


@job("default")
def tell_of_arrival(order_ids: list[int]) -> None:
    """Mail the buyers of a harvest that came: what is left to pay, or that they got none yet."""
    with transaction():
        for order in _with_mail(order_ids):
            came = not preorders.to_come(order)
            due_vnd = preorders.due_vnd(order)
            if not came:
                said = "Vụ này về ít hơn dự kiến, chưa có hàng cho đơn của bạn. Người bán sẽ báo."
            elif due_vnd:
                said = f"Hàng bạn đặt trước đã về. Còn phải trả {money.show(due_vnd)} để được giao."
            else:
                said = "Hàng bạn đặt trước đã về và đã trả đủ tiền. Người bán đang chuẩn bị giao."
            _tell(order, "đã về" if came else "về thiếu", said)


@job("default")
def tell_of_failure(order_ids: list[int], why: str) -> None:
    """Mail the buyers of a harvest that failed why, and what they get back."""
    with transaction():
        for order in _with_mail(order_ids):
            said = f"Người bán đã hủy vụ hàng bạn đặt trước: {why}. Đơn của bạn đã hủy."
            if order.paid_vnd:
                said += f" Người bán phải trả lại bạn {money.show(order.paid_vnd)}."
            _tell(order, "đã hủy", said)


@job("default")
def tell_of_rest(order_id: int) -> None:
    """Mail the buyer that part of the money came, what is open and until when goods are held."""
    with transaction():
        for order in _with_mail([order_id]):
            rest_vnd = dues.open_vnd(order)
            if not rest_vnd or order.state != State.AWAITING_PAYMENT or order.expires_at is None:
                continue
            until = f"{clock.vietnam(order.expires_at):%H:%M ngày %d/%m/%Y}"
            said = (
                f"Ngân hàng đã báo {money.show(order.paid_vnd)} cho đơn này, còn thiếu "
                f"{money.show(rest_vnd)}. Người bán giữ hàng cho bạn đến {until}."
            )
            if order.short:
                said = (
                    f"Ngân hàng đã báo {money.show(order.paid_vnd)} cho đơn này, nhưng hàng vừa "
                    "hết. Người bán sẽ báo bạn; xin chưa chuyển thêm."
                )
            _tell(order, f"còn thiếu {money.show(rest_vnd)}", said)


def _with_mail(order_ids: list[int]) -> ScalarResult[Order]:
    query = select(Order).where(Order.id.in_(order_ids), Order.buyer_email.is_not(None))
    return db.session.scalars(query.order_by(Order.id))


def _tell(order: Order, what: str, said: str) -> None:
    # A job has no request that url_for could take the host from.
    link = f"{current_app.config['SETTINGS'].base_url}/don/{order.token}"
    body = f"{said}\n\n{order.seller.name}: {order.ref}\n{link}\n"
    once = f"harvest:{order.ref}:{what}"
    send.mail(order.buyer_email or "", f"Đơn {order.ref} {what}", body, once=once)


@job("default")
def expire_orders() -> None:
    """Orders that waited too long expire; one that is paid in part stays open.

    Their goods lapse by themselves at the same moment (`checkout.place`), also those of an order
    paid in part: when the rest comes they are held anew, or the order is `short`.
    """
    with transaction():
        states.expire()


@job("default")
def forget_marks() -> None:
    """Let go of marks of parcels not taken whose time is over."""
    with transaction():
        buyers.forget()
