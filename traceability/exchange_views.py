"""The interface of EPCIS 2.0 under /epcis: query, capture, and public histories of lots and stamps.

What of the standard is there stands in the answer to GET /epcis/.
"""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from shop import limits, pages
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import DomainError, NotFound, TooMany
from shop.sellers.models import Seller
from traceability import capturing, documents, epcis, event_queries, resolver, statements
from traceability.digital_link import Identity
from traceability.epcis_models import Capture
from traceability.errors import Exchange
from traceability.models import Lot

bp = Blueprint("epcis", __name__, url_prefix="/epcis")

READ_RATE, CAPTURE_RATE = "120/minute", "30/minute"
MOST_BYTES = 2 * 1024 * 1024
JSON_LD = "application/ld+json"
BODIES = ("application/json", JSON_LD)
VERSIONS = {
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-EPCIS-Min": "2.0.0",
    "GS1-EPCIS-Max": "2.0.0",
    "GS1-EPC-Format": "Always_GS1_Digital_Link",
}
# Status → the type of the problem in EPCIS's words.
PROBLEMS = {
    400: "ValidationException",
    401: "SecurityException",
    403: "SecurityException",
    404: "NoSuchResourceException",
    405: "UnsupportedOperationException",
    406: "NotAcceptableException",
    413: "CaptureLimitExceededException",
    415: "UnsupportedMediaTypeException",
    422: "ValidationException",
    429: "QueryTooComplexException",
    501: "NotImplementedException",
}


@bp.get("/")
@pages.public
def discovery() -> ResponseReturnValue:
    """What is there: addresses, parameters, limits."""
    return _answer(
        {
            "endpoints": ["/epcis/events", "/epcis/capture", "/epcis/lots", "/epcis/stamps"],
            "eventTypes": ["ObjectEvent", "TransformationEvent", "AggregationEvent"],
            "queryParameters": list(event_queries.PARAMETERS),
            "captureLimit": capturing.MOST_EVENTS,
            "captureFileSizeLimit": MOST_BYTES,
            "errorBehaviours": ["rollback", "proceed"],
        }
    )


@bp.get("/events")
@pages.public  # `_reader` looks for the token
def events() -> ResponseReturnValue:
    """Events of one's own sellers, in the order of the record."""
    actor = _reader()
    found = event_queries.ask(actor, request.args.to_dict())
    told = documents.events_of(found.statements)
    response = _answer(documents.answer(told, documents.spaces(found.statements)))
    if found.next_page:
        onward = request.args.to_dict() | {"nextPageToken": found.next_page}
        address = f"{url_for('.events', _external=True)}?{urlencode(onward)}"
        response.headers["Link"] = f'<{address}>; rel="next"'
    return response


@bp.get("/events/<path:event_id>", merge_slashes=False)
@pages.public  # `_reader` looks for the token
def event(event_id: str) -> ResponseReturnValue:
    """One event by its ID."""
    # A name ends in ?ver=CBV2.0, which somebody may have forgotten to escape.
    query = request.query_string.decode("latin-1")
    name = f"{event_id}?{query}" if query.startswith("ver=") else event_id
    found = event_queries.one(_reader(), name)
    if found is None:
        raise NotFound(event=name)
    [told] = documents.events_of([found])
    return _answer({"@context": [epcis.CONTEXT, documents.spaces([found])]} | told)


@bp.post("/capture")
@pages.public  # its scope is looked for inside
def capture() -> ResponseReturnValue:
    """Take a document in: 202 and the address that tells what became of it."""
    actor = tokens.allowed("trace:write")
    limits.hit(CAPTURE_RATE, "epcis-capture", str(actor.user_id))
    behaviour = request.headers.get("GS1-Capture-Error-Behaviour", "rollback")
    if behaviour not in ("rollback", "proceed"):
        raise Exchange("ValidationException", _("GS1-Capture-Error-Behaviour không đúng."))
    document = _sent()
    with transaction():
        seller = _seller(actor)
        row = capturing.request(actor, seller, document, proceed=behaviour == "proceed")
        ref = row.ref
    response = Response(status=202)
    response.headers["Location"] = url_for(".capture_job", ref=ref, _external=True)
    return response


@bp.get("/capture/<ref>")
@pages.public  # `_reader` looks for the token
def capture_job(ref: str) -> ResponseReturnValue:
    """What became of a capture."""
    row = access.get(_reader(), Capture, ref, Permission.STAMPS_READ)
    told: dict[str, Any] = {"captureID": row.ref, "running": row.running, "success": row.success}
    told |= {"captureErrorBehaviour": "proceed" if row.proceed else "rollback"}
    told |= {"createdAt": row.created_at.isoformat(), "errors": row.errors, "kept": row.kept}
    if row.finished_at:
        told["finishedAt"] = row.finished_at.isoformat()
    return _answer(told)


