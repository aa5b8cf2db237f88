"""The JSON API under /api/v1: OpenAPI 3.1, problem details (RFC 9457), ETags, idempotent POSTs."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Flask, Response, abort, jsonify, request
from flask_babel import gettext as _
from flask_smorest import Api
from marshmallow import INCLUDE, RAISE, Schema, fields
from webargs.flaskparser import FlaskParser

from shop import once
from shop.database import transaction
from shop.errors import BadInput, DomainError

PREFIX = "/api/v1/"
PROBLEM_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="ocop"'
IDEMPOTENCY_HEADER = "Idempotency-Key"
LONGEST_KEY = 255

CONFIG: dict[str, Any] = {
    "API_TITLE": "OCOP Hub API",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX.rstrip("/"),
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "The catalogue can be read by anybody. Everything else needs an API "
            "token, made under “Tài khoản, Khóa API” and limited to its scopes. Lists come in "
            "pieces: follow next_cursor. Errors are problem details (RFC 9457), with "
            "sentences for people in Vietnamese."
        },
        "servers": [{"url": "/"}],
    },
}

SECURITY_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "ocop_…",
        "description": "An API token of a person. It may do what its scopes name and its person "
        "may do, never more.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "ocop",
        "description": "The session of a signed-in person, for reading. Methods that change "
        "something also need the header X-CSRFToken.",
    },
}

# What refusals mean here, beyond the name of their status.
REFUSALS = {
    HTTPStatus.NOT_MODIFIED: "If-None-Match names what is still right",
    HTTPStatus.UNAUTHORIZED: "No token, or one that is wrong, expired or revoked",
    HTTPStatus.FORBIDDEN: "The token lacks the scope, or a session came without CSRF token",
    HTTPStatus.NOT_FOUND: "There is none, or not for this caller: the answer never tells which",
    HTTPStatus.CONFLICT: "A request with the same Idempotency-Key is running at this moment",
    HTTPStatus.PRECONDITION_FAILED: "If-Match names an older version: somebody changed it since",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Fields are not as described; `errors` names them",
    HTTPStatus.PRECONDITION_REQUIRED: "If-Match is missing",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; Retry-After says for how long",
}
REFUSAL_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    HTTPStatus.TOO_MANY_REQUESTS: {
        "Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}
    },
}

ETAG_HEADER = {
    "ETag": {
        "description": "Strong tag of exactly this representation",
        "schema": {"type": "string"},
    }
}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "description": "ETag at hand; 304 when it is still right",
    "schema": {"type": "string"},
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "ETag of the representation that the change was made from",
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": IDEMPOTENCY_HEADER,
    "description": "Chosen by the caller, new for each new thing. Sent again within 30 days, the "
    "same request creates nothing and gets the same answer",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_KEY,
        "pattern": "^[!-~]+$",
    },
}


class ProblemSchema(Schema):
    """Problem details (RFC 9457). `errors`: field → messages, where fields were refused."""

    class Meta:
        """Each kind of problem adds its own facts."""

        unknown = INCLUDE

    type = fields.String(
        required=True, metadata={"description": "Which kind of problem, for programs"}
    )
    title = fields.String(required=True, metadata={"description": "What happened, for people"})
    status = fields.Integer(required=True)
    errors = fields.Dict(keys=fields.String())


class Parser(FlaskParser):
    """The parser of flask-smorest that names keys it does not know, and survives any body."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"json": RAISE}

    def load_json(self, req: Any, schema: Any) -> Any:
        """The body; 400 also for a number of thousands of digits, or arrays without end."""
        try:
            return super().load_json(req, schema)
        except (ValueError, RecursionError):
            abort(400, _("Nội dung không phải JSON đọc được."))


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A room's part of the API."""

    ARGUMENTS_PARSER = Parser()


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest whose errors are described as the problem details they are."""

    ERROR_SCHEMA = ProblemSchema

    def _register_responses(self) -> None:
        named = {status.name: _refusal(status) for status in HTTPStatus if status >= 200}
        named["DEFAULT_ERROR"] = _problem_response("Any other problem")
        for name, response in named.items():
            self.spec.components.response(name, response, lazy=True)


def _refusal(status: HTTPStatus) -> dict[str, Any]:
    words = REFUSALS.get(status, status.phrase)
    if status < 400:
        return {"description": words}
    return _problem_response(words) | {"headers": REFUSAL_HEADERS.get(status, {})}


def _problem_response(words: str) -> dict[str, Any]:
    return {"description": words, "content": {PROBLEM_TYPE: {"schema": ProblemSchema}}}


def init_app(app: Flask) -> Api:
    """Give the app its API; rooms register their resources on what is returned."""
    app.config.update(CONFIG)
    made = app.extensions["api"] = ProblemApi(app)
    app.before_request(_expect_json)
    for name, scheme in SECURITY_SCHEMES.items():
        made.spec.components.security_scheme(name, scheme)
    return made


def _expect_json() -> Response | None:
    """Fields of a form would be overlooked, and the caller believe that they were written."""
    sends = request.content_length or "Transfer-Encoding" in request.headers
    if request.path.startswith(PREFIX) and sends and not request.is_json:
        return plain_problem(415, _("Nội dung phải là JSON (Content-Type: application/json)."))
    return None


def description(made: Api) -> str:
    """The OpenAPI 3.1 document, as it is kept in docs/openapi.json."""
    return json.dumps(made.spec.to_dict(), ensure_ascii=False, indent=1, sort_keys=True)


def refuses(blp: Any, *statuses: int) -> Callable[[Any], Any]:
    """Describe that an API method answers with these problems."""

    def describe(method: Any) -> Any:
        for status in statuses:
            method = blp.alt_response(status, HTTPStatus(status).name)(method)
        return method

    return describe


def problem(error: DomainError) -> Response:
    """The answer a program gets for a domain error."""
    response = _answer(error.problem())
    challenge = getattr(error, "challenge", CHALLENGE if error.status == 401 else None)
    if challenge:
        response.headers["WWW-Authenticate"] = challenge
    return response


def plain_problem(status: int, title: str, **facts: Any) -> Response:
    """Problem details for what is no domain error: a wrong method, a broken body."""
    return _answer({"type": "about:blank", "title": title, "status": status, **facts})


def _answer(body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.status_code = body["status"]
    response.content_type = PROBLEM_TYPE
    return response


class MustMatch(DomainError):
    """A change must say which version it was made from (RFC 6585 §3)."""

    status = 428

    def __init__(self) -> None:
        super().__init__(_("Thiếu If-Match: xin đọc bản mới nhất trước khi sửa."))


class Stale(DomainError):
    """The change was made from an older version; nothing was overwritten."""

    status = 412

    def __init__(self) -> None:
        super().__init__(_("Đã có người sửa trước. Xin đọc lại bản mới nhất rồi sửa."))


def file_content(said: str) -> bytes:
    """The bytes of a file sent in base64. Raises BadInput at `content`."""
    try:
        return base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput({"content": [_("Nội dung tệp phải là base64.")]}) from None


def tagged(body: dict[str, Any], status: int = 200) -> Response:
    """`body` with its strong ETag, or 304 when the reader has exactly this."""
    response = jsonify(body)
    response.status_code = status
    response.set_etag(tag(body))
    if status == 200:
        response.make_conditional(request)
    return response


def tag(body: dict[str, Any]) -> str:
    """The ETag of a representation: other content, another tag."""
    plain = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def require_match(body: dict[str, Any]) -> None:
    """Go on only if the caller changes what it has seen: `body`, made of the locked row.

    Raises MustMatch without If-Match, Stale when it names another representation.
    """
    if "If-Match" not in request.headers:
        raise MustMatch
    if tag(body) not in request.if_match:
        raise Stale


def idempotency_key(*whose: object) -> str | None:
    """The key under which this POST acts once for `whose`, or None when the caller sent none.

    It stands for caller, address and key, so nobody meets another's. Raises BadInput for a key
    that is empty, too long, or not plain ASCII.
    """
    sent = request.headers.get(IDEMPOTENCY_HEADER)
    if sent is None:
        return None
    if not (0 < len(sent) <= LONGEST_KEY and all("!" <= letter <= "~" for letter in sent)):
        words = _("Khóa chống trùng phải dài 1 đến 255 ký tự ASCII.")
        raise BadInput({IDEMPOTENCY_HEADER: [words]})
    named = json.dumps([*map(str, whose), request.path, sent])
    return "api:" + hashlib.sha256(named.encode()).hexdigest()


class SameKey(DomainError):
    """The Idempotency-Key was used before for another request; nothing was done."""

    status = 422

    def __init__(self) -> None:
        super().__init__(_("Khóa chống trùng này đã dùng cho một yêu cầu khác."))


class Running(DomainError):
    """A request with the same Idempotency-Key acted at this very moment; ask again."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Yêu cầu này vừa được gửi rồi."))


def made_before(key: str | None) -> str | None:
    """The reference of what the first request with this key created. Raises SameKey."""
    kept = once.led_to(key) if key else None
    if kept is None:
        return None
    ref, _hash, body = kept.partition("#")
    if body != _fingerprint():
        raise SameKey
    return ref


def claim(key: str | None, ref: str) -> None:
    """Note in the creating transaction what the key led to. Raises Running."""
    if key and not once.claim(key, f"{ref}#{_fingerprint()}"):
        raise Running


def act_once(whose: object, act: Callable[[str], str]) -> str:
    """Do a POST once for its Idempotency-Key: `act` in a transaction; what it returned then.

    `act` gets a key to hand on to verbs that want one of their own. Raises what it raises, and
    SameKey, Running.
    """
    key = idempotency_key(whose)
    there = made_before(key)
    if there is not None:
        return there
    with transaction():
        led_to = act(key or f"api:{once.new_key()}")
        claim(key, led_to)
    return led_to


def _fingerprint() -> str:
    return hashlib.sha256(request.get_data()).hexdigest()
