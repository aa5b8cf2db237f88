"""The measurement of orders measures whole ones, and finds what is oversold or unpaid."""

from decimal import Decimal

from sqlalchemy import func, select

from shop.bench import orders
from shop.database import db, transaction
from shop.inventory.models import Reservation
from shop.orders.models import Order, State
from tests import make, make_money


def test_every_order_is_placed_promised_and_paid(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            packs = [make.variant(make.product(make.seller())).id for _seller in range(2)]
        shelves = orders.stocked()
        orders.sell_before(app, shelves, orders=5)
        speed = orders.measure(app, shelves, buyers=3, seconds=0.5)
        paid = select(func.count()).where(Order.state == State.PAID)
        assert db.session.scalar(paid) == 5 + 3 * orders.READY + speed.orders
        assert speed.orders > 0
        assert 0 < speed.p50_ms <= speed.p99_ms
        assert (orders.oversold(), orders.unpaid()) == (0, 0)
        assert orders.last_units(app, units=7, buyers=3)[0] == 7
        assert orders.oversold() == 0
        row = {"variant_id": packs[0], "quantity": Decimal(10**8), "holder": "x"}
        db.session.add(Reservation(**row))
        db.session.flush()
        assert orders.oversold() == 1
