"""The OpenAPI description is valid, and the one kept in docs/ is the one that is served."""

import json

from openapi_spec_validator import validate

from shop.settings import ROOT


def test_the_description_is_valid_openapi_3_1(cast):
    document = cast.visitor.get("/api/v1/openapi.json").json
    validate(document)
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/livestreams/{ref}/comments" in document["paths"]


def test_the_kept_description_is_the_served_one(cast):
    kept = json.loads((ROOT / "docs/openapi.json").read_text())
    assert kept == cast.visitor.get("/api/v1/openapi.json").json, "ocop openapi > docs/openapi.json"
