"""What a buyer sees on scanning a stamp, and a program that asks. No cookie, no script.

The address in the symbol is the page; asked otherwise it is a GS1-Conformant Resolver.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, json, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from shop import broker, gtin, limits, pages
from shop.errors import NotFound
from traceability import digital_link as addresses
from traceability import identifiers, linksets, resolver, scanpage, scans, verdicts
from traceability.digital_link import BadLink, Identity
from traceability.verdicts import Verdict

bp = Blueprint("scan", __name__, template_folder="templates")

UNKNOWN_RATE = "60/minute"
HTML, LINKSET, JSON_LD = "text/html", "application/linkset+json", "application/ld+json"
# The language of a page that no proxy keeps follows the person: their choice, else their browser.
_CHOSEN_BY = ("Cookie", "Accept-Language")
CROSS_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language",
    "Access-Control-Expose-Headers": "Link",
}


@bp.get("/T/<path:rest>")  # as the symbol says it, in upper case
@bp.get("/t/<path:rest>")
@pages.public
def internal(rest: str) -> ResponseReturnValue:
    """A stamp or goods under a code of ours. A code typed off a label is led to its address."""
    code = identifiers.typed(rest)
    if code != rest and identifiers.is_serial(code):
        return redirect(url_for(".internal", rest=code))
    return _resolved()


@bp.get("/01/<path:rest>")
@pages.public
def digital_link(rest: str) -> ResponseReturnValue:
    """Goods with a GTIN, by a GS1 Digital Link address."""
    return _resolved()


@bp.get("/lo/<ref>")
@pages.public
def lot(ref: str) -> ResponseReturnValue:
    """The record of a lot that has no address of its own in a symbol, once it is public."""
    found = resolver.published(ref)
    if found.product_id is None:
        raise NotFound(ref=ref)
    return _answer(verdicts.judge(found), f"/lo/{ref}")


@bp.get("/414/<path:rest>")
@bp.get("/00/<path:rest>")
@pages.public
def other_key(rest: str) -> ResponseReturnValue:
    """A place (GLN) or a logistic unit (SSCC): read, but not resolved here."""
    digits, length = rest.partition("/")[0], 13 if request.path.startswith("/414/") else 18
    well = digits.isascii() and digits.isdigit() and len(digits) == length
    if not well or gtin.check_digit(digits[:-1]) != digits[-1]:
        return _bad(_("Số này sai độ dài hoặc sai số kiểm tra."))
    with force_locale(_language()):
        said = _("Số này đúng dạng, nhưng ở đây chỉ tra được sản phẩm (GTIN) và tem.")
        return _of_code(pages.page("traceability/bad_code.html", reason=said), 404)


@bp.get("/.well-known/gs1resolver")
@pages.public
def about_us() -> ResponseReturnValue:
    """What this resolver can do."""
    return _data(linksets.about_us(), "application/json")


@bp.after_request
def open_to_all(response: Response) -> Response:
    """Any page may read what any person may."""
    for name, value in CROSS_ORIGIN.items():
        response.headers[name] = value
    return response


def _resolved() -> Response:
    try:
        identity = addresses.parse(_address())
    except BadLink as error:
        return _bad(error.message)
    verdict = verdicts.judge(resolver.resolve(identity))
    path = addresses.path(Identity(**_named(identity)))
    if verdict.found.product_id is None:
        _count_guess()
        return _written(verdict, path, 404)
    return _answer(verdict, path)


def _named(identity: Identity) -> dict[str, Any]:
    names = ("gtin", "code", "variant", "lot", "serial")
    return {name: getattr(identity, name) for name in names}


def _answer(verdict: Verdict, path: str) -> Response:
    """What was asked for: a link of one type, all links, data, or the page."""
    asked = request.args.get("linkType", "")
    here = current_app.config["SETTINGS"].base_url + path
    if asked and asked not in linksets.ALL and asked != "gs1:defaultLink":
        there = linksets.wanted(verdict, here, asked)
        if there is None:
            raise NotFound(_("Mã này không có liên kết loại ấy."), link_type=asked)
        return _linked(redirect(there, 307), verdict, path)
    best = request.accept_mimetypes.best_match([HTML, LINKSET, JSON_LD], default=HTML)
    if asked in linksets.ALL or best == LINKSET:
        return _linked(_data(linksets.linkset(verdict, here), LINKSET), verdict, path)
    if best == JSON_LD:
        return _linked(_data(linksets.goods(verdict, here), JSON_LD), verdict, path)
    return _linked(_written(verdict, path, 200), verdict, path)


def _written(verdict: Verdict, path: str, status: int) -> Response:
    """The page. Only this counts as a scan, and only after it is on its way."""
    own = verdict.found.stamp is not None or status != 200
    page = scanpage.of(verdict, _language(shared=not own))
    values = scanpage.values(path, verdict.found.stamp)
    response = Response(status=status, mimetype=HTML)
    if own:
        # A stamp may be voided at any moment.
        response.headers["Cache-Control"] = "private, no-cache"
        _pack(response, page, values)
    else:
        response.set_data(page.plain(values))
        # A proxy may keep the page of a lot or a product, and asks each time whether it still
        # holds: a recall is seen at once.
        response.cache_control.public = response.cache_control.no_cache = True
        response.set_etag(sha256(response.data).hexdigest()[:32])
    response.vary.add("Accept")
    if own:
        response.vary.update(_CHOSEN_BY)
    if request.method == "GET":
        _note(response, verdict)
    return response


def _pack(response: Response, page: scanpage.Page, values: Mapping[str, bytes]) -> None:
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"]:
        response.set_data(page.squeezed(values))
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(page.plain(values))


def _note(response: Response, verdict: Verdict) -> None:
    header = current_app.config["SETTINGS"].scan_area_header
    noted = scans.note(
        verdict,
        address=request.remote_addr or "",
        agent=request.headers.get("User-Agent", ""),
        area=request.headers.get(header) if header else None,
    )
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    response.call_on_close(partial(scans.push, app, noted))


def _bad(reason: str) -> Response:
    with force_locale(_language()):
        return _of_code(pages.page("traceability/bad_code.html", reason=reason), 400)


def _of_code(response: Response, status: int) -> Response:
    response.status_code = status
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(_CHOSEN_BY)
    return response


def _data(said: dict[str, Any], mimetype: str) -> Response:
    response = Response(json.dumps(said, ensure_ascii=False), mimetype=mimetype)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    return response


def _linked(response: Any, verdict: Verdict, path: str) -> Response:
    here = current_app.config["SETTINGS"].base_url + path
    response.headers["Link"] = linksets.header(here, linksets.history(verdict.found))
    made: Response = response
    return made


def _language(*, shared: bool = False) -> str:
    """`?lang=`, because a scan page sets no cookie; else the language chosen elsewhere, else the
    browser's.

    Of a `shared` page `?lang=` alone: one address is one page for everybody, and a proxy keeps it.
    """
    asked = request.args.get("lang")
    if not asked and not shared:
        asked = request.cookies.get("lang") or scanpage.wanted(
            request.headers.get("Accept-Language", "")
        )
    return asked if asked in scanpage.LANGUAGES else "vi"


def _address() -> str:
    # WSGI hands the path over decoded, and the server keeps no other: it is escaped again.
    query = request.query_string.decode("latin-1")
    return quote(request.path) + (f"?{query}" if query else "")


def _count_guess() -> None:
    # Only guesses are counted: a whole market hall may share one address, and a real stamp must
    # always get its answer. Without Redis it must too.
    with suppress(*broker.OUTAGES):
        limits.hit(UNKNOWN_RATE, "scan", request.remote_addr or "")
