"""Commands of ours as real processes beside a test."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shop.settings import ROOT, Settings

WAIT_SECONDS = 30


@contextmanager
def running(chosen: Settings, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """`ocop <command>` with these settings, as a child process; asked to stop in the end."""
    env = {
        "DATABASE_URL": chosen.database_url.replace("+psycopg", ""),
        "REDIS_URL": chosen.redis_url,
        "SANDBOX_PORT": str(chosen.sandbox_port),
        "DEMO": "true",
        "VAR_DIR": str(chosen.var_dir),
        "SECRET_KEY": chosen.secret_key,
        "PASSWORD_SALT": chosen.password_salt,
        "VAULT_KEY": chosen.vault_key,
        "STAMP_KEY": chosen.stamp_key,
        "PYTHONPATH": str(ROOT),
    }
    argv = [sys.executable, "-m", "shop.cli", *command]
    process = subprocess.Popen(argv, cwd=ROOT, env=os.environ | env)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL it and whatever it forked."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in [process.pid, *map(int, children)]:
        os.kill(pid, signal.SIGKILL)


def wait_for(what: Callable[[], object]) -> None:
    """Look again until it is so; AssertionError after WAIT_SECONDS."""
    end = time.monotonic() + WAIT_SECONDS
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
