"""The basket: references of packs and quantities in a cookie; no account and no table needed.

A cookie of its own, not the session: a visitor with a basket still gets the pages that everybody
gets. It holds no secret, and whatever it says is looked up anew.

What is ordered ahead of a harvest is a line of its own, under the harvest's reference with `v`
(vụ, harvest) before it: references have no small letters. The same pack may be in the basket
twice then, of what is there and of what will be.
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
from shop.inventory import harvests, stock
from shop.inventory.models import Harvest
from shop.orders import checkout
from shop.sellers.models import Seller

COOKIE = "gio"
KEEP_SECONDS = 30 * 24 * 3600
MOST_LINES = 40
MOST = Decimal(10_000)

AHEAD = "v"

Basket = dict[str, Decimal]


def read() -> Basket:
    """Reference of a line → quantity, as the browser holds it; what is broken is left out."""
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
    """So much of a pack. `problem`: why it cannot be ordered like this, empty when it can.

    `harvest`: the one it is ordered ahead of, None when it is of what is there.
    """

    pack: Variant
    quantity: Decimal
    problem: str
    harvest: Harvest | None = None

    @property
    def amount_vnd(self) -> int:
        """What it costs, in đồng."""
        return checkout.amount_vnd(self.pack.price_vnd, self.quantity)

    @property
    def key(self) -> str:
        """Its name in the basket."""
        return AHEAD + self.harvest.ref if self.harvest else self.pack.ref


def lines(basket: Basket) -> dict[Seller, list[Line]]:
    """What is in the basket and still in the catalogue, by seller. Six queries at most."""
    packs, windows = _packs(basket), _windows(basket)
    there = stock.saleable([pack.id for pack in packs.values()])
    promised = harvests.promised_of([row.id for row in windows.values()])
    found: dict[Seller, list[Line]] = defaultdict(list)
    for key, quantity in basket.items():
        if pack := packs.get(key):
            problem = _problem(pack, quantity, there[pack.id])
            found[pack.product.seller].append(Line(pack, quantity, problem))
        elif row := windows.get(key):
            problem = _problem_ahead(row, quantity, row.quantity - promised.get(row.id, stock.ZERO))
            found[row.variant.product.seller].append(Line(row.variant, quantity, problem, row))
    return dict(found)


def _packs(basket: Basket) -> dict[str, Variant]:
    query = (
        select(Variant)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.ref.in_(basket))
        .options(
            contains_eager(Variant.product).options(joinedload(Product.seller)),
        )
    )
    return {pack.ref: pack for pack in db.session.scalars(query).unique()}


def _windows(basket: Basket) -> dict[str, Harvest]:
    refs = [key.removeprefix(AHEAD) for key in basket if key.startswith(AHEAD)]
    if not refs:
        return {}
    whole = joinedload(Harvest.variant).joinedload(Variant.product).joinedload(Product.seller)
    query = select(Harvest).where(Harvest.ref.in_(refs)).options(whole)
    return {AHEAD + row.ref: row for row in db.session.scalars(query).unique()}


def _problem_ahead(row: Harvest, quantity: Decimal, left: Decimal) -> str:
    if not harvests.is_open(row):
        return str(_("Vụ này không nhận đặt trước nữa."))
    return _problem(row.variant, quantity, left)


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
