"""The buyer's page: see, correct and confirm what is held, then pay each seller."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from shop import limits, pages, phones
from shop.database import db, transaction
from shop.errors import NotFound
from shop.livestream import claims, quotes, screens
from shop.livestream.models import Broadcast, Buyer, Claim, ClaimState
from shop.livestream.schemas import ChangeSchema, ConfirmSchema
from shop.notifications import send
from shop.orders import checkout, copies
from shop.orders.models import Order
from shop.places import Commune
from shop.sellers import addresses
from shop.sellers.addresses import Question

bp = Blueprint("buyer", __name__, url_prefix="/chot")

# One link belongs to one buyer; behind one address of a mobile network there are thousands.
PER_LINK, PER_ADDRESS = "60/minute", "1200/minute"


@bp.route("/<token>", methods=["GET", "POST"])
@pages.public
def confirm(token: str) -> ResponseReturnValue:
    """What is held for the buyer; then fees and terms to agree to; agreeing makes the orders."""
    buyer = _buyer(token)
    form = pages.form(ConfirmSchema(), _known(buyer))
    live = claims.live(buyer)
    held = [c for c in live if c.state == ClaimState.HELD]
    shown: dict[str, Any] = {"quotes": [], "communes": (), "agreed": ""}
    if form.data and held:
        with form.guard():
            shown |= _quoted(form, held)
    edits = "edit" in request.form
    if edits:
        form.errors = {}
    elif form.data and not form.errors and _agrees(form, held, shown):
        with form.guard(), transaction():
            placed = claims.confirm(
                buyer,
                _who(form.data, shown.get("commune")),
                seen=form.data["seen"],
                terms=quotes.terms(shown["quotes"]),
            )
            screens.tell(buyer.broadcast)
            _send_copy(placed, form.data["email"])
        if not form.errors:
            return pages.saved("buyer.confirm", _("Đã đặt hàng. Mời bạn trả tiền."), token=token)
    return pages.page(
        "buyer/confirm.html",
        form=form,
        buyer=buyer,
        baskets=_baskets(held),
        waiting=[c for c in live if c.state == ClaimState.WAITING],
        until=claims.holds_until(held),
        seen=claims.digest(held),
        total_vnd=sum(_amount_vnd(c) for c in held),
        orders=claims.ordered(buyer),
        edits=edits,
        **shown,
    )


def _agrees(form: pages.Form, held: list[Claim], shown: dict[str, Any]) -> bool:
    """Whether this is the second step, of what was shown; without goods there is none to show."""
    return not held or form.data["agreed"] == shown["agreed"]


def _quoted(form: pages.Form, held: list[Claim]) -> dict[str, Any]:
    """What is to be agreed to, or the communes of which one is meant."""
    found = quotes.where(held, form.data)
    if isinstance(found, Question):
        form.errors["commune_code"] = [_("Chọn xã, phường nhận hàng.")]
        return {"communes": found.communes}
    offered = quotes.of(held, found)
    return {
        "quotes": offered,
        "agreed": quotes.mark(offered, held),
        "commune": found,
        "address": addresses.written(form.data["address"], found),
    }


def _who(data: dict[str, Any], commune: Commune | None) -> checkout.Buyer:
    return checkout.Buyer(
        data["name"],
        data["phone"],
        addresses.written(data["address"], commune),
        commune.province_code if commune else None,
        commune.code if commune else None,
        data["email"],
    )


def _send_copy(placed: list[Order], address: str | None) -> None:
    if not address:
        return
    db.session.flush()
    for order in placed:
        link = url_for("payments.pay", token=order.token, _external=True)
        subject = _("Đơn hàng của bạn")
        send.mail(address, subject, copies.text(order, link), once=f"copy:{order.ref}")


def _buyer(token: str) -> Buyer:
    limits.hit(PER_ADDRESS, "buyer", request.remote_addr or "")
    query = select(Buyer).where(Buyer.token == token)
    seen = joinedload(Buyer.broadcast).options(lazyload(Broadcast.pins))
    found = db.session.scalar(query.options(seen))
    if found is None:
        raise NotFound
    limits.hit(PER_LINK, "buyer", token)
    return found


def _known(buyer: Buyer) -> dict[str, str]:
    return {"name": buyer.name, "phone": phones.show(buyer.phone) if buyer.phone else ""}


def _baskets(held: list[Claim]) -> list[tuple[str, list[tuple[Claim, int]], int]]:
    """Seller's name, lines with their amounts (đồng), and the sum, for each order to be."""
    grouped = claims.by_seller(held).values()
    lines = [[(c, _amount_vnd(c)) for c in basket] for basket in grouped]
    return [
        (basket[0][0].variant.product.seller.name, basket, sum(amount for _c, amount in basket))
        for basket in lines
    ]


def _amount_vnd(found: Claim) -> int:
    return checkout.amount_vnd(found.variant.price_vnd, found.quantity)


@bp.post("/<token>/sua")
@pages.public
def change(token: str) -> ResponseReturnValue:
    """Correct one quantity before confirming; 0 gives it back."""
    buyer = _buyer(token)
    form = pages.form(ChangeSchema())
    if form.data:
        with form.guard(), transaction():
            claims.change(buyer, form.data["claim"], form.data["quantity"])
            screens.tell(buyer.broadcast)
    if form.errors:
        return pages.refused("buyer.confirm", form, token=token)
    return pages.saved("buyer.confirm", _("Đã sửa."), token=token)
