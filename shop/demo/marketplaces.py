"""The demo's marketplaces: shops connected, goods listed by a worker, orders of buyers there.

Every cooperative has a shop on Shopee; the one whose people sign in has one on each. Of two makers
of wine one tells the strength that the marketplaces ask for: its wine is listed. The other's is
left as an example of what is missing, told in words before any call is made.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select

from shop.accounts.access import SYSTEM
from shop.catalogue.models import Product, Variant
from shop.database import db, transaction
from shop.demo.browser import Browser, checked, wait
from shop.demo.goods import sandbox, variant
from shop.demo.people import HOST
from shop.sellers.models import Seller, SellerKind
from shop.settings import Settings
from workers.channels import rules
from workers.channels.models import Connection, Listing, ListingState
from workers.channels.order_models import ChannelOrder, Intake


@dataclass(frozen=True)
class Place:
    """Numbers of its shops in the sandbox begin here; what it calls an order that is sure."""

    shops_from: int
    sure: str


PLACES = {
    "shopee": Place(700_000, "READY_TO_SHIP"),
    "lazada": Place(710_000, "ready_to_ship"),
    "tiktok": Place(720_000, "AWAITING_SHIPMENT"),
}
EVERYBODYS = "shopee"
CALLS_PER_SECOND = 50
SOLD = "che-tom-non-hao-dat"
TOLD_WINE, STRENGTH = "ruou-men-la-thanh-tam", "Từ 15 độ"


def push_listings(browser: Browser, settings: Settings) -> None:
    """Connect the shops at the sandbox's marketplaces; a worker lists their products."""
    for number, seller in enumerate(_cooperatives(), 1):
        for platform in PLACES if seller.starter_id == HOST else (EVERYBODYS,):
            if not _connection(seller.id, platform):
                shop_id = PLACES[platform].shops_from + number
                sandbox(settings, "/control/shops", {"shop_id": shop_id, "name": seller.name})
                _consent(browser, {"seller": seller.ref, "platform": platform}, shop_id)
                db.session.rollback()
                with transaction():
                    _hurry(_connection(seller.id, platform))
            connection = _connection(seller.id, platform)
            assert connection
            browser.post(f"/ban-hang/san/{connection.ref}/dang", {})
    wait("đăng lên sàn", lambda: not _unsettled())


def _hurry(connection: Connection | None) -> None:
    """The sandbox counts no calls: whoever looks at the demo need not wait as at a real one."""
    assert connection
    kept = {name: getattr(connection, name) for name in rules.RULES}
    rules.change(SYSTEM, connection, kept | {"calls_per_second": CALLS_PER_SECOND})


def _cooperatives() -> Sequence[Seller]:
    sells = select(Product.seller_id).where(Product.on_sale)
    query = select(Seller).where(Seller.kind == SellerKind.COOPERATIVE, Seller.id.in_(sells))
    return db.session.scalars(query.order_by(Seller.id)).all()


def _connection(seller_id: int, platform: str) -> Connection | None:
    query = select(Connection).where(Connection.seller_id == seller_id)
    return db.session.scalar(query.where(Connection.platform == platform))


def _consent(browser: Browser, asked_for: dict[str, str], shop_id: int) -> None:
    """Ask to connect, agree on the marketplace's own page, and come back with its code."""
    asked = browser.session.post(
        browser.base_url + "/ban-hang/san/ket-noi",
        data=asked_for | {"csrf_token": browser.token()},
        headers={"Referer": browser.base_url},
        allow_redirects=False,
        timeout=30,
    )
    consent = checked(asked).headers["Location"]
    checked(browser.session.get(f"{consent}&auto=1&shop_id={shop_id}", timeout=30))


def _unsettled() -> bool:
    """Whether a product of a connected shop has no listing yet, or one still on its way."""
    listed = exists().where(
        Listing.connection_id == Connection.id, Listing.variant_id == Variant.id
    )
    missing = select(Variant.id).join(Product, Product.id == Variant.product_id)
    missing = missing.join(Connection, Connection.seller_id == Variant.seller_id)
    missing = missing.where(Product.on_sale, Connection.platform.in_(PLACES), ~listed)
    waiting = select(Listing.id).where(
        Listing.state.in_([ListingState.WAITING, ListingState.CREATING])
    )
    return bool(db.session.scalar(select(exists(missing) | exists(waiting))))


def tell_strength(browser: Browser, _settings: Settings) -> None:
    """One maker of wine chooses what the marketplace asks for, on the page of the listing."""
    wine = variant(TOLD_WINE)
    there = select(Listing).where(Listing.variant_id == wine.id).order_by(Listing.id)
    for listing in db.session.scalars(there).all():
        path = f"/ban-hang/san/san-pham/{listing.ref}"
        page = browser.get(path)
        asked = re.search(
            r'<select[^>]* name="(attribute-[^"]+)".*?</select>', page.text, re.DOTALL
        )
        assert asked
        chosen = re.search(rf'value="([^"]+)"[^>]*>{STRENGTH}<', asked[0])
        assert chosen
        browser.post(f"{path}/thong-tin", {asked[1]: chosen[1]}, page)
    wait("đăng rượu lên sàn", lambda: set(db.session.scalars(_states(wine))) == {ListingState.LIVE})


def _states(goods: Variant) -> Any:
    return select(Listing.state).where(Listing.variant_id == goods.id)


def sell(browser: Browser, settings: Settings) -> None:
    """A buyer on each marketplace orders a box; the marketplace pushes it, a worker fetches it."""
    goods = variant(SOLD)
    for platform, place in PLACES.items():
        connection = _connection(goods.seller_id, platform)
        assert connection
        hook = f"{browser.base_url}/webhooks/san/{platform}"
        sandbox(settings, "/control/listeners", {"platform": platform, "url": hook})
        shop_id = int(connection.shop_id)
        if not _of_shop(settings, "orders", shop_id):
            [item] = [
                row for row in _of_shop(settings, "items", shop_id) if row["item_sku"] == goods.sku
            ]
            # TikTok sells nothing that nobody has looked at; here somebody has.
            sandbox(settings, f"/control/items/{item['item_id']}", {"status": "ACTIVATE"})
            lines = [{"item_id": item["item_id"], "quantity": 1}]
            order = {"platform": platform, "shop_id": shop_id, "status": place.sure, "lines": lines}
            sandbox(settings, "/control/orders", order)
    wait("nhận đơn từ sàn", lambda: _taken() == len(PLACES))


def _of_shop(settings: Settings, what: str, shop_id: int) -> list[dict[str, Any]]:
    rows = sandbox(settings, f"/control/{what}").json()
    return [row for row in rows if row["shop_id"] == shop_id]


def _taken() -> int:
    """On how many marketplaces an order was sold that is ours by now."""
    query = select(func.count(Connection.platform.distinct())).join(
        ChannelOrder, ChannelOrder.connection_id == Connection.id
    )
    return db.session.scalar(query.where(ChannelOrder.intake == Intake.TAKEN)) or 0
