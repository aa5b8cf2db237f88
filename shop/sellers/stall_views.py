"""The stall's short link, and what is printed of it."""

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import NotFound
from shop.sellers import addresses, stalls
from shop.sellers.models import Seller

bp = Blueprint("stalls", __name__)


@bp.get("/g/<ref>")
@pages.public
def stall(ref: str) -> ResponseReturnValue:
    """The short link on labels and cards: to the stall."""
    return redirect(url_for("storefront.stall", ref=ref), 302)


@bp.get("/g/<ref>/ma.svg")
@pages.public
def code(ref: str) -> ResponseReturnValue:
    """The QR code of a public stall, for its page."""
    row = db.session.scalar(select(Seller).where(Seller.ref == ref))
    if row is None or not stalls.is_public(row):
        raise NotFound(ref=ref)
    return Response(stalls.svg(row), mimetype="image/svg+xml")


@bp.get("/ban-hang/nguoi-ban/<ref>/ma-gian-hang.svg")
@access.signed_in
def svg(actor: Actor, ref: str) -> ResponseReturnValue:
    """The QR code of the stall to print at any size."""
    row = access.get(actor, Seller, ref, Permission.SELLER_READ)
    return _file(stalls.svg(row), "image/svg+xml", f"gian-hang-{ref}.svg")


@bp.get("/ban-hang/nguoi-ban/<ref>/ma-gian-hang.png")
@access.signed_in
def png(actor: Actor, ref: str) -> ResponseReturnValue:
    """The same as a picture, for Zalo and Facebook."""
    row = access.get(actor, Seller, ref, Permission.SELLER_READ)
    return _file(stalls.png(row), "image/png", f"gian-hang-{ref}.png")


def _file(data: str | bytes, mimetype: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, mimetype=mimetype, headers=headers)


@bp.get("/ban-hang/nguoi-ban/<ref>/bien-dia-chi")
@access.signed_in
def address_card(actor: Actor, ref: str) -> ResponseReturnValue:
    """A sheet to print and hang up: where the seller is and its stall, each with its code."""
    row = access.get(actor, Seller, ref, Permission.SELLER_READ)
    return pages.page(
        "stalls/address_card.html",
        seller=row,
        address_today=addresses.today(row),
        place_svg=stalls.place_svg(row),
        point=stalls.place(row),
        stall_link=stalls.link(row),
        stall_svg=stalls.svg(row),
    )
