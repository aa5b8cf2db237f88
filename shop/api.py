"""The JSON API under /api/v1: OpenAPI 3.1 and problem details (RFC 9457)."""

from typing import Any

from flask import Flask, Response, jsonify
from flask_smorest import Api

from shop.errors import DomainError

PROBLEM_TYPE = "application/problem+json"

CONFIG: dict[str, Any] = {
    "API_TITLE": "OCOP Hub API",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
}


def init_app(app: Flask) -> Api:
    """Give the app its API; rooms register their resources on what is returned."""
    app.config.update(CONFIG)
    return Api(app)


def problem(error: DomainError) -> Response:
    """The answer a program gets for a domain error."""
    return _answer(error.problem())


def plain_problem(status: int, title: str, **facts: Any) -> Response:
    """Problem details for what is no domain error: a wrong method, a broken body."""
    return _answer({"type": "about:blank", "title": title, "status": status, **facts})


def _answer(body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.status_code = body["status"]
    response.content_type = PROBLEM_TYPE
    return response
