"""The API's manual at /api/v1/docs: the OpenAPI description as one page, made by the server."""

import json
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from shop import api, pages

bp = Blueprint("apidocs", __name__)

METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 4


@dataclass(frozen=True)
class Field:
    """One field of a schema; `depth` indents the fields of a nested one."""

    name: str
    depth: int
    kind: str
    rules: str
    words: str
    required: bool


@dataclass(frozen=True)
class Operation:
    """One operation of the API, ready to be shown. `optional`: it answers without a token too."""

    anchor: str
    method: str
    path: str
    summary: str
    words: str
    scopes: list[str]
    optional: bool
    parameters: list[dict[str, Any]]
    body: list[Field]
    answers: list[dict[str, Any]]
    curl: str


@bp.get(f"{api.PREFIX}docs")
@pages.public
def docs() -> ResponseReturnValue:
    """What the API can do: operations, fields, refusals, an example call of each."""
    spec = current_app.extensions["api"].spec.to_dict()
    return pages.page(
        "apidocs/docs.html",
        info=spec["info"],
        operations=operations(spec, request.host_url.rstrip("/")),
        schemes=spec["components"]["securitySchemes"],
    )


def operations(spec: dict[str, Any], host: str) -> list[Operation]:
    """Every operation of an OpenAPI 3.1 description; examples call `host`."""
    return [
        _operation(spec, host, path, method, item)
        for path, item in sorted(spec["paths"].items())
        for method in METHODS
        if method in item
    ]


def _operation(
    spec: dict[str, Any], host: str, path: str, method: str, item: dict[str, Any]
) -> Operation:
    found = item[method]
    sent = [_seen(spec, p) for p in [*item.get("parameters", []), *found.get("parameters", [])]]
    body = _json_schema(found.get("requestBody", {}))
    needs = found.get("security", [])
    scopes, optional = [s for need in needs for s in need.get("token", [])], {} in needs
    signs = [] if optional else scopes
    return Operation(
        anchor=f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        method=method.upper(),
        path=path,
        summary=found.get("summary", ""),
        words=found.get("description", ""),
        scopes=scopes,
        optional=optional,
        parameters=[p | {"rules": _rules(p.get("schema", {}))} for p in sent],
        body=_fields(spec, body),
        answers=[_answer(spec, *pair) for pair in sorted(found["responses"].items())],
        curl=_curl(f"{host}{path}", method, sent, scopes=signs, body=_example(spec, body)),
    )


def _answer(spec: dict[str, Any], status: str, response: dict[str, Any]) -> dict[str, Any]:
    seen = _seen(spec, response)
    problem = api.PROBLEM_TYPE in seen.get("content", {})
    fields = [] if problem else _fields(spec, _json_schema(seen))
    return {
        "status": status,
        "words": seen.get("description", ""),
        "headers": sorted(seen.get("headers", {})),
        "problem": problem,
        "fields": fields,
    }


def _seen(spec: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The node, or what its $ref names."""
    while "$ref" in node:
        target: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _json_schema(message: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = (
        message.get("content", {}).get("application/json", {}).get("schema", {})
    )
    return schema


def _fields(spec: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> list[Field]:
    seen = _seen(spec, schema)
    found: list[Field] = []
    for name, node in seen.get("properties", {}).items():
        inner = _seen(spec, node)
        items = _seen(spec, inner.get("items", {}))
        row = Field(
            name,
            depth,
            kind=_kind(inner, items),
            rules=_rules(inner),
            words=inner.get("description", ""),
            required=name in seen.get("required", []),
        )
        nested = items if "properties" in items else inner
        found += [row, *(_fields(spec, nested, depth + 1) if depth < _DEEPEST else [])]
    return found


def _kind(node: dict[str, Any], items: dict[str, Any]) -> str:
    kinds = node.get("type", "any")
    word = " | ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if "format" in node:
        word += f" ({node['format']})"
    return f"{word} of {_kind(items, {})}" if items else word


def _rules(node: dict[str, Any]) -> str:
    """Limits of a field in a few words."""
    known = {
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
        "minimum": "from {}",
        "maximum": "to {}",
        "pattern": "like {}",
        "default": "default {}",
    }
    telling = {name: node[name] for name in known if node.get(name) not in (None, "", 0, [])}
    words = [known[name].format(_plain(value)) for name, value in telling.items()]
    if "enum" in node:
        words.append("one of " + ", ".join(str(value) for value in node["enum"]))
    return ", ".join(words)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _example(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A body with the required fields, or with the first one when none is."""
    seen = _seen(spec, schema)
    properties = seen.get("properties", {})
    names = seen.get("required") or list(properties)[:1]
    return {name: _sample(spec, _seen(spec, properties[name])) for name in names}


def _sample(spec: dict[str, Any], node: dict[str, Any]) -> Any:
    kinds = node.get("type")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if "example" in node or node.get("examples"):
        return node.get("example") or node["examples"][0]
    if node.get("enum"):
        return node["enum"][0]
    if kind == "array":
        return [_example(spec, node.get("items", {})) or "…"]
    return {"integer": node.get("minimum", 1), "boolean": True, "object": {}}.get(str(kind), "…")


def _curl(
    url: str,
    method: str,
    parameters: list[dict[str, Any]],
    *,
    scopes: list[str],
    body: dict[str, Any],
) -> str:
    parts = [f"curl {url}" if method == "get" else f"curl -X {method.upper()} {url}"]
    if scopes:
        parts.append("-H 'Authorization: Bearer ocop_…'")
    needed = [p for p in parameters if p["in"] == "header" and p.get("required")]
    parts += [f"-H '{p['name']}: …'" for p in needed]
    if body:
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d '{json.dumps(body, ensure_ascii=False)}'")
    return " \\\n  ".join(parts)
