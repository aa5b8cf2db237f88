"""What a marketplace tells of itself, asked once a day: categories, what one asks, the ground.

These verbs call the marketplace when what is kept is old; call them outside `transaction()`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop import clock
from shop.database import db, transaction
from workers.channels.models import Fact
from workers.marketplaces.known import MARKETPLACES
from workers.marketplaces.protocol import (
    Attribute,
    Category,
    CategoryRules,
    Ground,
    Limits,
    RemoteState,
    Shop,
)

FRESH = timedelta(hours=24)


@dataclass(frozen=True)
class Item:
    """Something a shop lists. `price_vnd` None: the marketplace does not tell."""

    external_id: str
    sku: str
    name: str
    price_vnd: int | None


def categories(platform: str, shop: Shop) -> list[Category]:
    """The leaves of the platform's tree."""
    body = _kept(platform, "", "categories", "")
    if body is None:
        leaves = MARKETPLACES[platform].listings.categories(shop)
        body = {"leaves": [[leaf.id, leaf.path] for leaf in leaves]}
        _keep(platform, "", "categories", "", body)
    return [Category(id, path) for id, path in body["leaves"]]


def rules(platform: str, shop: Shop, category_id: str) -> CategoryRules:
    """What a category of the platform asks of its goods."""
    body = _kept(platform, "", "rules", category_id)
    if body is None:
        body = _rules_out(MARKETPLACES[platform].listings.rules(shop, category_id))
        _keep(platform, "", "rules", category_id, body)
    return _rules_in(body)


def ground(platform: str, shop: Shop) -> Ground:
    """The shop's ways of delivery and its warehouse."""
    body = _kept(platform, shop.shop_id, "ground", "")
    if body is None:
        found = MARKETPLACES[platform].listings.ground(shop)
        body = {"carriers": list(found.carriers), "warehouse": found.warehouse}
        _keep(platform, shop.shop_id, "ground", "", body)
    return Ground(tuple(body["carriers"]), body["warehouse"])


def known_categories(platform: str) -> list[Category]:
    """The leaves as they were last told; empty before the first shop of the platform asked."""
    body = _last(platform, "", "categories", "")
    return [Category(id, path) for id, path in (body or {"leaves": []})["leaves"]]


def ask_items(platform: str, shop: Shop) -> None:
    """Keep a list of everything the shop has there, as it is now."""
    there = {item.external_id: item for item in MARKETPLACES[platform].listings.items(shop)}
    items = [
        [item.external_id, item.sku, item.name, item.price_vnd]
        for item in there.values()
        if item.state is not RemoteState.GONE
    ]
    _keep(platform, shop.shop_id, "items", "", {"items": items})


def known_items(platform: str, shop_id: str) -> tuple[list[Item], datetime | None]:
    """What the shop had when it was last asked, and when that was."""
    query = select(Fact.body, Fact.asked_at).where(
        Fact.platform == platform, Fact.shop_id == shop_id, Fact.kind == "items"
    )
    row = db.session.execute(query).first()
    return ([Item(*each) for each in row.body["items"]], row.asked_at) if row else ([], None)


def known_rules(platform: str, category_id: str) -> CategoryRules | None:
    """What a category asked when it was last told, None when it never was."""
    body = _last(platform, "", "rules", category_id)
    return _rules_in(body) if body is not None else None


def _kept(platform: str, shop_id: str, kind: str, key: str) -> dict[str, Any] | None:
    with transaction():
        return _last(platform, shop_id, kind, key, since=FRESH)


def _last(
    platform: str, shop_id: str, kind: str, key: str, *, since: timedelta | None = None
) -> dict[str, Any] | None:
    query = select(Fact.body).where(
        Fact.platform == platform, Fact.shop_id == shop_id, Fact.kind == kind, Fact.key == key
    )
    if since is not None:
        query = query.where(Fact.asked_at > clock.now() - since)
    return db.session.scalar(query)


def _keep(platform: str, shop_id: str, kind: str, key: str, body: dict[str, Any]) -> None:
    row = {"platform": platform, "shop_id": shop_id, "kind": kind, "key": key, "body": body}
    told = insert(Fact).values(row | {"asked_at": clock.now()})
    fresh = {"body": told.excluded.body, "asked_at": told.excluded.asked_at}
    with transaction():
        db.session.execute(
            told.on_conflict_do_update(
                index_elements=["platform", "shop_id", "kind", "key"], set_=fresh
            )
        )


def _rules_out(rules: CategoryRules) -> dict[str, Any]:
    limits = rules.limits
    return {
        "name": limits.name,
        "description": limits.description,
        "price_vnd": limits.price_vnd,
        "stock": limits.stock,
        "weight_kg": [str(each) for each in limits.weight_kg],
        "images": limits.images,
        "attributes": [
            [a.id, a.name, a.mandatory, dict(a.options), a.paper] for a in rules.attributes
        ],
        "brand_mandatory": rules.brand_mandatory,
        "brands": dict(rules.brands),
    }


def _rules_in(body: dict[str, Any]) -> CategoryRules:
    limits = Limits(
        name=_pair(body["name"]),
        description=_pair(body["description"]),
        price_vnd=_pair(body["price_vnd"]),
        stock=_pair(body["stock"]),
        weight_kg=(Decimal(body["weight_kg"][0]), Decimal(body["weight_kg"][1])),
        images=_pair(body["images"]),
    )
    asked = tuple(Attribute(*each) for each in body["attributes"])
    return CategoryRules(limits, asked, body["brand_mandatory"], body["brands"])


def _pair(value: list[int]) -> tuple[int, int]:
    least, most = value
    return least, most
