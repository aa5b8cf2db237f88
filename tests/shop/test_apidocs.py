"""The manual of the API is made from its description, without scripts or other hosts."""

import re

from shop import apidocs


def test_every_operation_is_shown_with_an_example(cast):
    spec = cast.visitor.get("/api/v1/openapi.json").json
    page = cast.visitor.get("/api/v1/docs")
    assert page.status_code == 200
    shown = re.findall(r"<h2><code>(\w+) (\S+)</code></h2>", page.text)
    described = {
        (method.upper(), path)
        for path, item in spec["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert set(shown) == described
    assert page.text.count('<pre class="api-curl"') == len(described)
    assert "http://localhost/api/v1/products" in page.text


def test_it_needs_nothing_from_elsewhere_and_no_inline_script(cast):
    page = cast.visitor.get("/api/v1/docs").text
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', page) == []
    assert re.findall(r"<script(?![^>]*src=)", page) == []
    assert " style=" not in page


def test_fields_of_nested_schemas_are_listed_with_their_rules(cast):
    spec = cast.visitor.get("/api/v1/openapi.json").json
    made = {(op.method, op.path): op for op in apidocs.operations(spec, "https://cho.vn")}
    new = made["POST", "/api/v1/products"]
    price = next(field for field in new.body if field.name == "price_vnd")
    assert (price.kind, price.required) == ("integer", True)
    assert price.rules == "from 1000, to 500000000"
    assert new.scopes == ["catalogue:write"]
    assert new.curl.startswith(
        "curl -X POST https://cho.vn/api/v1/products \\\n  -H 'Authorization"
    )
    listed = next(a for a in made["GET", "/api/v1/products"].answers if a["status"] == "200")
    assert ("price_vnd", 2) in [(field.name, field.depth) for field in listed["fields"]]
