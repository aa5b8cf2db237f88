"""Factories of markets, booths and what is sold there."""

from typing import Any

from shop import clock, text
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.markets import booths, till
from shop.markets.models import Booth, Market, MarketManager
from shop.orders.models import Order
from shop.sellers.models import SellerKind
from tests import make


def _save(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def save(*rows: Any) -> None:
    for row in rows:
        _save(row)


def market(*, name: str = "Chợ Đu", **more: Any) -> Market:
    values = {
        "name": name,
        "sort_key": text.sort_key(name),
        "address": "thị trấn Đu, huyện Phú Lương, Thái Nguyên",
        "commune_code": "05611",
        "province_code": "19",
        "model": "market_4_0",
        "partners": ["Viettel"],
    }
    return _save(Market(**values | more))


def booth(at: Market | None = None, *, number: str = "A12", **more: Any) -> Booth:
    """A booth of a trader of its own, unless `seller` is given."""
    at = at or market()
    seller = more.pop("seller", None) or trader()
    values = {
        "market_id": at.id,
        "seller_id": seller.id,
        "number": number,
        "number_key": booths.number_key(number),
        "kind": "sap",
        "goods": "Rau, củ, quả",
        "opened_on": clock.today(),
    }
    return _save(Booth(**values | more))


def trader(*, name: str = "Nguyễn Thị Thúy", **more: Any):
    return make.seller(name=name, kind=SellerKind.HOUSEHOLD, **more)


def manager(of: Market, **more: Any):
    person = make.user(**more)
    _save(MarketManager(market_id=of.id, user_id=person.id))
    return person


def cash(of: Booth, amount_vnd: int, *, key: str, **more: Any) -> Order:
    return till.take_cash(SYSTEM, of, amount_vnd, key=key, **more)
