"""The running stack with the demo's goods and people in it, seen through Chromium."""

import json
from pathlib import Path

import browsing
import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Last of all: these tests add goods and orders to the stack, which the demo's walk counts."""
    items.sort(key=lambda item: HERE in item.path.parents)


@pytest.fixture(scope="session")
def market(browser, stack):
    """`stack` after `ocop demo`; `market.told` is what the demo told."""
    demo = stack.ocop("demo", "--json")
    assert demo.returncode == 0, demo.stderr + "\n".join(stack.lines[-40:])
    stack.told = json.loads(demo.stdout)
    return stack


@pytest.fixture(scope="session")
def guests(browser, market):
    """The demo's people, and visitors, at the browser."""
    return browsing.Guests(browser, market.url, market.sign_ins())


@pytest.fixture(scope="session")
def office(guests):
    """Paths of the back office by name."""
    with guests.visit("administrator") as visit:
        return browsing.office(visit)


@pytest.fixture(scope="session")
def shop(guests):
    """Paths of a visitor by name."""
    with guests.visit() as visit:
        return browsing.open_shop(visit)
