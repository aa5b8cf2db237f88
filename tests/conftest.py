"""Fixtures every test may ask for: real servers, a browser, and no way out of this machine."""

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
from redis import Redis

from shop import processes
from shop.translations import compile as compiling

# How long an example takes tells of the machine, not of the code.
hypothesis.settings.register_profile("ocop", deadline=None)
hypothesis.settings.load_profile("ocop")

TESTS = Path(__file__).parent
sys.path.insert(0, str(TESTS))
import servers  # noqa: E402

if importlib.util.find_spec("app_fixtures"):
    pytest_plugins = ["app_fixtures"]

MEMORY, MEMORY_NEEDED = "/dev/shm", 6 << 30
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_stack = pytest.StashKey[ExitStack]()
_urls = pytest.StashKey[tuple[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    """The controller (or the only process) owns what lives as long as the session."""
    config.stash[_stack] = ExitStack()
    if not hasattr(config, "workerinput"):
        if "TMPDIR" not in os.environ:
            _work_in_memory(config.stash[_stack])
        _compile_catalogues()


def _work_in_memory(stack: ExitStack) -> None:
    # Most of what a run writes is databases made and thrown away: a disk makes one in a second,
    # memory in a fiftieth of it. To look at what a run leaves, set TMPDIR.
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < MEMORY_NEEDED:
        return
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ocop-", dir=MEMORY))
    # PostgreSQL may run as another user, who must be able to pass through.
    os.chmod(folder, 0o755)
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    stack.callback(os.environ.pop, "TMPDIR")


def _compile_catalogues() -> None:
    # Installing compiles them, but a catalogue changes without another install.
    catalogues = list(compiling.FOLDER.glob("*/LC_MESSAGES/*.po"))
    compiled = [(po, po.with_suffix(".mo")) for po in catalogues]
    if any(not mo.exists() or mo.stat().st_mtime <= po.stat().st_mtime for po, mo in compiled):
        compiling.compile_all()


def pytest_collection_finish() -> None:
    """Ten thousand tests are there to stay."""
    processes.keep_loaded()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are called as their argument: a workbook holds the second it was written in, and the
    processes of one run must name their tests alike.
    """
    return argname if isinstance(val, bytes) else None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the session's servers, after the last worker has gone."""
    config.stash[_stack].close()


class _Nodes:
    """Hands the servers' addresses to xdist workers."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node) -> None:
        """Called by xdist for each worker it makes."""
        node.workerinput["servers"] = _start(node.config)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before xdist makes its workers."""
    session.config.pluginmanager.register(_Nodes(), "server-addresses")


def _start(config: pytest.Config) -> tuple[str, str]:
    if _urls not in config.stash:
        config.stash[_urls] = config.stash[_stack].enter_context(servers.session())
    return config.stash[_urls]


@pytest.fixture(scope="session")
def server_urls(request) -> tuple[str, str]:
    """URLs of the session's PostgreSQL and Valkey, started when the first test asks."""
    given = getattr(request.config, "workerinput", {}).get("servers")
    return tuple(given) if given else _start(request.config)


@pytest.fixture(scope="session")
def postgres_url(server_urls) -> Iterator[str]:
    """A migrated database for this worker."""
    with servers.clone(server_urls[0]) as url:
        yield url


@pytest.fixture
def fresh_database(server_urls) -> Iterator[str]:
    """A migrated database for this test alone, for tests with several real processes."""
    with servers.clone(server_urls[0]) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(server_urls) -> str:
    """A logical database of Valkey for this worker."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    url = f"{server_urls[1].rsplit('/', 1)[0]}/{int(worker[2:]) + 1}"
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    """A real S3 server, ten seconds in the making; its tests belong to xdist_group("s3")."""
    import s3_server

    server = s3_server.start(tmp_path_factory.mktemp("s3"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """Everything `ocop run` starts, in demo mode; its tests belong to xdist_group("stack")."""
    import stack as stacks

    running = stacks.new(tmp_path_factory.mktemp("stack"))
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="session")
def browser():
    """Chromium through Playwright; skipped, or failed under REQUIRE_BROWSER, when missing."""
    if not os.access(CHROMIUM, os.X_OK):
        why = f"{CHROMIUM} is missing: apt install chromium, or set CHROMIUM"
        pytest.fail(why) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(why)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """Nothing leaves the machine."""
    with servers.loopback_only():
        yield
