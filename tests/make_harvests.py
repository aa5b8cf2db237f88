"""Factories of goods sold ahead: a harvest, an order of it, and money that comes for it."""

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Variant
from shop.database import db
from shop.inventory import harvests
from shop.inventory.models import Harvest
from shop.orders import checkout
from shop.orders.models import Order
from shop.payments import requests
from shop.reconciliation import matching
from tests import make, make_money

_next = count(1)


def harvest(variant: Variant | None = None, **more: Any) -> Harvest:
    """100 kg at 60.000 đ, to be delivered in a month, with 30 % of deposit."""
    variant = variant or make.variant(
        make.product(name="Na dai Võ Nhai"), on_hand=0, price_vnd=60_000, unit="kg", pack="thùng"
    )
    today = clock.today()
    values = {
        "from_day": today + timedelta(days=30),
        "until_day": today + timedelta(days=40),
        "order_until": today + timedelta(days=20),
        "quantity": Decimal(100),
        "deposit_percent": 30,
        "note": "na dai tháng 8",
    }
    row = harvests.offer(SYSTEM, variant, values | more)
    db.session.flush()
    return row


def order(row: Harvest, quantity: object = 2, *, name: str = "Lê Thị Lan", **more: Any) -> Order:
    """An order of so many kilograms ahead of the harvest."""
    buyer = checkout.Buyer(name, "+84912345678", "12 Lê Lợi, Huế", email=more.pop("email", None))
    wants = [checkout.Want(row.variant, Decimal(str(quantity)))]
    values = {"source_key": f"ahead:{next(_next)}", "holders": []}
    terms = checkout.Terms(harvest=row, **more.pop("terms", {}))
    return checkout.place(buyer, wants, source="make", terms=terms, **values | more)


def asked(row: Harvest, quantity: object = 2, **more: Any) -> Order:
    """An order whose seller has an account that its code names."""
    make.bank_account(make_money.seller_of(row.variant))
    placed = order(row, quantity, **more)
    requests.open(placed)
    return placed


def pay(placed: Order, amount_vnd: int) -> None:
    """The bank reports so much for the order."""
    matching.match(make_money.bank_line(placed.seller, placed.ref, amount_vnd=amount_vnd))
    db.session.flush()
