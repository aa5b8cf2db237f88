"""The basket: references of packs and quantities in a cookie; no account and no table needed.

A cookie of its own, not the session: a visitor with a basket still gets the pages that everybody
gets. It holds no secret, and whatever it says is looked up anew.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from shop import quantities
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.inventory import stock
from shop.orders import checkout
from shop.sellers.models import Seller

COOKIE = "gio"
KEEP_SECONDS = 30 * 24 * 3600
MOST_LINES = 40
MOST = Decimal(10_000)

Basket = dict[str, Decimal]


def read() -> Basket:
    """Pack reference → quantity, as the visitor's browser holds it; what is broken is left out."""
    found: Basket = {}
    for piece in request.cookies.get(COOKIE, "")[:4000].split("_"):
        ref, _colon, number = piece.partition("-")
        quantity = _quantity(number)
        if ref.isalnum() and ref.isascii() and quantity:
            found[ref] = quantity
    return dict(list(found.items())[:MOST_LINES])


def _quantity(number: str) -> Decimal | None:
    try:
        quantity = Decimal(number)
    except InvalidOperation:
        return None
    fits = quantity.is_finite() and 0 < quantity <= MOST
    return quantity.quantize(Decimal("0.001")).normalize() if fits else None


def write(response: Response, basket: Basket) -> None:
    """Let the browser keep `basket`; an empty one is forgotten."""
    if not basket:
        response.delete_cookie(COOKIE)
        return
    said = "_".join(f"{ref}-{quantity:f}" for ref, quantity in basket.items())
    response.set_cookie(
        COOKIE, said, max_age=KEEP_SECONDS, samesite="Lax", secure=request.is_secure
    )


@dataclass(frozen=True)
class Line:
    """So much of a pack. `problem`: why it cannot be ordered like this, empty when it can."""

    pack: Variant
    quantity: Decimal
    amount_vnd: int
    problem: str


def lines(basket: Basket) -> dict[Seller, list[Line]]:
    """What is in the basket and still in the catalogue, by seller. Four queries at most."""
    query = (
        select(Variant)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.ref.in_(basket))
        .options(
            contains_eager(Variant.product).options(joinedload(Product.seller)),
        )
    )
    packs = {pack.ref: pack for pack in db.session.scalars(query).unique()}
    there = stock.saleable([pack.id for pack in packs.values()])
    found: dict[Seller, list[Line]] = defaultdict(list)
    for ref, quantity in basket.items():
        pack = packs.get(ref)
        if pack is not None:
            amount_vnd = checkout.amount_vnd(pack.price_vnd, quantity)
            problem = _problem(pack, quantity, there[pack.id])
            found[pack.product.seller].append(Line(pack, quantity, amount_vnd, problem))
    return dict(found)


def _problem(pack: Variant, quantity: Decimal, there: Decimal) -> str:
    if not checkout.for_sale(pack):
        return str(_("Hiện không bán nữa."))
    if quantity < checkout.least(pack):
        least = quantities.show_with_unit(pack.least, pack.unit)
        return str(_("Mua ít nhất %(least)s.", least=least))
    if there <= 0:
        return str(_("Hiện hết hàng."))
    if there < quantity:
        left = quantities.show_with_unit(there, pack.unit)
        return str(_("Chỉ còn %(left)s.", left=left))
    return ""


def total_vnd(found: Sequence[Line]) -> int:
    """What the lines cost together."""
    return sum(line.amount_vnd for line in found)
