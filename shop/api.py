"""The JSON API under /api/v1: OpenAPI 3.1 and problem details (RFC 9457)."""

import json
from typing import Any

from flask import Flask, Response, jsonify
from flask_smorest import Api
from marshmallow import Schema, fields

from shop.errors import DomainError

PROBLEM_TYPE = "application/problem+json"

CONFIG: dict[str, Any] = {
    "API_TITLE": "OCOP Hub API",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
}


class ProblemSchema(Schema):
    """Problem details (RFC 9457). `errors`: field → messages, where fields were refused."""

    type = fields.String(metadata={"description": "Which kind of problem, for programs"})
    title = fields.String(metadata={"description": "What happened, for people"})
    status = fields.Integer()
    errors = fields.Dict(keys=fields.String())


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest whose errors are described as the problem details they are."""

    ERROR_SCHEMA = ProblemSchema

    def _register_responses(self) -> None:
        # flask-smorest describes every error with the content type of good answers.
        good = str(Api.DEFAULT_RESPONSE_CONTENT_TYPE)
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM_TYPE
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = good


def init_app(app: Flask) -> Api:
    """Give the app its API; rooms register their resources on what is returned."""
    app.config.update(CONFIG)
    made = app.extensions["api"] = ProblemApi(app)
    return made


def description(made: Api) -> str:
    """The OpenAPI 3.1 document, as it is kept in docs/openapi.json."""
    return json.dumps(made.spec.to_dict(), ensure_ascii=False, indent=1, sort_keys=True)


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