@bp.get("/lots/<ref>")
@pages.public
def lot(ref: str) -> ResponseReturnValue:
    """The history of a lot: whole for its seller, else what everybody may read."""
    actor = access.current()
    if actor is not None:
        with suppress(NotFound), transaction():
            own = access.get(actor, Lot, ref, Permission.STAMPS_READ)
            limits.hit(READ_RATE, "epcis", str(actor.user_id))
            return _answer(documents.of_lot(own))
    return _opened(resolver.published(ref).lot, None)


@bp.get("/stamps/<code>")
@pages.public
def stamp(code: str) -> ResponseReturnValue:
    """What everybody may read of the lot that a stamp is of."""
    return _opened(resolver.resolve(Identity(serial=code)).lot, code)


def _opened(facts: resolver.LotFacts | None, serial: str | None) -> Response:
    limits.hit(READ_RATE, "epcis", request.remote_addr or "")
    if facts is None or facts.published_at is None:
        raise NotFound
    with transaction():
        response = _answer(documents.opened(statements.lot(facts.id), serial))
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-cache"
    return response


def _reader() -> Actor:
    actor = tokens.allowed("trace:read")
    limits.hit(READ_RATE, "epcis", str(actor.user_id))
    return actor


def _sent() -> dict[str, Any]:
    if request.mimetype not in BODIES:
        raise Exchange("UnsupportedMediaTypeException", _("Nội dung phải là JSON-LD."), 415)
    request.max_content_length = MOST_BYTES
    try:
        raw = request.get_data().decode()
        found = json.loads(raw, parse_constant=_no_number)
        text = json.dumps(found, ensure_ascii=False)
        text.encode()
    except (ValueError, RecursionError):
        raise Exchange("ValidationException", _("Nội dung không phải JSON đọc được.")) from None
    if not isinstance(found, dict) or "\\u0000" in text:
        raise Exchange("ValidationException", _("Nội dung không phải JSON đọc được."))
    return found


def _no_number(word: str) -> Any:
    raise ValueError(word)


def _seller(actor: Actor) -> Seller:
    """Whose record it goes into: `?seller=`, or the only one that the caller may write for."""
    asked = request.args.get("seller")
    if asked:
        return access.get(actor, Seller, asked, Permission.STAMPS_PRINT)
    mine = [s for s, granted in actor.allowed.items() if Permission.STAMPS_PRINT in granted]
    if len(mine) != 1 or mine[0] is None:
        raise Exchange("ValidationException", _("Ghi rõ đơn vị nhận: ?seller=…"))
    return capturing.seller(mine[0])


def _answer(said: dict[str, Any], status: int = 200, mimetype: str = JSON_LD) -> Response:
    return Response(json.dumps(said, ensure_ascii=False), status, mimetype=mimetype)


@bp.errorhandler(DomainError)
def refused(error: DomainError) -> ResponseReturnValue:
    """A refusal as problem details with EPCIS's types."""
    named = error.exception if isinstance(error, Exchange) else PROBLEMS.get(error.status)
    response = _problem(error.status, named, error.message)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="ocop"'
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.facts["retry_after"])
    return response


@bp.errorhandler(HTTPException)
def broken(error: HTTPException) -> ResponseReturnValue:
    """The same for what Flask refuses by itself."""
    status = error.code or 500
    large = isinstance(error, RequestEntityTooLarge)
    words = _("Tài liệu quá lớn: nhiều nhất 2 MB mỗi lần.") if large else error.name
    return _problem(status, PROBLEMS.get(status), words)


def _problem(status: int, named: str | None, title: str) -> Response:
    said = {"type": f"epcisException:{named or 'ImplementationException'}", "title": title}
    return _answer(said | {"status": status}, status, "application/problem+json")


@bp.after_request
def name_versions(response: Response) -> Response:
    """The versions spoken here, and what a capture may hold."""
    for name, value in VERSIONS.items():
        response.headers[name] = value
    if request.path == "/epcis/capture":
        response.headers["GS1-EPCIS-Capture-Limit"] = str(capturing.MOST_EVENTS)
        response.headers["GS1-EPCIS-Capture-File-Size-Limit"] = str(MOST_BYTES)
        response.headers["GS1-Capture-Error-Behaviour"] = "rollback"
    return response
