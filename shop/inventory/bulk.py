"""Prices and stock of many packs at once; what somebody else changed meanwhile is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from shop import money, quantities
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue import changes, packs
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.errors import BadInput
from shop.inventory import stock


@dataclass(frozen=True)
class Wish:
    """What a row of the table wants: new and old value, None where nothing was typed anew."""

    price_vnd: int | None
    price_was: int | None
    on_hand: Decimal | None
    on_hand_was: Decimal | None


def save(actor: Actor, wishes: Mapping[int, Wish], *, source: str) -> int:
    """Do all wishes (variant id → wish) or none; returns how many packs changed.

    Locks products, then packs. `source` makes each correction of the stock happen once. Raises
    BadInput (`price-<ref>`, `stock-<ref>`) where the old value is no longer what is there.
    """
    rows = _locked(wishes)
    there = stock.on_hand(wishes)
    stale: dict[str, list[str]] = {}
    for pack in rows:
        stale |= _stale(pack, wishes[pack.id], there.get(pack.id, stock.ZERO))
    if stale:
        raise BadInput(stale)
    for pack in rows:
        _set_price(actor, pack, wishes[pack.id])
        _set_stock(actor, pack, wishes[pack.id], source)
    repriced = {pack.product_id for pack in rows if wishes[pack.id].price_vnd is not None}
    changes.note_many(sorted(repriced))
    return len(rows)


def _locked(wishes: Mapping[int, Wish]) -> Sequence[Variant]:
    of_packs = select(Variant.product_id).where(Variant.id.in_(wishes))
    products = select(Product).where(Product.id.in_(of_packs)).order_by(Product.id)
    products = products.options(lazyload(Product.variants))
    db.session.scalars(products.with_for_update(key_share=True)).all()
    stock.lock_saleable(wishes)
    query = select(Variant).where(Variant.id.in_(wishes)).order_by(Variant.id)
    query = query.options(joinedload(Variant.product).lazyload(Product.variants))
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _stale(pack: Variant, wish: Wish, there: Decimal) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if wish.price_vnd is not None and wish.price_was != pack.price_vnd:
        now = money.show(pack.price_vnd)
        found[f"price-{pack.ref}"] = [_("Giá vừa được người khác đổi thành %(now)s.", now=now)]
    if wish.on_hand is not None and wish.on_hand_was != there:
        now = quantities.show(there)
        found[f"stock-{pack.ref}"] = [_("Tồn kho vừa đổi thành %(now)s.", now=now)]
    return found


def _set_price(actor: Actor, pack: Variant, wish: Wish) -> None:
    if wish.price_vnd is not None:
        packs.fill(pack, {"price_vnd": wish.price_vnd})
        audit.note(actor, "product.update", pack, packs.subject(pack.product, pack))


def _set_stock(actor: Actor, pack: Variant, wish: Wish, source: str) -> None:
    if wish.on_hand is None or wish.on_hand_was is None:
        return
    change = wish.on_hand - wish.on_hand_was
    reason = _("Kiểm kho")
    if stock.adjust(pack.id, change, source=f"{source}:{pack.id}", reason=reason):
        subject = f"{packs.subject(pack.product, pack)} {change:+f}"
        audit.note(actor, "stock.adjust", pack, subject)
