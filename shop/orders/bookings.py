"""What orders put into their seller's books: a sale when goods are handed over, what came back."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from shop import clock
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Kind
from shop.orders import dues
from shop.orders.models import Order


def sale(order: Order, who: str) -> None:
    """The goods are the buyer's now: the buyer owes what the order costs. Once an order.

    What was given back before as a courtesy is taken off the sale.
    """
    taken_off = min(order.discount_vnd, order.goods_vnd)
    courtesy = dues.courtesy_vnd(order)
    postings = {
        accounts.RECEIVABLE: order.total_vnd - courtesy,
        accounts.RETURNS: courtesy,
        accounts.SALES: taken_off - order.goods_vnd,
        accounts.DELIVERY: -order.fee_vnd,
    }
    _post(order, postings, f"order:{order.ref}:sale", Kind.SALE, f"Bán hàng, đơn {order.ref}", who)


def cash(order: Order, who: str) -> None:
    """The buyer paid the whole in cash, into the drawer. Once an order."""
    postings = {accounts.CASH: order.total_vnd, accounts.RECEIVABLE: -order.total_vnd}
    key, said = f"order:{order.ref}:cash", f"Thu tiền mặt, đơn {order.ref}"
    _post(order, postings, key, Kind.CASH, said, who)


def let_go(order: Order, amount_vnd: int, who: str) -> None:
    """The seller asks for so much of the order's price no more."""
    postings = {accounts.WRITE_OFF: amount_vnd, accounts.RECEIVABLE: -amount_vnd}
    key = f"order:{order.ref}:let_go:{order.written_off_vnd}"
    _post(order, postings, key, Kind.WRITE_OFF, f"Bỏ qua phần thiếu, đơn {order.ref}", who)


def value_vnd(order: Order, moved: Mapping[int, Decimal]) -> int:
    """What `moved` (line id → quantity) had cost the buyer, its share of a discount taken off."""
    gross_vnd = sum(
        int((line.amount_vnd * moved[line.id] / line.quantity).quantize(Decimal(1), ROUND_HALF_UP))
        for line in order.lines
        if line.id in moved
    )
    taken_off = min(order.discount_vnd, order.goods_vnd)
    if not taken_off:
        return gross_vnd
    return gross_vnd * (order.goods_vnd - taken_off) // order.goods_vnd


def came_back(order: Order, worth_vnd: int, who: str, key: str) -> None:
    """Goods came back: the buyer owes, or paid, so much less. Once a key.

    `worth_vnd`: what they had cost, less what of it went back before as a courtesy.
    """
    postings = {accounts.RETURNS: worth_vnd, accounts.RECEIVABLE: -worth_vnd}
    said = f"Hàng trả lại, đơn {order.ref}"
    _post(order, postings, f"order:{order.ref}:back:{key}", Kind.RETURN, said, who)


def _post(
    order: Order, postings: Mapping[str, int], key: str, kind: Kind, said: str, who: str
) -> None:
    if not any(postings.values()):
        return  # a gift moves no money
    on = periods.open_day(order.seller_id, clock.today())
    subject = f"order:{order.ref}"
    entries.post(
        order.seller_id, postings, key=key, kind=kind, on=on, text=said, by=who, subject=subject
    )
