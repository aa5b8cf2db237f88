"""The buyer's page: see, correct and confirm what is held, then pay each seller."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop import limits, pages, phones
from shop.database import db, transaction
from shop.errors import NotFound
from shop.livestream import baskets, claims, quotes, screens
from shop.livestream import waiting as line_of
from shop.livestream.models import BroadcastState, Buyer, Claim, ClaimState
from shop.livestream.schemas import AgainSchema, ChangeSchema, ConfirmSchema
from shop.notifications import send
from shop.orders import checkout, copies
from shop.orders.models import Order, PayBy
from shop.places import Commune
from shop.sellers import addresses
from shop.sellers.addresses import Question
from shop.sellers.models import Seller

bp = Blueprint("buyer", __name__, url_prefix="/chot")

# One link belongs to one buyer; behind one address of a mobile network there are thousands.
PER_LINK, PER_ADDRESS = "60/minute", "1200/minute"


@bp.route("/<token>", methods=["GET", "POST"])
@pages.public
def confirm(token: str) -> ResponseReturnValue:
    """What is held for the buyer; then fees and terms to agree to; agreeing makes the orders."""
    buyer = _buyer(token)
    form = pages.form(ConfirmSchema(), _known(buyer))
    held = [c for c in claims.live(buyer) if c.state == ClaimState.HELD]
    shown: dict[str, Any] = {"quotes": [], "communes": (), "agreed": ""}
    if form.data and held:
        with form.guard():
            shown |= _quoted(form, held)
    edits = "edit" in request.form
    if edits:
        form.errors = {}
    elif form.data and not form.errors and _agrees(form, held, shown):
        placed: list[Order] = []
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
            return _ordered(token, placed)
    return pages.page("buyer/confirm.html", form=form, edits=edits, **_standing(buyer), **shown)


def _ordered(token: str, placed: list[Order]) -> ResponseReturnValue:
    """To the code to pay with, where there is one order; else to all of them."""
    if len(placed) == 1 and placed[0].pay_by == PayBy.CASHLESS:
        said = _("Đã đặt hàng. Mời bạn trả tiền.")
        return pages.saved("payments.pay", said, token=placed[0].token)
    return pages.saved("buyer.confirm", _("Đã đặt hàng."), token=token)


def _standing(buyer: Buyer) -> dict[str, Any]:
    """All that stands for the buyer now, asked anew: a refusal may have come of a change."""
    live = claims.live(buyer)
    held = [c for c in live if c.state == ClaimState.HELD]
    waiting = [c for c in live if c.state == ClaimState.WAITING]
    fetched, cash = quotes.ways(held)
    places = line_of.places(waiting)
    return {
        "buyer": buyer,
        "host": db.session.get_one(Seller, buyer.broadcast.seller_id).ref,
        "over": buyer.broadcast.state == BroadcastState.CLOSED,
        "baskets": _baskets(held),
        "waiting": [(c, places[c.id]) for c in waiting],
        "lost": baskets.lost(buyer),
        "until": baskets.holds_until(held),
        "seen": baskets.digest(held),
        "total_vnd": baskets.goods_vnd(held),
        "orders": baskets.ordered(buyer),
        "voucher": buyer.broadcast.voucher_code,
        "fetched": fetched,
        "cash": cash,
    }


def _agrees(form: pages.Form, held: list[Claim], shown: dict[str, Any]) -> bool:
    """Whether this is the second step, of what was shown; without goods there is none to show."""
    return not held or form.data["agreed"] == shown["agreed"]


def _quoted(form: pages.Form, held: list[Claim]) -> dict[str, Any]:
    """What is to be agreed to, or the communes of which one is meant."""
    found = quotes.where(held, form.data)
    if isinstance(found, Question):
        form.errors["commune_code"] = [_("Chọn xã, phường nhận hàng.")]
        return {"communes": found.communes}
    data = form.data
    chosen = quotes.Chosen(data["handing"], data["pay_by"], data["phone"])
    offered = quotes.of(held, found, chosen)
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
    seen = joinedload(Buyer.broadcast)
    found = db.session.scalar(query.options(seen))
    if found is None:
        raise NotFound
    limits.hit(PER_LINK, "buyer", token)
    return found


def _known(buyer: Buyer) -> dict[str, str]:
    # No address: the link may stand in a public comment.
    return {"name": buyer.name, "phone": phones.show(buyer.phone) if buyer.phone else ""}


def _baskets(held: list[Claim]) -> list[tuple[str, list[baskets.Line], int]]:
    """Seller's name, lines, and their sum in đồng, for each order to be."""
    return [
        (found[0].variant.product.seller.name, baskets.lines(found), baskets.goods_vnd(found))
        for found in baskets.by_seller(held).values()
    ]


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


@bp.post("/<token>/giu-lai")
@pages.public
def again(token: str) -> ResponseReturnValue:
    """Hold once more what lapsed, or wait for it."""
    buyer = _buyer(token)
    form = pages.form(AgainSchema())
    outcome = claims.Outcome.FULL
    if form.data:
        with form.guard(), transaction():
            outcome = claims.again(buyer, form.data["claim"])
            screens.tell(buyer.broadcast)
    if form.errors:
        return pages.refused("buyer.confirm", form, token=token)
    return pages.saved("buyer.confirm", _SAID[outcome](), token=token)


_SAID: dict[claims.Outcome, Callable[[], str]] = {
    claims.Outcome.HELD: lambda: _("Đã giữ lại cho bạn."),
    claims.Outcome.LIMITED: lambda: _("Đã giữ lại đúng mức mỗi người được mua."),
    claims.Outcome.WAITING: lambda: _("Hàng vừa hết: bạn đã vào hàng chờ."),
    claims.Outcome.SHORT: lambda: _("Hàng vừa hết."),
    claims.Outcome.FULL: lambda: _("Bạn đã đủ mức mỗi người được mua."),
}
