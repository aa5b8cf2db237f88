"""What a buyer sees on scanning a stamp. No cookie, no script, nothing to sign in to."""

from contextlib import suppress
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from shop import broker, limits, pages
from shop.catalogue import certificates
from traceability import identifiers, stamps
from traceability.digital_link import BadLink, parse
from traceability.stamps import Finding

bp = Blueprint("scan", __name__, template_folder="templates")

UNKNOWN_RATE = "60/minute"


@bp.get("/T/<path:rest>")  # as the symbol says it, in upper case
@bp.get("/t/<path:rest>")
@pages.public
def internal(rest: str) -> ResponseReturnValue:
    """A stamp or goods under a code of ours. A code typed off a label is led to its address."""
    code = identifiers.typed(rest)
    if code != rest and identifiers.is_serial(code):
        return redirect(url_for(".internal", rest=code))
    return _scanned()


@bp.get("/01/<path:rest>")
@pages.public
def digital_link(rest: str) -> ResponseReturnValue:
    """Goods with a GTIN, by a GS1 Digital Link address."""
    return _scanned()


def _scanned() -> Response:
    try:
        identity = parse(_address())
    except BadLink as error:
        return _fresh(pages.page("traceability/bad_code.html", reason=error.message), 400)
    verdict = stamps.verdict(identity)
    if verdict.stamp is not None:
        genuine = verdict.finding is Finding.GENUINE  # others are not made to look better
        product = verdict.stamp.batch.product
        certificate = certificates.in_force(product) if genuine else None
        page = pages.page("traceability/scan.html", verdict=verdict, certificate=certificate)
        return _fresh(page, 200)
    _count_guess()
    return _fresh(pages.page("traceability/scan.html", verdict=verdict), 404)


def _address() -> str:
    # WSGI hands the path over decoded, and the server keeps no other: it is escaped again.
    query = request.query_string.decode("latin-1")
    return quote(request.path) + (f"?{query}" if query else "")


def _count_guess() -> None:
    # Only guesses are counted: a whole market hall may share one address, and a real stamp must
    # always get its answer. Without Redis it must too.
    with suppress(*broker.OUTAGES):
        limits.hit(UNKNOWN_RATE, "scan", request.remote_addr or "")


def _fresh(response: Response, status: int) -> Response:
    response.status_code = status
    response.headers["Cache-Control"] = "no-cache"  # a stamp may be voided at any moment
    return response
