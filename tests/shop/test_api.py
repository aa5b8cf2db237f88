"""What every operation of the API has in common."""

import pytest

from shop import once
from shop.api import Running
from shop.database import db
from tests import make, make_tokens

UNSAFE = ("post", "put", "patch", "delete")


@pytest.fixture
def described(cast):
    spec = cast.visitor.get("/api/v1/openapi.json").json
    return spec, [
        (path, method, operation)
        for path, item in spec["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


# Of a buyer without an account: an order of one's own, known by its unguessable address.
OF_ANYBODY = {
    "/api/v1/checkouts/quote",
    "/api/v1/checkouts",
    "/api/v1/tracking/{token}/cancellation",
}


def test_whatever_else_changes_something_wants_a_token_or_a_signature(described):
    for path, method, operation in described[1]:
        signed = [p["name"] for p in operation.get("parameters", []) if p["in"] == "header"]
        if method in UNSAFE and "X-Ocop-Signature" not in signed and path not in OF_ANYBODY:
            assert operation["security"][0]["token"], path


def test_every_operation_describes_its_refusals_as_problem_details(described):
    spec, operations = described
    problem = spec["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert list(problem) == ["application/problem+json"]
    for path, _method, operation in operations:
        assert "default" in operation["responses"], path
        if "security" in operation:
            assert {"401", "429"} <= operation["responses"].keys(), path


def test_tags_and_conditions_are_described(described):
    found = {(path, method): operation for path, method, operation in described[1]}
    one = "/api/v1/products/{ref}"
    assert "ETag" in found[one, "get"]["responses"]["200"]["headers"]
    assert {"412", "428"} <= found[one, "patch"]["responses"].keys()
    match = next(p for p in found[one, "patch"]["parameters"] if p["name"] == "If-Match")
    assert match["required"]
    keys = [p["name"] for p in found["/api/v1/products", "post"]["parameters"]]
    assert keys == ["Idempotency-Key"]


def test_both_ways_in_are_described(described):
    schemes = described[0]["components"]["securitySchemes"]
    assert (schemes["token"]["scheme"], schemes["session"]["in"]) == ("bearer", "cookie")


def test_a_method_that_is_not_there_says_which_are(cast):
    answer = cast.visitor.delete("/api/v1/products")
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_body_that_is_no_json_is_a_problem(cast):
    program = make_tokens.program(cast.visitor, cast.ours.user)
    answer = cast.visitor.post(
        "/api/v1/products",
        data="{",
        content_type="application/json",
        headers={"Authorization": f"Bearer {program.word}"},
    )
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_two_requests_with_one_key_at_one_moment_create_once(cast, monkeypatch):
    program = make_tokens.program(cast.visitor, cast.ours.user)
    body = {"seller": cast.ours.seller.ref, "name": "Chè", "pack": "hộp", "unit": "hộp"}
    monkeypatch.setattr(once, "claim", lambda _key, _leads_to: False)
    answer = program.post("/api/v1/products", body | {"price_vnd": 100_000}, Idempotency_Key="k")
    assert (answer.status_code, answer.json["type"]) == (Running.status, "urn:ocop:problem:running")
    assert db.session.query(make.Product).count() == 0
