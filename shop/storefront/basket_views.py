"""The visitor's basket, the checkout, and what was ordered."""

from flask import Blueprint, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import limits, once, pages
from shop.database import transaction
from shop.orders import copies
from shop.orders.errors import NoVoucher
from shop.places import Commune
from shop.sellers.addresses import Question
from shop.storefront import basket as baskets
from shop.storefront import placing, purchase
from shop.storefront.purchase import Offer
from shop.storefront.schemas import BasketSchema, BuyerSchema

bp = Blueprint("basket", __name__)


@bp.get("/gio-hang")
@pages.public
def basket() -> ResponseReturnValue:
    """What is in the basket, by seller, to correct and to order."""
    return _basket(pages.Form())


def _basket(form: pages.Form) -> ResponseReturnValue:
    there = baskets.lines(baskets.read())
    found = [line for lines in there.values() for line in lines]
    return pages.page(
        "basket/basket.html",
        form=form,
        there=there,
        total_vnd=baskets.total_vnd(found),
        ahead=any(line.harvest for line in found),
        ready=bool(found) and not any(line.problem for line in found),
    )


@bp.post("/gio-hang")
@pages.public
def change() -> ResponseReturnValue:
    """Put so much of a pack, or of a harvest of it, into the basket, or take it out.

    Without a form's token, so that product pages stay the same for everybody; another site's
    pages are refused by what the browser says of them.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    form = pages.form(BasketSchema())
    if form.errors:
        return _basket(form)
    held, ref, quantity = baskets.read(), form.data["pack"], form.data["quantity"]
    if request.form.get("more"):
        quantity += held.get(ref, 0)
    held[ref] = min(quantity, baskets.MOST)
    if not held[ref]:
        del held[ref]
    answer = make_response(redirect(url_for("basket.basket"), 303))
    baskets.write(answer, dict(list(held.items())[-baskets.MOST_LINES :]))
    return answer


@bp.route("/dat-hang", methods=["GET", "POST"])
@pages.public
def order() -> ResponseReturnValue:
    """Who buys, where it goes, how it is paid; then everything is shown to be confirmed."""
    there = baskets.lines(baskets.read())
    if not there:
        return redirect(url_for("basket.basket"), 303)
    form = pages.form(BuyerSchema())
    parts = purchase.offers(there, request.form)
    if form.data and (asked := _reckoned(form, parts)) is not None:
        return asked
    if form.data and not form.errors and "edit" not in request.form:
        return _review(form, parts)
    if "edit" in request.form:
        form.errors = {}
    if not form.data:
        purchase.reckon(parts, "", None)
    return _ask(form, parts)


def _ask(
    form: pages.Form, parts: list[Offer], communes: tuple[Commune, ...] = ()
) -> ResponseReturnValue:
    values = {**request.form.to_dict(), **form.values}
    form.values = values
    return pages.page("basket/order.html", form=form, parts=parts, communes=communes)


def _reckoned(form: pages.Form, parts: list[Offer]) -> ResponseReturnValue | None:
    """Reckon the parts for this buyer; an answer when it must first be asked which commune."""
    place = None
    with form.guard():
        place = purchase.where(parts, form.data)
    if isinstance(place, Question):
        form.errors["commune_code"] = [_("Chọn xã, phường nhận hàng.")]
        return _ask(form, parts, place.communes)
    purchase.reckon(parts, form.data["phone"], place)
    for part in parts:
        for name, said in part.problems.items():
            form.errors.setdefault(name, []).extend(said)
    form.data["place"] = place
    return None


def _review(form: pages.Form, parts: list[Offer], said: str = "") -> ResponseReturnValue:
    kept = {
        name: value
        for name, value in request.form.items()
        if name not in ("csrf_token", "_once", "seen", "edit")
    }
    return pages.page(
        "basket/review.html",
        key=form.key if request.form.get("seen") else once.new_key(),
        kept=kept,
        buyer=form.data | {"address": purchase.address(form.data, form.data["place"])},
        parts=parts,
        said=said,
        seen=purchase.mark(parts),
        total_vnd=sum(part.total_vnd for part in parts),
        first_vnd=sum(part.first_vnd for part in parts),
    )


@bp.post("/dat-hang/xac-nhan")
@pages.public
def confirm() -> ResponseReturnValue:
    """Place what was shown, once; what changed meanwhile is shown again instead."""
    form = pages.form(BuyerSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    there = baskets.lines(baskets.read())
    if not there:
        return redirect(url_for("basket.basket"), 303)
    parts = purchase.offers(there, request.form)
    if form.errors or _reckoned(form, parts) is not None or form.errors:
        return _ask(form, parts)
    if request.form.get("seen") != purchase.mark(parts):
        said = _("Giá, phí hoặc hàng vừa thay đổi. Xin xem lại rồi đặt.")
        return _review(form, parts, said)
    placing.count_try(request.remote_addr or "?", form.data["phone"])
    return _placed(form, parts)


def _placed(form: pages.Form, parts: list[Offer]) -> ResponseReturnValue:
    token = ""
    try:
        with form.guard(), transaction():
            made = placing.place(parts, form.data, form.data["place"], key=form.key)
            token = made.token
            pages.claim(form, "basket.ordered", token=token)
    except NoVoucher as refusal:
        form.errors[""] = [refusal.message]
    if form.errors:
        return _ask(form, parts)
    answer = make_response(redirect(url_for("basket.ordered", token=token), 303))
    baskets.write(answer, {})
    return answer


@bp.get("/mua/<token>")
@pages.public
def ordered(token: str) -> ResponseReturnValue:
    """What was ordered in one go: each order with its way to pay, to keep or to print."""
    limits.hit(placing.PER_ADDRESS, "ordered", request.remote_addr or "?")
    return pages.page(
        "basket/ordered.html",
        checkout=placing.find(token),
        parties=copies.seller,
        terms=copies.terms,
        rest=lambda row: copies.goods(row)[len(row.lines) :],
    )
