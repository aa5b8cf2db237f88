import re
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {"web", "worker", "slow", "scheduler", "migrate"}
ONLY_COMPOSE = {"POSTGRES_PASSWORD", "VALKEY_PASSWORD", "SITE_ADDRESS"}
KNOWN = set(re.findall(r'"([A-Z][A-Z0-9_]{3,})"', (ROOT / "shop/settings.py").read_text()))

STRINGS = {"type": "array", "items": {"type": "string"}}
CONDITION = {"enum": ["service_started", "service_healthy", "service_completed_successfully"]}
# The part of the Compose specification that our file uses, written from its text
# (https://github.com/compose-spec/compose-spec, 05-services.md and 07-volumes.md), closed so that
# a misspelt key is found.
SERVICE = {
    "type": "object",
    "required": ["image"],
    "additionalProperties": False,
    "properties": {
        "image": {"type": "string"},
        "build": {"type": "string"},
        "command": STRINGS,
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "ports": STRINGS,
        "volumes": STRINGS,
        "environment": {
            "type": "object",
            "patternProperties": {"^[A-Z][A-Z0-9_]*$": {"type": "string"}},
            "additionalProperties": False,
        },
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["condition"],
                "properties": {"condition": CONDITION},
                "additionalProperties": False,
            },
        },
        "deploy": {
            "type": "object",
            "properties": {"replicas": {"type": "integer", "minimum": 1}},
            "additionalProperties": False,
        },
        "healthcheck": {
            "type": "object",
            "properties": {
                "disable": {"type": "boolean"},
                "test": STRINGS,
                "interval": {"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"},
                "timeout": {"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"},
                "retries": {"type": "integer"},
            },
            "additionalProperties": False,
        },
    },
}
SCHEMA = {
    "type": "object",
    "required": ["services"],
    "patternProperties": {"^x-": {}},
    "additionalProperties": False,
    "properties": {
        "services": {"type": "object", "additionalProperties": SERVICE},
        "volumes": {"type": "object"},
    },
}


def test_compose_keeps_to_the_specification():
    jsonschema.Draft202012Validator(SCHEMA).validate(COMPOSE)


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_use_only_variables_that_settings_know(name):
    assert set(SERVICES[name]["environment"]) - KNOWN == set()


def test_compose_sets_every_setting_that_has_a_meaning_there():
    # `ocop run` alone reads these: compose has replicas instead, and no sandbox.
    assert KNOWN - set(SERVICES["web"]["environment"]) == {"WORKERS", "SANDBOX_PORT"}


def test_whoever_is_waited_for_exists():
    waited = {to for service in SERVICES.values() for to in service.get("depends_on", {})}
    assert waited == {"migrate", "postgres", "valkey", "seaweedfs", "web"}
    assert waited <= set(SERVICES)


def test_every_named_volume_is_declared_and_used():
    sources = {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", [])}
    assert {source for source in sources if not source.startswith(".")} == set(COMPOSE["volumes"])
    assert all((ROOT / source).exists() for source in sources if source.startswith("."))


def test_the_image_is_built_in_stages_and_does_not_run_as_root():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    stages = [line.split()[-1] for line in lines if line.startswith("FROM ")]
    copied = {m for line in lines for m in re.findall(r"^COPY --from=(\w+)", line)}
    assert stages == ["build", "final"]
    assert copied == {"build"}
    assert [line for line in lines if line.startswith("USER ")] == ["USER ocop"]
    assert sum(line.startswith("HEALTHCHECK ") for line in lines) == 1


def test_the_example_environment_mirrors_the_settings():
    text = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", text, re.M)) == KNOWN | ONLY_COMPOSE


def test_metrics_are_closed_to_the_outside():
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    assert "@inside path /metrics /metrics/*" in text
    assert "respond @inside 404" in text
