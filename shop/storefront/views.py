"""What a visitor sees: the home page and product pages."""

from urllib.parse import urlsplit

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from shop import pages
from shop.catalogue import products
from shop.errors import NotFound

bp = Blueprint("storefront", __name__)

LANGUAGES = ("vi", "en")
YEAR_SECONDS = 365 * 24 * 3600


@bp.get("/")
@pages.public
def home() -> ResponseReturnValue:
    """Published products, searchable."""
    page = pages.paged(products.public(request.args.get("q", "")[:100]), size=24)
    return pages.page("storefront/home.html", page=page)


@bp.get("/p/<ref>")
@bp.get("/p/<ref>/<slug>")
@pages.public
def product(ref: str, slug: str = "") -> ResponseReturnValue:
    """One product: what it is, who makes it, what it costs."""
    found = products.shown(ref)
    if found is None:
        raise NotFound(ref=ref)
    if slug != found.slug:
        return redirect(url_for(".product", ref=ref, slug=found.slug), 301)
    return pages.page("storefront/product.html", product=found)


@bp.get("/ngon-ngu/<code>")
@pages.public
def language(code: str) -> ResponseReturnValue:
    """Keep the chosen language for a year and go back to where one was."""
    if code not in LANGUAGES:
        raise NotFound
    back = request.args.get("next", "/")
    # Only a path of ours: `//elsewhere` and `https://elsewhere` would lead people away.
    inside = back.startswith("/") and not urlsplit(back).netloc and "\\" not in back
    response = make_response(redirect(back if inside else "/"))
    response.set_cookie(
        "lang", code, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure, httponly=True
    )
    return response
