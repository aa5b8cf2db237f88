import pytest

from tests import make_channels


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    """The outside world in a process of its own."""
    with make_channels.running(tmp_path_factory.mktemp("sandbox")) as started:
        yield started


@pytest.fixture
def market(database, sandbox):
    """The app with its marketplace being the sandbox."""
    with make_channels.pointed_at(database, sandbox):
        yield sandbox
