"""From what was agreed to orders: all placed at once, their money asked for, the copy sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from shop import limits
from shop.database import db
from shop.errors import NotFound
from shop.notifications import send
from shop.orders import checkout, copies
from shop.orders.checkout import Part, Terms, Want
from shop.orders.delivery import Place
from shop.orders.models import Checkout, Handing, PayBy
from shop.payments import requests
from shop.payments.errors import NoAccount
from shop.storefront import purchase
from shop.storefront.purchase import Offer

# Behind one address of a mobile network there are thousands; a phone number is one household.
PER_ADDRESS, PER_PHONE = "600/hour", "30/day"


def count_try(address: str, phone: str) -> None:
    """Count one try to order, of a network address and a phone number. Raises TooMany."""
    limits.hit(PER_ADDRESS, "order", address)
    limits.hit(PER_PHONE, "order", phone)


def place(
    parts: Sequence[Offer], data: Mapping[str, Any], place: Place | None, *, key: str
) -> Checkout:
    """Place an order of each part, or none. The same `key` again gives what is there.

    Raises what `checkout.place_all` raises.
    """
    buyer = checkout.Buyer(
        data["name"],
        data["phone"],
        purchase.address(data, place),
        place.province_code if place else None,
        place.commune_code if place else None,
        data["email"],
    )
    wanted = [
        Part([Want(line.pack, line.quantity) for line in part.lines], _terms(part))
        for part in parts
    ]
    made = checkout.place_all(buyer, wanted, key=key, source="storefront")
    _ask_for_money(made)
    _send_copy(made, data["email"])
    return made


def _terms(part: Offer) -> Terms:
    return Terms(
        pay_by=PayBy(part.choice.pay_by),
        handing=Handing(part.choice.handing),
        fee_vnd=part.fee_vnd or 0,
        voucher=part.choice.voucher,
        note=part.choice.note,
        harvest=part.harvest,
    )


def _ask_for_money(made: Checkout) -> None:
    db.session.flush()
    for placed in made.orders:
        if placed.pay_by == PayBy.CASHLESS:
            try:
                requests.open(placed)
            except NoAccount:
                # The page says so, and whom to call; the order stands.
                continue


def _send_copy(made: Checkout, address: str | None) -> None:
    if not address:
        return
    said = [_("Cảm ơn bạn đã đặt hàng. Xin giữ lại thư này: đây là bản sao đơn của bạn.")]
    for placed in made.orders:
        said.append(
            copies.text(placed, url_for("payments.pay", token=placed.token, _external=True))
        )
    send.mail(address, _("Đơn hàng của bạn"), "\n\n\n".join(said), once=f"checkout:{made.token}")


def find(token: str) -> Checkout:
    """What was ordered in one go, by its unguessable link. Raises NotFound."""
    found = db.session.scalar(select(Checkout).where(Checkout.token == token))
    if found is None:
        raise NotFound
    return found
