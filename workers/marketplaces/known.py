"""The marketplaces with an API, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import LazyString

from workers.marketplaces.lazada import client as lazada_client
from workers.marketplaces.lazada import errors as lazada_errors
from workers.marketplaces.lazada import listings as lazada_listings
from workers.marketplaces.lazada import orders as lazada_orders
from workers.marketplaces.lazada import payouts as lazada_payouts
from workers.marketplaces.protocol import Listings, Orders, Payouts, SignIn
from workers.marketplaces.shopee import client as shopee_client
from workers.marketplaces.shopee import errors as shopee_errors
from workers.marketplaces.shopee import listings as shopee_listings
from workers.marketplaces.shopee import orders as shopee_orders
from workers.marketplaces.shopee import payouts as shopee_payouts
from workers.marketplaces.tiktok import client as tiktok_client
from workers.marketplaces.tiktok import errors as tiktok_errors
from workers.marketplaces.tiktok import listings as tiktok_listings
from workers.marketplaces.tiktok import orders as tiktok_orders
from workers.marketplaces.tiktok import payouts as tiktok_payouts


@dataclass(frozen=True)
class Marketplace:
    """One platform. `name` for people; `per_second`: calls a shop may make unless told otherwise.

    `hints`: its error code → what the cooperative can do about it. `renew_ahead`: how long before
    its end an access token is renewed. `hides_empty`: it knows no stock of none, so what has none
    must not be seen there.
    """

    name: str
    sign_in: SignIn
    listings: Listings
    orders: Orders
    payouts: Payouts
    hints: Mapping[str, LazyString]
    per_second: float
    renew_ahead: timedelta
    hides_empty: bool = False


MARKETPLACES: dict[str, Marketplace] = {
    "shopee": Marketplace(
        "Shopee",
        shopee_client,
        shopee_listings,
        shopee_orders,
        shopee_payouts,
        shopee_errors.HINTS,
        # No number is published; a careful one.
        per_second=5,
        renew_ahead=timedelta(minutes=30),
    ),
    "lazada": Marketplace(
        "Lazada",
        lazada_client,
        lazada_listings,
        lazada_orders,
        lazada_payouts,
        lazada_errors.HINTS,
        # Stock calls may come at 50 a second; of the others no number is published.
        per_second=5,
        renew_ahead=timedelta(hours=48),
    ),
    "tiktok": Marketplace(
        "TikTok Shop",
        tiktok_client,
        tiktok_listings,
        tiktok_orders,
        tiktok_payouts,
        tiktok_errors.HINTS,
        # No number is published for a shop; a careful one.
        per_second=10,
        # Of seven days.
        renew_ahead=timedelta(hours=24),
        hides_empty=True,
    ),
}
