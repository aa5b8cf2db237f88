"""The stall of a seller: its short link, what is printed of it, and its logo."""

from flask import url_for

from shop import qr
from shop.accounts.access import Actor
from shop.media import photos
from shop.media.models import Photo
from shop.sellers import points
from shop.sellers.models import ReviewState, Seller


def is_public(seller: Seller) -> bool:
    """Whether anybody may see the stall: it passed review and stands for somebody who sells."""
    return seller.review == ReviewState.PASSED and not seller.placeholder


def link(seller: Seller) -> str:
    """The short address of the stall, whole: what is printed, sent and scanned."""
    return url_for("stalls.stall", ref=seller.ref, _external=True)


def svg(seller: Seller) -> str:
    """The link as a QR symbol."""
    return qr.svg(link(seller))


def png(seller: Seller) -> bytes:
    """The link as a picture to save and print."""
    return qr.png(link(seller))


def place_svg(seller: Seller) -> str:
    """The point as a QR symbol that opens a phone's map; empty without a point."""
    if seller.latitude is None or seller.longitude is None:
        return ""
    return qr.svg(points.geo(seller.latitude, seller.longitude))


def place(seller: Seller) -> str:
    """The point in two numbers; empty without one."""
    if seller.latitude is None or seller.longitude is None:
        return ""
    return points.show(seller.latitude, seller.longitude)


def map_url(seller: Seller) -> str:
    """A map with the pin; empty without a point."""
    if seller.latitude is None or seller.longitude is None:
        return ""
    return points.map_url(seller.latitude, seller.longitude)


def logo(seller: Seller) -> Photo | None:
    """The logo that is ready to be shown."""
    found = photos.shown(f"logo:{seller.ref}")
    return found[-1] if found else None


def keep_newest_logo(actor: Actor, seller: Seller) -> None:
    """A seller has one logo: those before the newest go."""
    for photo in photos.of(f"logo:{seller.ref}")[:-1]:
        photos.remove(actor, photo)
