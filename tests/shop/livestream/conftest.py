import pytest

from tests import make_channels


@pytest.fixture(scope="session")
def outside(tmp_path_factory):
    """The outside world in a process of its own."""
    with make_channels.running(tmp_path_factory.mktemp("sandbox")) as started:
        yield started
