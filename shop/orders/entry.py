"""Orders that staff write down: by phone, Zalo or at the counter; the same stock and states."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.errors import BadInput
from shop.orders import checkout
from shop.orders.checkout import Buyer, Terms, Want
from shop.orders.models import Handing, Order, PayBy
from shop.sellers import addresses
from shop.sellers.addresses import Answer
from shop.sellers.models import Seller

MOST_PACKS = 500


def packs(seller: Seller) -> list[Variant]:
    """What the seller sells now, by name."""
    query = (
        select(Variant)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.seller_id == seller.id, Variant.active, Product.on_sale)
        .options(joinedload(Variant.product))
        .order_by(Product.sort_key, Variant.id)
    )
    return [pack for pack in db.session.scalars(query.limit(MOST_PACKS)) if checkout.for_sale(pack)]


def write(
    actor: Actor, seller: Seller, data: dict[str, Any], rows: list[tuple[str, Decimal]], key: str
) -> Order:
    """Place what somebody said: `rows` are (pack's reference, quantity). Once per `key`.

    Raises BadInput, NotForSale, TooLittle, OutOfStock, NoVoucher.
    """
    there = {pack.ref: pack for pack in packs(seller)}
    if not rows or any(ref not in there for ref, _quantity in rows):
        raise BadInput({"pack-1": [_("Chọn hàng và ghi số lượng.")]})
    handing = Handing(data["handing"])
    buyer = _buyer(data, handing)
    terms = Terms(
        pay_by=PayBy(data["pay_by"]),
        handing=handing,
        fee_vnd=0 if handing is Handing.PICKUP else data["fee_vnd"] or 0,
        voucher=(data.get("voucher") or "").strip(),
        note=data["note"],
    )
    order = checkout.place(
        buyer,
        [Want(there[ref], quantity) for ref, quantity in rows],
        terms=terms,
        source=f"manual:{data['source']}",
        source_key=f"form:{key}",
        holders=[],
    )
    audit.note(actor, "order.write", order, order.ref)
    return order


def _buyer(data: dict[str, Any], handing: Handing) -> Buyer:
    if handing is Handing.PICKUP:
        return Buyer(data["name"], data["phone"], data["address"] or str(_("Tự đến lấy")))
    if not data["address"]:
        raise BadInput({"address": [_("Ghi địa chỉ giao hàng.")]})
    read = addresses.read(None, {"address": data["address"]})
    commune = read.commune if isinstance(read, Answer) else None
    return Buyer(
        data["name"],
        data["phone"],
        data["address"],
        commune.province_code if commune else None,
        commune.code if commune else None,
    )
